"""Which files and addresses a client may name."""

import json

import pytest
import serving
from media import tone, write_wav
from serving import served


class TestWhatMayBeNamed:
    def named(self, address, place):
        return serving.post(f"{address}/v1/recordings", json={"recording": str(place)})

    def test_no_file_unless_a_folder_is_allowed(self, address, wav, assistant):
        for place in (wav, "/etc/passwd", "inside/talk.wav", "../talk.wav", "./talk.wav"):
            answer = self.named(address, place)
            assert answer.status_code in (400, 404), place
        assert assistant.store.recordings() == []

    def test_files_under_an_allowed_folder(self, opened, wav):
        with served(opened(allowed_folders=(wav.parent,)), page=False, doors=True) as address:
            assert self.named(address, wav).status_code == 202

    def test_no_way_leads_out_of_it(self, opened, wav, tmp_path):
        outside = write_wav(tmp_path / "secret.wav", tone(1))
        (wav.parent / "link.wav").symlink_to(outside)
        (wav.parent / "folder").symlink_to(tmp_path)
        with served(opened(allowed_folders=(wav.parent,)), page=False, doors=True) as address:
            for place in (
                outside,
                wav.parent / "link.wav",
                wav.parent / "folder" / "secret.wav",
                f"{wav.parent}/../secret.wav",
                f"{wav.parent}x/secret.wav",
            ):
                answer = self.named(address, place)
                assert answer.status_code == 400, place
                assert "allowed_folders" in answer.json()["error"]["message"]

    def test_addresses_only_where_they_are_allowed(self, address, opened):
        answer = self.named(address, "https://example.org/a.wav")
        assert "allow_addresses is not set" in answer.json()["error"]["message"]
        with served(opened(allow_addresses=True), page=False, doors=True) as other:
            answer = self.named(other, "http://127.0.0.1:9/a.wav")
            assert "inside this network" in answer.json()["error"]["message"]

    @pytest.mark.parametrize(
        "place", ["a\0b", "/a\0b", "\ud800", "https://[", "http://[::1", "/loop"]
    )
    def test_what_names_nothing_is_refused(self, opened, wav, place):
        loop = wav.parent / "loop"
        loop.symlink_to(loop)
        place = str(loop) if place == "/loop" else place
        settings = {"allowed_folders": (wav.parent,), "allow_addresses": True}
        with served(opened(**settings), page=False, doors=True) as address:
            body = json.dumps({"recording": place})  # escapes what is no UTF-8
            headers = {"Content-Type": "application/json"}
            answer = serving.post(f"{address}/v1/recordings", content=body, headers=headers)
            assert answer.status_code in (400, 404)
            assert answer.json()["error"]["message"]
            assert serving.get(f"{address}/media/%00").status_code == 404

    @pytest.mark.parametrize(
        "field",
        ['"session": 9223372036854775808', '"start": Infinity', '"end": NaN', '"session": 0'],
    )
    def test_numbers_that_are_none(self, address, recording, field):
        body = f'{{"messages": [{{"role": "user", "content": "x"}}], {field}}}'
        headers = {"Content-Type": "application/json"}
        answer = serving.post(f"{address}/v1/chat/completions", content=body, headers=headers)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"]

    def test_a_body_that_is_none_is_refused_in_the_same_shape(self, address):
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        path = f"{address}/v1/audio/transcriptions"
        answer = serving.post(path, content=b"--y\r\nno", headers=headers)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"]

    def test_only_a_whole_id_is_removed(self, address, assistant, recording):
        short = serving.delete(f"{address}/v1/recordings/{recording.id[:4]}")
        assert short.status_code == 400
        assert recording.id in short.json()["error"]["message"]
        assert serving.delete(f"{address}/v1/recordings/{recording.id}").is_success

    def test_a_name_with_folders_in_it_stays_inside(self, address, assistant, wav):
        files = {"file": ("../../../evil.wav", wav.read_bytes())}
        answer = serving.post(f"{address}/v1/audio/transcriptions", files=files)
        assert answer.is_success
        (recording,) = assistant.store.recordings()
        assert recording.path.is_relative_to(assistant.settings.uploads)
        assert json.dumps(answer.json())
