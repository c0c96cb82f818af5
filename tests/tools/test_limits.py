"""Files that declare or unfold to more than is allowed, and files that name other files."""

import math
import resource
import shutil
import struct

import pytest
from hostile import flac_that_unfolds, wav_that_declares
from media import tone, write_media, write_wav

import tools.media
from headrouter.fakes import FakeListener
from memory import Store
from tools.audio import AudioReader
from tools.errors import MediaError, MediaTooLarge
from tools.ingest import add_recording, index_folder, ingest
from tools.limits import Limits
from tools.playable import playable

FORMAT = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 16_000, 32_000, 2, 16)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "home" / "store.db") as store:
        yield store


class TestBeforeDecoding:
    def test_a_header_that_declares_a_thousand_million_frames(self, tmp_path):
        path = wav_that_declares(tmp_path / "a.wav", seconds=10**9 / 16_000, frames=100)
        with pytest.raises(MediaTooLarge, match="longer than the 1:00:00 of max_seconds"):
            AudioReader(path, Limits(max_seconds=3600))

    def test_more_channels_than_are_allowed(self, tmp_path):
        path = write_media(tmp_path / "a.flac", tone(1)[None].repeat(6, 0), codec="flac")
        assert AudioReader(path, Limits(max_channels=6)).media.channels == 6
        with pytest.raises(MediaTooLarge, match="6 channels, more than the 2 of max_channels"):
            AudioReader(path, Limits(max_channels=2))

    @pytest.mark.parametrize("channels", [1000, 65_535])
    def test_a_header_that_declares_a_thousand_channels(self, tmp_path, channels):
        path = wav_that_declares(tmp_path / "a.wav", channels=channels, frames=50)
        with pytest.raises(MediaError):
            list(AudioReader(path, Limits(max_channels=16)).windows())

    def test_a_file_that_is_too_large(self, tmp_path, store):
        path = write_wav(tmp_path / "a.wav", tone(1))
        with pytest.raises(MediaTooLarge, match=r"larger than the 0\.01 MB of max_file"):
            add_recording(store, path, Limits(max_file=10_000))
        assert store.recordings() == []

    @pytest.mark.parametrize("rate", [1, 999, 1_000_001, 2**31 - 1])
    def test_rates_that_would_fill_the_memory(self, tmp_path, rate):
        path = wav_that_declares(tmp_path / "a.wav", rate=rate, frames=10_000)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kB
        with pytest.raises(MediaError, match=f"{rate} samples a second"):
            list(AudioReader(path).windows())
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


class TestWhileDecoding:
    def test_a_file_without_a_length_that_goes_on(self, tmp_path):
        path = flac_that_unfolds(tmp_path / "a.flac", 60)
        assert path.stat().st_size < 20_000
        reader = AudioReader(path, Limits(max_seconds=10))
        assert reader.media.seconds is None
        heard = 0.0
        with pytest.raises(MediaTooLarge, match="max_seconds"):
            for window in reader.windows(1.0):
                heard = window.start + 1.0
        assert heard <= 11.0

    def test_no_index_of_it_stays(self, tmp_path, store):
        recording = add_recording(store, flac_that_unfolds(tmp_path / "a.flac", 90))
        listener, features = FakeListener(), tmp_path / "features"
        with pytest.raises(MediaTooLarge):
            ingest(store, listener, features, recording, limits=Limits(max_seconds=70))
        folder = index_folder(features, recording, listener.model_id)
        assert not folder.exists()
        assert not folder.with_name(f"{folder.name}.partial").exists()
        assert "max_seconds" in store.recording(recording.id).note

    def test_nothing_to_play_is_made_of_it(self, tmp_path, store):
        path = flac_that_unfolds(tmp_path / "a.flac", 60)
        recording = add_recording(store, path.rename(tmp_path / "a.audio"))
        with pytest.raises(MediaTooLarge):
            playable(store, recording, tmp_path / "playable", Limits(max_seconds=10))
        assert not list((tmp_path / "playable").glob("*.ogg"))

    def test_what_is_within_the_limits_is_heard_whole(self, tmp_path):
        path = flac_that_unfolds(tmp_path / "a.flac", 9)
        windows = list(AudioReader(path, Limits(10, 1)).windows())
        assert sum(len(window.samples) for window in windows) == 9 * 16_000
        assert math.isinf(Limits().max_seconds)


class TestFilesThatNameOthers:
    """A playlist must not lead to a recording that its sender may not name."""

    PLAYLISTS = (
        "ffconcat version 1.0\nfile secret.wav\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nsecret.mp3\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfile://FOLDER/secret.mp3\n#EXT-X-ENDLIST\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
    )

    @pytest.mark.parametrize("text", PLAYLISTS)
    @pytest.mark.parametrize("name", ["list.wav", "list.m3u8", "list.sdp"])
    def test_nothing_is_heard_of_them(self, tmp_path, text, name):
        write_wav(tmp_path / "secret.wav", tone(1))
        shutil.copy(tmp_path / "secret.wav", tmp_path / "secret.mp3")
        path = tmp_path / name
        path.write_text(text.replace("FOLDER", str(tmp_path)))
        with pytest.raises(MediaError):
            list(AudioReader(path).windows())


class TestOpening:
    """A file is refused quickly, however long its header is."""

    @pytest.mark.parametrize("parts", [b"", FORMAT])
    def test_a_wav_of_empty_parts(self, tmp_path, parts):
        path = tmp_path / "a.wav"
        path.write_bytes(b"RIFF\0\0\0\0WAVE" + parts + 200_000 * b"JUNK\0\0\0\0")
        with pytest.raises(MediaError, match="more than 1000 parts before its first sound"):
            AudioReader(path)

    def test_any_file_that_takes_too_long(self, tmp_path, monkeypatch):
        path = write_media(tmp_path / "a.mkv", tone(1))
        monkeypatch.setattr(tools.media, "_OPENING", 0.0)
        with pytest.raises(MediaError, match="can't be opened within 0 s"):
            AudioReader(path)


class TestTexts:
    @pytest.mark.parametrize("name", ["a.sbg", "a.wav", "a.mp3"])
    @pytest.mark.parametrize(
        "text",
        [
            "alloff: -\ntone: 440/10\nNOW alloff\n+0:00:10 tone\n+1:00:00 alloff\n",  # SBaGen
            "-SE\ntone: 440/10 pink/30\nNOW tone\n+1:00:00 tone\n",
            ";FFMETADATA1\ntitle=x\n",
            "1\n00:00:01,000 --> 00:00:02,000\nHello\n",
        ],
    )
    def test_nothing_is_heard_of_them(self, tmp_path, text, name):
        (tmp_path / name).write_text(text)
        with pytest.raises(MediaError, match="not a recording|no audio"):
            AudioReader(tmp_path / name)
