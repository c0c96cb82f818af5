"""Recordings, jobs and how the server does, over HTTP."""

import re
import time

import serving
from serving import question


class TestNative:
    def test_recordings_and_jobs(self, address, recording):
        with serving.client(base_url=address) as http:
            (listed,) = http.get("/v1/recordings").json()
            assert listed["id"] == recording.id
            assert "path" not in listed
            job = http.post("/v1/recordings", json={"recording": recording.id})
            assert job.status_code == 202
            for _ in range(100):
                found = http.get(f"/v1/jobs/{job.json()['id']}").json()
                if found["state"] == "done":
                    break
                time.sleep(0.1)
            assert found["result"]["seconds"] == 5.0
            assert http.delete(f"/v1/jobs/{found['id']}").json()["state"] == "done"
            assert http.get("/v1/jobs/x").status_code == 404
            removed = http.delete(f"/v1/recordings/{recording.id}").json()
            assert removed == {"removed": recording.id, "for_good": False}
            assert http.get("/v1/recordings").json() == []
            back = http.post(f"/v1/recordings/{recording.id}/restore").json()
            assert back["id"] == recording.id
            removed = http.delete(f"/v1/recordings/{recording.id}?now=true").json()
            assert removed == {"removed": recording.id, "for_good": True}
            assert http.get(f"/v1/recordings/{recording.id}").status_code == 404
        assert recording.path.exists()

    def test_health_and_metrics(self, address, client, recording):
        client.chat.completions.create(
            model="nano", messages=question("x"), extra_body={"recording": recording.id}
        )
        assert serving.get(f"{address}/health").json()["status"] == "ok"
        metrics = serving.get(f"{address}/metrics").text
        assert re.search(r"^headrouter_answers_total 1$", metrics, re.M)
        assert re.search(r"^headrouter_recordings 1$", metrics, re.M)
        resident = re.search(r"^process_resident_memory_bytes (\d+)$", metrics, re.M)
        assert int(resident[1]) > 10**7
