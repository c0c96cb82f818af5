"""How much a client may send."""

import base64

import pytest
import serving
from hostile import flac_that_unfolds, wav_that_declares
from media import tone, write_media, write_wav
from serving import served

from assistant.doors.places import Places
from tools.errors import MediaTooLarge


class TestHowMuchMayCome:
    """What is larger, longer or wider than the settings allow, declared or not."""

    def transcribed(self, address, data, name="a.wav"):
        files = {"file": (name, data)}
        return serving.post(f"{address}/v1/audio/transcriptions", files=files)

    def refused(self, answer, setting):
        assert answer.status_code == 413
        assert setting in answer.json()["error"]["message"]
        assert answer.json()["error"]["code"] == 413

    def nothing_kept(self, assistant):
        assert assistant.store.recordings() == []
        assert [path for path in assistant.settings.uploads.rglob("*") if path.is_file()] == []

    @pytest.fixture
    def strict(self, opened):
        return opened(max_upload=300_000, max_file=400_000, max_seconds=20.0, max_channels=2)

    @pytest.fixture
    def door(self, strict):
        with served(strict, page=False, doors=True) as address:
            yield address

    def test_a_body_that_declares_too_much(self, door, strict):
        self.refused(self.transcribed(door, bytes(1_500_000)), "max_upload")
        data = base64.b64encode(bytes(1_500_000)).decode()
        part = {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
        body = {"messages": [{"role": "user", "content": [part]}]}
        self.refused(serving.post(f"{door}/v1/chat/completions", json=body), "max_upload")
        self.nothing_kept(strict)

    @pytest.mark.parametrize(
        "path", ["/v1/chat/completions", "/v1/audio/transcriptions", "/v1/recordings", "/mcp"]
    )
    def test_a_body_that_never_ends(self, door, path):
        sent = 0

        def endless():
            nonlocal sent
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
            while sent < 500_000_000:
                sent += 100_000
                yield bytes(100_000)

        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if path == "/v1/audio/transcriptions":
            headers["Content-Type"] = "multipart/form-data; boundary=x"
        answer = serving.post(door + path, content=endless(), headers=headers)
        self.refused(answer, "max_upload")
        assert sent < 50_000_000  # what fits into buffers on the way

    def test_an_upload_that_fits_the_request_but_not_the_limit_of_files(self, opened, wav):
        small = opened(max_file=100_000)
        with served(small, page=False, doors=True) as address:
            self.refused(self.transcribed(address, wav.read_bytes()), "max_file")
        self.nothing_kept(small)

    def test_a_header_that_declares_days(self, door, strict, tmp_path):
        path = wav_that_declares(tmp_path / "a.wav", seconds=10**9 / 16_000, frames=100)
        self.refused(self.transcribed(door, path.read_bytes()), "max_seconds")
        self.nothing_kept(strict)

    def test_too_many_channels(self, door, strict, tmp_path):
        path = write_media(tmp_path / "a.flac", tone(1)[None].repeat(6, 0), codec="flac")
        self.refused(self.transcribed(door, path.read_bytes(), "a.flac"), "max_channels")
        self.nothing_kept(strict)

    def test_a_few_bytes_that_unfold(self, door, strict, tmp_path):
        data = flac_that_unfolds(tmp_path / "a.flac", 60).read_bytes()
        self.refused(self.transcribed(door, data, "a.flac"), "max_seconds")
        encoded = base64.b64encode(data).decode()
        part = {"type": "input_audio", "input_audio": {"data": encoded, "format": "flac"}}
        body = {"messages": [{"role": "user", "content": [part, {"type": "text", "text": "x"}]}]}
        self.refused(serving.post(f"{door}/v1/chat/completions", json=body), "max_seconds")
        assert not list(strict.settings.features.rglob("*.bin"))

    def test_a_file_of_an_allowed_folder(self, opened, tmp_path):
        path = write_wav(tmp_path / "long.wav", tone(30))
        strict = opened(allowed_folders=(tmp_path,), max_file=400_000)
        with served(strict, page=False, doors=True) as address:
            answer = serving.post(f"{address}/v1/recordings", json={"recording": str(path)})
            self.refused(answer, "max_file")

    def test_an_address(self, strict, tmp_path, monkeypatch):
        fetched = []

        def fetch(address, folder, **options):
            fetched.append(options["most_bytes"])
            folder.mkdir(parents=True)
            return write_wav(folder / "a.wav", tone(12))  # 384 kB

        monkeypatch.setattr("assistant.doors.places.fetch", fetch)
        places = Places(strict)
        places.settings = strict.settings.model_copy(
            update={"allow_addresses": True, "max_seconds": 10.0}
        )
        with pytest.raises(MediaTooLarge, match="max_seconds"):
            places.recording("https://example.org/a.wav")
        assert fetched == [400_000]
        self.nothing_kept(strict)

    def test_a_playlist_leads_nowhere(self, door, strict, tmp_path):
        write_wav(tmp_path / "secret.wav", tone(1))
        for text in (
            f"#EXTM3U\n#EXTINF:1,\nfile://{tmp_path}/secret.wav\n#EXT-X-ENDLIST\n",
            f"ffconcat version 1.0\nfile {tmp_path}/secret.wav\n",
        ):
            assert self.transcribed(door, text.encode()).status_code == 400
        self.nothing_kept(strict)

    def test_within_the_limits(self, door, wav):
        assert self.transcribed(door, wav.read_bytes()).is_success
