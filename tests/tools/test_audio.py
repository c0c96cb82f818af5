"""Decoding: every file in this module is made here, by PyAV or byte by byte."""

import hashlib
import os
import re
import resource
import struct
import sys
import tracemalloc
import wave

import av
import numpy as np
import pytest

from tools.audio import SAMPLE_RATE, AudioReader, content_hash, open_media
from tools.errors import MediaError, ToolError
from tools.silence import is_audible, level_dbfs

CLICKS = np.arange(0.5, 9.6, 1.3)  # seconds
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def clicks(rate, seconds=10.0, channels=1):
    """Bursts of 2 ms over a faint hiss, alike in all channels."""
    rng = np.random.default_rng(0)
    samples = rng.uniform(-0.004, 0.004, round(rate * seconds))
    for at in CLICKS[seconds - 0.1 > CLICKS]:
        burst = slice(round(at * rate), round(at * rate) + rate // 500)
        samples[burst] = rng.uniform(-0.8, 0.8, rate // 500)
    return np.tile(samples.astype(np.float32), (channels, 1))


def tone(rate, seconds=2.0, channels=1, level=0.5):
    samples = level * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)
    return np.tile(samples.astype(np.float32), (channels, 1))


def write(path, samples, rate, codec, video=0.0, options=None, stamps=lambda at: at):
    """Encode (channels, n) samples; `video` is seconds of pictures, `stamps` maps time stamps."""
    with av.open(str(path), "w", options=options or {}) as container:
        pictures = None
        if video:
            pictures = container.add_stream("mpeg4", rate=25)
            pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream(codec, rate=rate, layout=LAYOUTS[len(samples)])
        for number in range(round(video * 25)):
            image = np.full((48, 64, 3), number % 256, np.uint8)
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(image)))
        for at in range(0, samples.shape[1], 4000):
            piece = np.ascontiguousarray(samples[:, at : at + 4000])
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=LAYOUTS[len(samples)])
            frame.sample_rate, frame.pts = rate, stamps(at)
            container.mux(sound.encode(frame))
        for stream in filter(None, (sound, pictures)):
            container.mux(stream.encode(None))
    return path


