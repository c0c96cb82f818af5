"""No component of the page reads a file of this machine that was not uploaded to it."""

import json
from uuid import uuid4

import pytest
import serving
from serving import served

SECRET = b"the secret of this machine"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    return tmp_path / "gradio"


@pytest.fixture
def http(assistant, cache):
    with (
        served(assistant, doors=True) as address,
        serving.client(base_url=address) as client,
    ):
        yield client


@pytest.fixture
def secret(assistant):
    path = assistant.settings.home / "secret.txt"
    path.write_bytes(SECRET)
    return path


def named(path):
    """The file in every shape in which a component takes one."""
    file = {"path": str(path), "meta": {"_type": "gradio.FileData"}}
    said = {"role": "user", "content": [{"type": "file", "file": file}], "metadata": {}}
    return [
        file,
        [file],
        {"text": "", "files": [file]},
        [said],
        [{"role": "user", "content": file}],
        {"url": str(path), **file},
    ]


def run(http, function, data):
    """Runs a function of the page as its own script does; what came of it, as text."""
    session = uuid4().hex
    body = {"data": data, "fn_index": function, "session_hash": session, "event_data": None}
    joined = http.post("/gradio_api/queue/join", json=body)
    if not joined.is_success:
        return joined.text
    url = f"/gradio_api/queue/data?session_hash={session}"
    told = []
    with http.stream("GET", url) as events:
        for line in events.iter_lines():
            told.append(line)
            if '"process_completed"' in line or '"close_stream"' in line:
                break
    return "\n".join(told)


def copies(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if SECRET in path.read_bytes()]


def test_no_function_of_the_page_takes_a_path(http, secret, cache):
    functions = http.get("/config").json()["dependencies"]
    assert len(functions) > 20
    for function in functions:
        for value in named(secret):
            run(http, function["id"], [value] * len(function["inputs"]))
            assert copies(cache) == [], (function["id"], value)


@pytest.mark.parametrize("route", ["file={}", "file/{}", "stream/{}", "proxy={}", "file=./{}"])
def test_no_route_gives_it(http, secret, route):
    answer = http.get(f"/gradio_api/{route.format(secret)}")
    assert answer.status_code >= 400
    assert SECRET not in answer.content


def test_uploads_still_work(http, cache):
    sent = http.post("/gradio_api/upload", files={"files": ("a.txt", SECRET)})
    (path,) = json.loads(sent.text)
    assert path.startswith(str(cache))
    assert http.get(f"/gradio_api/file={path}").content == SECRET