def write_wav(path, data, rate=16_000, channels=1, floats=False, size=None, extra=b""):
    """A WAV by hand, whose header may lie."""
    width = 4 if floats else 2
    form = struct.pack(
        "<HHIIHH",
        3 if floats else 1,
        channels,
        rate,
        rate * channels * width,
        channels * width,
        8 * width,
    )
    declared = len(data) if size is None else size
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + extra
    body += b"data" + struct.pack("<I", declared) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def cut(path, share):
    """The file without its end."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def heard(reader, **span):
    """All samples of a pass."""
    return np.concatenate([np.zeros(0), *(w.samples for w in reader.windows(**span))])


def onset(samples, near):
    """Where the click near a time is in the samples, in seconds."""
    first = int((near - 0.2) * SAMPLE_RATE)
    loud = np.abs(samples[first : first + int(0.4 * SAMPLE_RATE)])
    return (first + np.argmax(loud > 0.3 * loud.max())) / SAMPLE_RATE


def quietest(samples):
    """The peak of the hundredth of a second that has the lowest."""
    return np.abs(samples[: len(samples) // 160 * 160]).reshape(-1, 160).max(axis=1).min()


FRAGMENTS = {"movflags": "frag_keyframe+empty_moov", "frag_duration": "1000000"}
# name: codec, rate, channels, how to write it, seconds by which clicks may be off
FORMATS = {
    "8k.wav": ("pcm_s16le", 8_000, 1, {}, 0.001),
    "16k.wav": ("pcm_f32le", 16_000, 1, {}, 0.001),
    "44k.wav": ("pcm_s16le", 44_100, 2, {}, 0.001),
    "96k.wav": ("pcm_f32le", 96_000, 6, {}, 0.001),
    "44k.flac": ("flac", 44_100, 2, {}, 0.001),
    "96k.flac": ("flac", 96_000, 6, {}, 0.001),
    "8k.mp3": ("libmp3lame", 8_000, 1, {}, 0.05),
    "44k.mp3": ("libmp3lame", 44_100, 2, {}, 0.05),
    "no length.mp3": ("libmp3lame", 44_100, 1, {"options": {"write_xing": "0"}}, 0.05),
    "opus.ogg": ("libopus", 48_000, 2, {}, 0.05),
    "flac.oga": ("flac", 44_100, 1, {}, 0.001),
    "aac.m4a": ("aac", 44_100, 2, {}, 0.05),
    "video.mp4": ("aac", 48_000, 6, {"video": 10.0}, 0.05),
    "fragments.mp4": ("aac", 44_100, 1, {"options": FRAGMENTS}, 0.05),
    "aac.mkv": ("aac", 44_100, 2, {"video": 10.0}, 0.05),
    "opus.webm": ("libopus", 48_000, 1, {}, 0.05),
    "raw.aac": ("aac", 44_100, 1, {}, 0.05),
    "aac.ts": ("aac", 48_000, 1, {}, 0.05),
    "mp3.avi": ("libmp3lame", 44_100, 2, {"video": 10.0}, 0.05),
}


@pytest.fixture(scope="module", params=FORMATS)
def recording(request, tmp_path_factory):
    """A reader for ten seconds of clicks, all of its samples, and how exact its times are."""
    codec, rate, channels, how, exact = FORMATS[request.param]
    folder = tmp_path_factory.mktemp("clicks")
    path = write(folder / request.param, clicks(rate, 10.0, channels), rate, codec, **how)
    reader = AudioReader(path)
    return reader, heard(reader), exact


class TestEveryFormat:
    def test_is_heard_whole(self, recording):
        reader, samples, exact = recording
        assert len(samples) / SAMPLE_RATE == pytest.approx(10.0, abs=max(0.06, exact))
        assert np.abs(samples).max() <= 1
        assert reader.notes is None

    def test_keeps_sounds_at_their_times(self, recording):
        _, samples, exact = recording
        late = [onset(samples, at) - at for at in CLICKS]
        assert np.abs(late).max() <= exact

    def test_is_cut_into_windows_that_touch(self, recording):
        reader, samples, _ = recording
        windows = list(reader.windows(seconds=3.0))
        assert [w.start for w in windows] == [0.0, 3.0, 6.0, 9.0]
        assert [len(w.samples) for w in windows[:3]] == [3 * SAMPLE_RATE] * 3
        assert np.array_equal(np.concatenate([w.samples for w in windows]), samples)
        assert {w.samples.dtype for w in windows} == {np.dtype(np.float32)}

    @pytest.mark.parametrize("start", [0.25, 1.7, 4.321, 7.95])
    def test_is_sought_in_to_a_millisecond(self, recording, start):
        reader, samples, _ = recording
        part = heard(reader, start=start, end=start + 1.5)
        assert len(part) == round(1.5 * SAMPLE_RATE)
        assert reader.notes is None
        at = CLICKS[start + 0.2 < CLICKS][0]
        assert start + onset(part, at - start) == pytest.approx(onset(samples, at), abs=0.001)


class TestRanges:
    @pytest.fixture
    def reader(self, tmp_path):
        return AudioReader(write(tmp_path / "a.flac", clicks(16_000), 16_000, "flac"))

    def test_has_windows_that_count_from_its_start(self, reader):
        windows = list(reader.windows(seconds=2.0, start=1.5, end=4.0))
        assert [(w.start, len(w.samples)) for w in windows] == [(1.5, 32_000), (3.5, 8_000)]

    def test_ends_with_the_recording(self, reader):
        assert len(heard(reader, start=9.0, end=60.0)) == SAMPLE_RATE

    def test_behind_the_end_is_empty(self, reader):
        assert list(reader.windows(start=10.0)) == []
        assert list(reader.windows(start=500.0)) == []

    def test_leaves_the_rest_undecoded(self, tmp_path):
        path = cut(write(tmp_path / "a.flac", clicks(16_000), 16_000, "flac"), 0.5)
        reader = AudioReader(path)
        assert len(heard(reader, end=2.0)) == 2 * SAMPLE_RATE
        assert reader.notes is None

    def test_is_right_where_the_index_is_wrong(self, tmp_path):
        path = write(tmp_path / "a.mkv", clicks(16_000, 30.0), 16_000, "flac")
        whole = heard(AudioReader(path))
        data = path.read_bytes()
        index = data.rindex(b"\x1c\x53\xbb\x6b")  # Cues
        places = re.findall(rb"\xf1\x83(.{3})", data[index:], re.DOTALL)
        path.write_bytes(data[:index] + data[index:].replace(places[0], places[-1]))
        part = heard(AudioReader(path), start=6.6, end=8.0)
        assert np.array_equal(part, whole[round(6.6 * SAMPLE_RATE) : 8 * SAMPLE_RATE])

    @pytest.mark.parametrize("span", [{"start": -1.0}, {"start": 2.0, "end": 2.0}, {"end": 0.0}])
    def test_must_not_be_empty(self, reader, span):
        with pytest.raises(ValueError, match="not a range of seconds"):
            reader.windows(**span)

    def test_needs_windows_of_a_tenth_of_a_second(self, reader):
        with pytest.raises(ValueError, match="too short"):
            reader.windows(seconds=0.05)


class TestWhatAFileDeclares:
    def test_of_a_video(self, tmp_path):
        path = write(tmp_path / "Größe 会議 12:30.mp4", tone(44_100, 2.0, 2), 44_100, "aac", 3.0)
        media = open_media(path)
        assert (media.path, media.codec, media.has_video) == (path, "aac", True)
        assert (media.sample_rate, media.channels) == (44_100, 2)
        assert media.seconds == pytest.approx(2.0, abs=0.05)

    def test_of_a_name_that_looks_like_a_protocol(self, tmp_path, monkeypatch):
        write_wav(tmp_path / "12:30 talk.wav", bytes(64_000))
        monkeypatch.chdir(tmp_path)
        assert open_media(type(tmp_path)("12:30 talk.wav")).seconds == 2.0

    def test_counts_no_cover_picture_as_video(self, tmp_path):
        path = tmp_path / "cover.mp3"
        sound = write(tmp_path / "a.mp3", tone(44_100), 44_100, "libmp3lame")
        picture = tmp_path / "cover.png"
        with av.open(str(picture), "w", format="image2") as container:
            stream = container.add_stream("png", rate=1)
            stream.width, stream.height, stream.pix_fmt = 8, 8, "rgb24"
            frame = av.VideoFrame.from_ndarray(np.zeros((8, 8, 3), np.uint8))
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        png = picture.read_bytes()
        apic = b"\0image/png\0\3\0" + png
        body = b"APIC" + struct.pack(">I", len(apic)) + b"\0\0" + apic
        size = bytes((len(body) >> shift) & 0x7F for shift in (21, 14, 7, 0))
        plain = sound.read_bytes()
        old = 10 + sum(b << s for b, s in zip(plain[6:10], (21, 14, 7, 0), strict=True))
        path.write_bytes(b"ID3\3\0\0" + size + body + plain[old:])
        with av.open(str(path)) as container:
            assert container.streams.video  # or the test proves nothing
        assert not open_media(path).has_video
        assert open_media(path).seconds == pytest.approx(2.0, abs=0.1)

    @pytest.mark.parametrize("name", ["raw.aac", "no length.mp3"])
    def test_is_unknown_where_nothing_declares_it(self, tmp_path, name):
        codec, rate, channels, how, _ = FORMATS[name]
        path = write(tmp_path / name, tone(rate, 2.0, channels), rate, codec, **how)
        assert open_media(path).seconds is None

    @pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
    def test_of_a_wav_from_a_pipe(self, tmp_path, size):
        reader = AudioReader(write_wav(tmp_path / "a.wav", bytes(32_000), size=size))
        assert reader.media.seconds == pytest.approx(1.0)
        assert len(heard(reader)) == SAMPLE_RATE
        assert reader.notes is None

    def test_of_a_track_that_is_shorter_than_its_pictures(self, tmp_path):
        path = write(tmp_path / "a.mkv", tone(44_100, 3.0), 44_100, "aac", video=6.0)
        reader = AudioReader(path)
        assert reader.media.seconds == pytest.approx(3.0, abs=0.05)
        heard(reader)
        assert reader.notes is None

    def test_survives_tags_in_an_old_encoding(self, tmp_path):
        info = b"INFOINAM" + struct.pack("<I", 6) + "café\0\0".encode("latin-1")
        extra = b"LIST" + struct.pack("<I", len(info)) + info
        assert open_media(write_wav(tmp_path / "a.wav", bytes(32_000), extra=extra)).seconds == 1.0


def refusal(path):
    """What the user is told when the file is opened, or else when it is read."""
    with pytest.raises(MediaError) as caught:
        heard(AudioReader(path))
    message = str(caught.value)
    assert str(path) in message
    assert message.endswith(".") and "\n" not in message
    return message


class TestFilesThatCannotBeHeard:
    def test_missing(self, tmp_path):
        assert "was not found" in refusal(tmp_path / "a.wav")

    def test_below_a_file(self, tmp_path):
        assert "was not found" in refusal(write_wav(tmp_path / "a.wav", bytes(4)) / "b.wav")

    def test_folder(self, tmp_path):
        assert "is a folder" in refusal(tmp_path)

    def test_no_regular_file(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.wav")
        assert "not a regular file" in refusal(tmp_path / "pipe.wav")

    def test_name_that_no_disk_takes(self, tmp_path):
        assert "can't be read" in refusal(tmp_path / ("a" * 300 + ".wav"))

    def test_empty(self, tmp_path):
        (tmp_path / "a.wav").touch()
        assert "is empty" in refusal(tmp_path / "a.wav")

    @pytest.mark.skipif(not hasattr(os, "seteuid"), reason="permissions of POSIX systems")
    def test_not_ours(self, tmp_path):
        path = write_wav(tmp_path / "a.wav", bytes(32_000))
        path.chmod(0)
        user = os.geteuid()
        if user == 0:  # to whom everything is permitted
            os.seteuid(65_534)
        try:
            assert "may not be read" in refusal(path)
        finally:
            os.seteuid(user)

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("a.wav", "is not a recording"),
            ("a.mp3", "is not a recording"),
            ("a.flac", "holds no audio"),
            ("a.txt", "is not a recording"),
        ],
    )
    def test_text(self, tmp_path, name, told):
        (tmp_path / name).write_text("Dear diary, today I recorded nothing.\n" * 40)
        assert told in refusal(tmp_path / name)

    def test_mp4_without_its_index(self, tmp_path):
        path = cut(write(tmp_path / "a.mp4", tone(44_100), 44_100, "aac"), 0.5)
        assert "index (moov) is missing" in refusal(path)

    def test_nothing_but_a_header(self, tmp_path):
        path = write(tmp_path / "a.ogg", tone(48_000), 48_000, "libopus")
        path.write_bytes(path.read_bytes()[:200])
        assert "ends before its first sound" in refusal(path)

    def test_video_without_sound(self, tmp_path):
        path = tmp_path / "a.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=25)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            image = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8))
            container.mux(stream.encode(image))
            container.mux(stream.encode(None))
        assert "holds only pictures" in refusal(path)

    def test_subtitles(self, tmp_path):
        (tmp_path / "a.wav").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n\n")
        assert "is not a recording" in refusal(tmp_path / "a.wav")

    def test_unknown_codec(self, tmp_path):
        path = write(tmp_path / "a.mkv", tone(44_100), 44_100, "aac")
        path.write_bytes(path.read_bytes().replace(b"A_AAC", b"A_ZZZ"))
        assert "codec that can't be decoded" in refusal(path)

    def test_nothing_that_decodes(self, tmp_path):
        path = write(tmp_path / "a.m4a", tone(44_100), 44_100, "aac")
        data = bytearray(path.read_bytes())
        start = data.index(b"mdat") + 4
        end = data.index(b"moov") - 4
        data[start:end] = b"\xff" * (end - start)
        path.write_bytes(data)
        assert "Nothing in" in refusal(path)

    @pytest.mark.parametrize("frames", [0, 16, 800, 1599])
    def test_too_short(self, tmp_path, frames):
        path = write_wav(tmp_path / "a.wav", bytes(2 * frames))
        assert f"holds only {frames / 16_000:.4g} s of audio; at least 0.1 s" in refusal(path)

    def test_more_channels_than_can_be_mixed(self, tmp_path):
        path = write_wav(tmp_path / "a.wav", bytes(9 * 32_000), channels=9)
        assert "The 9 channels of" in refusal(path)

    def test_are_tool_errors(self):
        assert issubclass(MediaError, ToolError)


def test_a_tenth_of_a_second_is_enough(tmp_path):
    assert len(heard(AudioReader(write_wav(tmp_path / "a.wav", bytes(3200))))) == 1600


class TestDamage:
    # Where half of the file ends, by its header or by what can be told from the last thing read.
    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("44k.wav", "of 0:10"),
            ("96k.wav", "of 0:10"),
            ("44k.mp3", "of 0:10"),
            ("44k.flac", "of 0:10"),
            ("aac.mkv", "of 0:10"),
            ("opus.webm", "of 0:10"),
            ("fragments.mp4", "the file breaks off after 0:0"),
            ("raw.aac", "the file breaks off after 0:0"),
            ("opus.ogg", "the file breaks off after 0:0"),
        ],
    )
    def test_of_a_file_that_breaks_off(self, tmp_path, name, told):
        codec, rate, channels, how, exact = FORMATS[name]
        path = write(tmp_path / name, clicks(rate, 10.0, channels), rate, codec, **how)
        reader = AudioReader(cut(path, 0.55))
        samples = heard(reader)
        assert 4.0 < len(samples) / SAMPLE_RATE < 7.0
        assert onset(samples, CLICKS[2]) == pytest.approx(CLICKS[2], abs=exact)
        assert told in reader.notes and "the file breaks off after 0:0" in reader.notes

    def test_of_an_ogg_that_ends_between_pages(self, tmp_path):
        path = write(tmp_path / "a.ogg", clicks(48_000), 48_000, "libopus")
        data = path.read_bytes()
        path.write_bytes(data[: data.rindex(b"OggS")])
        reader = AudioReader(path)
        assert 8 < len(heard(reader)) / SAMPLE_RATE < 10
        assert reader.notes == "the file breaks off after 0:09"

    @pytest.mark.parametrize("name", ["aac.m4a", "aac.mkv", "44k.flac", "aac.ts"])
    def test_in_the_middle_is_silent_and_moves_nothing(self, tmp_path, name):
        codec, rate, channels, how, _ = FORMATS[name]
        path = write(tmp_path / name, clicks(rate, 10.0, channels), rate, codec, **how)
        whole = heard(AudioReader(path))
        data = bytearray(path.read_bytes())
        middle = len(data) // 2
        data[middle : middle + 500] = b"\xa5" * 500
        path.write_bytes(data)
        reader = AudioReader(path)
        samples = heard(reader)
        assert len(samples) == pytest.approx(len(whole), abs=0.002 * SAMPLE_RATE)
        last = CLICKS[-1]
        assert onset(samples, last) == pytest.approx(onset(whole, last), abs=0.002)
        assert "filled with" in reader.notes
        assert "breaks off" not in reader.notes
        assert quietest(samples) == 0
        assert quietest(whole) > 0

    def test_is_of_the_latest_pass_alone(self, tmp_path):
        reader = AudioReader(
            cut(write(tmp_path / "a.mp3", tone(44_100, 9), 44_100, "libmp3lame"), 0.5)
        )
        heard(reader)
        assert "0:04 of 0:09" in reader.notes
        heard(reader, end=1.0)
        assert reader.notes is None

    def test_behind_a_place_that_was_sought(self, tmp_path):
        reader = AudioReader(
            cut(write(tmp_path / "a.mp3", tone(44_100, 9), 44_100, "libmp3lame"), 0.5)
        )
        assert 0 < len(heard(reader, start=3.0)) < 2 * SAMPLE_RATE
        assert "0:04 of 0:09" in reader.notes

    def test_before_a_range_is_not_the_ranges(self, tmp_path):
        path = write(tmp_path / "a.m4a", tone(44_100, 9.0), 44_100, "aac")
        data = bytearray(path.read_bytes())
        start = data.index(b"mdat") + 4
        data[start : start + 2000] = b"\xff" * 2000
        path.write_bytes(data)
        reader = AudioReader(path)
        heard(reader)
        assert "damaged packet" in reader.notes
        heard(reader, start=5.0)
        assert reader.notes is None

    def test_to_a_container_is_read_past(self, tmp_path):
        path = write(tmp_path / "a.oga", clicks(44_100), 44_100, "flac")
        data = bytearray(path.read_bytes())
        damaged = slice(len(data) * 3 // 10, len(data) // 2)
        data[damaged] = b"\xff" * len(data[damaged])
        path.write_bytes(data)
        reader = AudioReader(path)
        samples = heard(reader)
        assert len(samples) == pytest.approx(10 * SAMPLE_RATE, abs=32)
        assert onset(samples, CLICKS[-1]) == pytest.approx(CLICKS[-1], abs=0.002)
        assert reader.notes == "1 damaged packet skipped; 1 gap filled with 3.13 s of silence"

    def test_is_none_where_a_stream_appears_midway(self, tmp_path):
        sound = write(tmp_path / "a.ts", tone(48_000, 20.0), 48_000, "aac").read_bytes()
        video = write(tmp_path / "v.ts", tone(48_000, 1.0), 48_000, "aac", 1.0).read_bytes()
        packets = [video[at : at + 188] for at in range(0, len(video), 188)]
        tables = [p for p in packets if (p[1] & 0x1F, p[2]) in {(0, 0), (0x10, 0)}][:2]
        middle = len(sound) * 2 // 5 // 188 * 188
        path = tmp_path / "both.ts"
        path.write_bytes(sound[:middle] + b"".join(tables) + sound[middle:])
        reader = AudioReader(path)
        assert len(heard(reader)) == pytest.approx(20 * SAMPLE_RATE, abs=0.1 * SAMPLE_RATE)
        assert reader.notes is None

    def test_of_numbers_that_are_none(self, tmp_path):
        samples = tone(16_000)[0].astype("<f4")
        samples[[100, 200, 300]] = np.nan, np.inf, -np.inf
        samples[400] = 7.0
        reader = AudioReader(write_wav(tmp_path / "a.wav", samples.tobytes(), floats=True))
        decoded = heard(reader)
        assert list(decoded[[100, 200, 300, 400]]) == [0, 0, 0, 1]
        assert reader.notes == "3 samples without a value made silent"

    def test_of_a_container_that_cannot_go_on(self, tmp_path):
        # FFmpeg refuses the second link of an Ogg chain when its channels are other ones.
        first = write(tmp_path / "1.ogg", tone(48_000, 2.0), 48_000, "libopus")
        second = write(tmp_path / "2.ogg", tone(48_000, 3.0, 2), 48_000, "libopus")
        chain = tmp_path / "chain.ogg"
        chain.write_bytes(first.read_bytes() + second.read_bytes())
        reader = AudioReader(chain)
        assert len(heard(reader)) == pytest.approx(2 * SAMPLE_RATE, abs=200)
        assert "1 damaged packet skipped; the file breaks off after 0:0" in reader.notes


class TestTimeStamps:
    RATE = 16_000

    def write(self, path, stamps):
        return write(path, clicks(self.RATE), self.RATE, "flac", stamps=stamps)

    def test_begin_with_the_first_frame(self, tmp_path):
        reader = AudioReader(self.write(tmp_path / "a.mkv", lambda at: at + 5 * self.RATE))
        samples = heard(reader)
        assert len(samples) == 10 * SAMPLE_RATE
        assert onset(samples, CLICKS[1]) == pytest.approx(CLICKS[1], abs=0.001)
        part = heard(reader, start=4.0, end=5.0)
        assert 4.0 + onset(part, CLICKS[3] - 4.0) == pytest.approx(CLICKS[3], abs=0.001)

    def test_that_leave_a_gap_become_silence(self, tmp_path):
        pause = 8_000
        path = self.write(tmp_path / "a.mkv", lambda at: at + (pause if at >= 80_000 else 0))
        reader = AudioReader(path)
        samples = heard(reader)
        assert len(samples) == pytest.approx(10.5 * SAMPLE_RATE, abs=32)
        last = CLICKS[-1]
        assert onset(samples, last + 0.5) == pytest.approx(last + 0.5, abs=0.002)
        assert reader.notes == "1 gap filled with 0.50 s of silence"
        inside = heard(reader, start=5.2, end=5.4)
        assert len(inside) == 3200 and not inside.any()

    def test_that_tremble_are_let_be(self, tmp_path):
        path = self.write(tmp_path / "a.mkv", lambda at: at + (800 if at % 8_000 else 0))
        reader = AudioReader(path)
        assert len(heard(reader)) == 10 * SAMPLE_RATE
        assert reader.notes is None

    def test_that_jump_are_ignored(self, tmp_path):
        two_hours = 7200 * self.RATE
        path = self.write(tmp_path / "a.mkv", lambda at: at + (two_hours if at >= 80_000 else 0))
        reader = AudioReader(path)
        assert len(heard(reader)) == 10 * SAMPLE_RATE
        assert "1 jump of the time stamps ignored" in reader.notes

    def test_that_start_again_are_ignored(self, tmp_path):
        first = write(tmp_path / "1.ts", tone(48_000, 2.6), 48_000, "aac")
        second = write(tmp_path / "2.ts", tone(48_000, 2.6, 2), 48_000, "aac")
        both = tmp_path / "both.ts"
        both.write_bytes(first.read_bytes() + second.read_bytes())
        reader = AudioReader(both)
        assert len(heard(reader)) == pytest.approx(5.2 * SAMPLE_RATE, abs=0.1 * SAMPLE_RATE)
        assert reader.notes == (
            "1 jump of the time stamps ignored; "
            "the file declares 0:02, but the sound goes on until 0:05"
        )


class TestLengthsThatAreWrong:
    """All data are heard, and where the header says otherwise, that is told."""

    LONGER = "the file declares 0:{:02.0f}, but the sound goes on until 0:{:02.0f}"

    @pytest.mark.parametrize("declared", [0.001, 1.0, 4.0, 6.5, 17.0])
    def test_of_a_wav(self, tmp_path, declared):
        data = (clicks(16_000, 18.0)[0] * 32_767).astype("<i2").tobytes()
        path = write_wav(tmp_path / "a.wav", data, size=round(declared * 16_000) * 2)
        reader = AudioReader(path)
        samples = heard(reader)
        assert len(samples) == 18 * SAMPLE_RATE
        assert onset(samples, CLICKS[-1]) == pytest.approx(CLICKS[-1], abs=0.001)
        assert (reader.notes is not None) == (declared < 17.0)
        assert reader.notes in (None, self.LONGER.format(int(declared), 18))
        part = heard(reader, start=9.0)
        assert np.array_equal(part, samples[9 * SAMPLE_RATE :])

    @pytest.mark.parametrize("size", [*range(2, 32_000, 3_001), 31_999])
    def test_of_a_wav_of_zeros_whatever_it_declares(self, tmp_path, size):
        reader = AudioReader(write_wav(tmp_path / "a.wav", bytes(64_000), size=size))
        assert len(heard(reader)) == 2 * SAMPLE_RATE

    @pytest.mark.parametrize("name", [b"LIST", b"id3 ", b"zzzz"])
    def test_of_a_wav_with_other_parts_behind_its_sound(self, tmp_path, name):
        path = write_wav(tmp_path / "a.wav", bytes(32_000))
        more = name + struct.pack("<I", 8_000) + b"\x55" * 8_000
        path.write_bytes(path.read_bytes() + more)
        reader = AudioReader(path)
        assert len(heard(reader)) == SAMPLE_RATE
        assert reader.notes is None

    @pytest.mark.parametrize("how", [{}, {"options": {"write_xing": "0"}}])
    def test_of_joined_mp3s(self, tmp_path, how):
        parts = [
            write(tmp_path / f"{n}.mp3", clicks(44_100, 8.0), 44_100, "libmp3lame", **how)
            for n in (1, 2)
        ]
        path = tmp_path / "joined.mp3"
        path.write_bytes(b"".join(part.read_bytes() for part in parts))
        reader = AudioReader(path)
        samples = heard(reader)
        assert len(samples) / SAMPLE_RATE == pytest.approx(16.0, abs=0.1)
        assert onset(samples, 8.0 + CLICKS[2]) == pytest.approx(8.0 + CLICKS[2], abs=0.08)
        assert reader.notes == (None if how else self.LONGER.format(8, 16))

    def test_of_half_a_file_whose_index_comes_first(self, tmp_path):
        fast = {"options": {"movflags": "+faststart"}}
        path = write(tmp_path / "a.m4a", clicks(44_100), 44_100, "aac", **fast)
        reader = AudioReader(cut(path, 0.5))
        assert 4 < len(heard(reader)) / SAMPLE_RATE < 6
        assert "the file breaks off after 0:0" in reader.notes and "of 0:10" in reader.notes


class TestTimesOfAPlayer:
    @pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
    @pytest.mark.parametrize("late", [0.5, 4.0])
    def test_of_sound_that_begins_after_its_pictures(self, tmp_path, name, late):
        shift = round(late * 48_000)
        path = write(
            tmp_path / name, clicks(48_000), 48_000, "aac", 15.0, stamps=lambda at: at + shift
        )
        reader = AudioReader(path)
        samples = heard(reader)
        for click in CLICKS[[0, 3, -1]]:
            assert onset(samples, late + click) == pytest.approx(late + click, abs=0.05)
        assert not samples[: int((late - 0.1) * SAMPLE_RATE)].any()
        assert reader.notes is None
        assert reader.media.seconds == pytest.approx(late + 10.0, abs=0.2)
        part = heard(reader, start=late + 2.5, end=late + 4.0)
        click = CLICKS[2]  # 3.1
        assert late + 2.5 + onset(part, click - 2.5) == pytest.approx(late + click, abs=0.05)
        assert not heard(reader, end=late - 0.1).any()

    def test_of_sound_whose_beginning_is_damaged(self, tmp_path):
        path = write(tmp_path / "a.m4a", clicks(44_100), 44_100, "aac")
        data = bytearray(path.read_bytes())
        start = data.index(b"mdat") + 4
        data[start : start + 12_000] = b"\xff" * 12_000
        path.write_bytes(data)
        reader = AudioReader(path)
        samples = heard(reader)
        assert onset(samples, CLICKS[-1]) == pytest.approx(CLICKS[-1], abs=0.05)
        assert "gap filled with" in reader.notes and "breaks off" not in reader.notes

    LOST = ("44k.mp3", "no length.mp3", "8k.mp3", "raw.aac", "a.ac3")

    @pytest.mark.parametrize("name", LOST)
    @pytest.mark.parametrize("share", [0.03, 0.2])
    def test_behind_damage_in_files_without_times(self, tmp_path, name, share):
        codec, rate, channels, how, _ = FORMATS.get(name, ("ac3", 48_000, 1, {}, 0))
        path = write(tmp_path / name, clicks(rate, 10.0, channels), rate, codec, **how)
        whole = heard(AudioReader(path))
        data = bytearray(path.read_bytes())
        middle, size = len(data) * 2 // 5, int(share * len(data))
        data[middle : middle + size] = bytes(n * 37 % 251 for n in range(size))
        path.write_bytes(data)
        reader = AudioReader(path)
        samples = heard(reader)
        last, near = onset(whole, CLICKS[-1]), 0.06
        assert onset(samples, CLICKS[-1]) == pytest.approx(last, abs=near)
        assert len(samples) / SAMPLE_RATE == pytest.approx(len(whole) / SAMPLE_RATE, abs=near)
        assert "filled with" in reader.notes and "breaks off" not in reader.notes
        part = heard(reader, start=7.5)
        assert 7.5 + onset(part, CLICKS[-1] - 7.5) == pytest.approx(last, abs=near)
        first = heard(reader, end=3.0)
        assert onset(first, CLICKS[1]) == onset(whole, CLICKS[1])

    def test_tags_between_frames_take_no_time(self, tmp_path):
        part = write(tmp_path / "1.mp3", clicks(44_100, 5.0), 44_100, "libmp3lame").read_bytes()
        picture = b"ID3\4\0\0" + bytes((0, 2, 0x44, 0)) + bytes(range(256)) * 130
        path = tmp_path / "joined.mp3"
        path.write_bytes(part + picture + part)
        reader = AudioReader(path)
        assert len(heard(reader)) / SAMPLE_RATE == pytest.approx(10.0, abs=0.1)
        assert "gap" not in reader.notes and "damaged" not in reader.notes


class TestMixing:
    @pytest.mark.parametrize("codec", ["pcm_s16le", "libmp3lame", "aac"])
    def test_channels_that_cancel_are_heard_from_one(self, tmp_path, codec):
        one = clicks(44_100)
        path = tmp_path / (
            "a.mkv" if codec == "aac" else f"a.{'wav' if codec[0] == 'p' else 'mp3'}"
        )
        alone = heard(AudioReader(write(path, one, 44_100, codec)))
        both = write(path, np.concatenate([one, -one]), 44_100, codec)
        reader = AudioReader(both)
        samples = heard(reader)
        assert level_dbfs(samples).max() == pytest.approx(level_dbfs(alone).max(), abs=1.5)
        assert onset(samples, CLICKS[3]) == pytest.approx(onset(alone, CLICKS[3]), abs=0.001)
        assert reader.notes == "the channels cancel each other, so one of them was heard (0:10)"
        part = heard(reader, start=3.0, end=6.0)
        assert level_dbfs(part).max() == pytest.approx(level_dbfs(alone).max(), abs=1.5)

    def test_channels_that_cancel_for_a_while(self, tmp_path):
        one = tone(16_000, 20.0)
        other = np.where(np.arange(320_000) < 160_000, one, -one).astype(np.float32)
        reader = AudioReader(
            write(tmp_path / "a.flac", np.concatenate([one, other]), 16_000, "flac")
        )
        assert level_dbfs(heard(reader), 1.0) == pytest.approx(np.full(20, -9.0), abs=0.2)
        assert "(0:10)" in reader.notes

    def test_two_people_on_two_channels_are_both_heard(self, tmp_path):
        left, right = tone(16_000, 4.0), tone(16_000, 4.0)
        left[:, 32_000:], right[:, :32_000] = 0, 0
        reader = AudioReader(
            write(tmp_path / "a.flac", np.concatenate([left, right]), 16_000, "flac")
        )
        assert level_dbfs(heard(reader), 1.0) == pytest.approx(np.full(4, -15.0), abs=0.2)
        assert reader.notes is None

    def test_a_loud_low_frequency_channel_cancels_nothing(self, tmp_path):
        six = np.zeros((6, 64_000), np.float32)
        six[2], six[3] = 0.1 * tone(16_000, 4.0)[0], 0.9 * np.sign(tone(16_000, 4.0)[0])
        reader = AudioReader(write(tmp_path / "a.flac", six, 16_000, "flac"))
        heard(reader)
        assert reader.notes is None

    def test_a_constant_offset_is_removed(self, tmp_path):
        sound = (0.1 * tone(16_000, 12.0)[0] + 0.85) * 32_767
        reader = AudioReader(write_wav(tmp_path / "a.wav", sound.astype("<i2").tobytes()))
        samples = heard(reader)
        assert abs(samples.mean()) < 0.001
        assert np.abs(samples).max() == pytest.approx(0.05, abs=0.002)
        assert reader.notes == "a constant offset was removed (0:12)"

    @pytest.mark.parametrize("most", [2.0**15, 2.0**23, 2.0**31])
    def test_integers_saved_as_floats_are_scaled(self, tmp_path, most):
        sound = tone(16_000, 30.0)[0]
        sound[:80_000] = np.random.default_rng(0).uniform(-0.4, 0.4, 80_000) / most  # faint hiss
        data = (sound * most).astype("<f4").tobytes()
        reader = AudioReader(write_wav(tmp_path / "a.wav", data, floats=True))
        assert np.allclose(heard(reader), sound, atol=1e-4)
        assert reader.notes == f"samples beyond full scale divided by {most:.6g}"

    def test_floats_far_beyond_full_scale_are_scaled_to_their_peak(self, tmp_path):
        data = (20 * tone(16_000, 2.0)[0]).astype("<f4").tobytes()
        reader = AudioReader(write_wav(tmp_path / "a.wav", data, floats=True))
        assert np.abs(heard(reader)).max() == pytest.approx(1.0, abs=0.01)
        assert "beyond full scale" in reader.notes

    def test_what_is_very_quiet_is_made_louder(self, tmp_path):
        sound = np.zeros(320_000, np.float32)
        for at in range(16_000, 320_000, 40_000):
            sound[at : at + 16_000] = tone(16_000, 1.0, level=10 ** (-58 / 20))[0]
        path = write_wav(tmp_path / "a.wav", (sound * 32_767).round().astype("<i2").tobytes())
        reader = AudioReader(path)
        levels = level_dbfs(heard(reader))
        assert is_audible(levels)
        assert levels.max() == pytest.approx(-26, abs=0.5)
        assert reader.notes == "very quiet, made 35 dB louder"
        part = heard(reader, start=3.0, end=5.0)  # the same wherever it is heard from
        assert level_dbfs(part).max() == pytest.approx(-26, abs=0.5)

    @pytest.mark.parametrize("level", [-100, -75, -62])
    def test_the_noise_of_a_quiet_room_stays_what_it_is(self, tmp_path, level):
        noise = np.random.default_rng(0).standard_normal(160_000) * 10 ** (level / 20)
        data = (noise * 32_767).round().astype("<i2").tobytes()
        reader = AudioReader(write_wav(tmp_path / "a.wav", data))
        assert not is_audible(level_dbfs(heard(reader)))
        assert reader.notes is None

    def test_what_has_no_fault_goes_through_bit_by_bit(self, tmp_path):
        rng = np.random.default_rng(0)
        data = rng.integers(-9_000, 9_000, 400_000, np.int16, endpoint=True)
        path = write_wav(tmp_path / "a.wav", data.tobytes())
        assert np.array_equal(heard(AudioReader(path)), data.astype(np.float32) / 32_768)

    @pytest.mark.parametrize("channels", [1, 2, 6])
    @pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_f32le"])
    def test_keeps_the_level(self, tmp_path, codec, channels):
        path = write(tmp_path / "a.wav", tone(44_100, 2.0, channels), 44_100, codec)
        assert np.abs(heard(AudioReader(path))).max() == pytest.approx(0.5, abs=0.01)

    def test_weighs_both_sides_alike(self, tmp_path):
        left = tone(44_100, 2.0, 2) * np.array([[1], [0]], np.float32)
        samples = heard(AudioReader(write(tmp_path / "a.flac", left, 44_100, "flac")))
        assert np.abs(samples).max() == pytest.approx(0.25, abs=0.01)

    def test_follows_a_change_of_format(self, tmp_path):
        mono = write(tmp_path / "1.mp3", tone(44_100, 2.6), 44_100, "libmp3lame")
        stereo = write(tmp_path / "2.mp3", tone(48_000, 3.0, 2), 48_000, "libmp3lame")
        both = tmp_path / "both.mp3"
        both.write_bytes(mono.read_bytes() + stereo.read_bytes())
        samples = heard(AudioReader(both))
        assert len(samples) == pytest.approx(5.6 * SAMPLE_RATE, abs=0.15 * SAMPLE_RATE)
        for at in (1.0, 4.6):  # the pitch is right in both, so both rates were understood
            second = samples[int((at - 0.5) * SAMPLE_RATE) :][:SAMPLE_RATE]
            assert np.abs(np.fft.rfft(second)).argmax() == 440


class TestLongRecordings:
    def test_are_never_in_memory_whole(self, tmp_path):
        path = tmp_path / "8 minutes.wav"
        minute = (tone(44_100, 60.0, 2).T * 32_767).astype("<i2").tobytes()
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(44_100)
            for _ in range(8):
                file.writeframes(minute)
        del minute
        heard(AudioReader(path), end=60.0)  # libraries take what they need once
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        tracemalloc.start()
        total = sum(len(window.samples) for window in AudioReader(path).windows())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        unit = 1 if sys.platform == "darwin" else 1024
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit
        assert total == 8 * 60 * SAMPLE_RATE
        assert peak < 16 << 20
        assert grown < 64 << 20


class TestContentHash:
    def test_is_the_sha256_of_the_bytes(self, tmp_path):
        (tmp_path / "a").write_bytes(b"abc")
        assert content_hash(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()

    def test_of_nothing_is_refused(self, tmp_path):
        with pytest.raises(MediaError, match="was not found"):
            content_hash(tmp_path / "a")


class TestLevels:
    def test_are_those_of_each_hop(self):
        loud = tone(16_000, 0.16, level=1.0)[0]
        levels = level_dbfs(np.concatenate([loud, loud / 10, np.zeros(100, np.float32)]))
        assert levels.dtype == np.float32
        assert levels == pytest.approx([-3, -3, -23, -23, -120], abs=0.1)

    def test_of_nothing_are_none(self):
        levels = level_dbfs(np.zeros(0, np.float32))
        assert levels.shape == (0,)
        assert not is_audible(levels)

    def test_take_the_hop_that_is_asked_for(self):
        assert len(level_dbfs(np.zeros(16_000, np.float32), hop_seconds=0.25)) == 4

    def test_leave_out_a_constant_offset(self):
        assert not is_audible(level_dbfs(np.full(16_000, 0.2, np.float32)))

    def test_of_digital_silence_and_dither_are_inaudible(self):
        dither = np.random.default_rng(0).triangular(-1, 0, 1, 16_000) / 32_768
        assert not is_audible(level_dbfs(np.zeros(16_000, np.float32)))
        assert not is_audible(level_dbfs(dither.astype(np.float32)))

    def test_of_a_quiet_voice_are_audible(self):
        quiet = tone(16_000, 1.0, level=10 ** (-50 / 20) * np.sqrt(2))[0]
        assert level_dbfs(quiet) == pytest.approx(-50, abs=0.5)
        assert is_audible(level_dbfs(quiet))

    def test_of_one_knock_in_silence_are_audible(self):
        samples = np.zeros(160_000, np.float32)
        samples[80_000:80_160] = 0.3
        assert is_audible(level_dbfs(samples))
        assert not is_audible(level_dbfs(samples), threshold=0.0)
