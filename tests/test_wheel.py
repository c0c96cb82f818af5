"""What a wheel installs: one package, which is in nobody's way and works as the clone does."""

import json
import socket
import subprocess
import sys
import sysconfig
import tomllib
import venv
import wave
import zipfile
from pathlib import Path

import httpx
import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
SITE = sysconfig.get_path("purelib")
EVERY_MODULE = """
import pkgutil, importlib, sys
import headrouter.app
for found in pkgutil.walk_packages(headrouter.app.__path__, "headrouter.app."):
    importlib.import_module(found.name)
ours = {"assistant", "tools", "memory", "ui"} & set(sys.modules)
assert not ours, ours
"""


def built(source, folder):
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", folder, source], check=True, capture_output=True)
    (wheel,) = folder.iterdir()
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return built(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def project(wheel, tmp_path_factory):
    """A project with packages of its own called tools and memory; HeadRouter is in its environment.

    What HeadRouter needs comes from this environment, HeadRouter itself does not.
    """
    project = tmp_path_factory.mktemp("project")
    for name in ("tools", "memory", "ui", "assistant"):
        (project / name).mkdir()
        (project / name / "__init__.py").write_text(f"MINE = {name!r}\n")
    venv.create(project / "env", with_pip=False)
    paths = {"base": str(project / "env"), "platbase": str(project / "env")}
    site = Path(sysconfig.get_path("purelib", scheme="venv", vars=paths))
    (site / "needed.pth").write_text(SITE + "\n")  # but not its .pth files
    python = project / "env" / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps"]
    subprocess.run([*command, "--force-reinstall", "--target", site, wheel], check=True)
    return project


def run(project, *words, **settings):
    python = project / "env" / "bin" / "python"
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(project),
        "OMP_NUM_THREADS": "1",
        **settings,
    }
    return subprocess.run(
        [python, *words], cwd=project, env=environment, capture_output=True, text=True
    )


def test_a_wheel_holds_one_package_and_its_marks(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"headrouter"}
    assert {"headrouter/py.typed", "headrouter/app/ui/main.py"} <= {*names}
    (listed,) = (name for name in names if name.endswith("top_level.txt"))
    assert zipfile.ZipFile(wheel).read(listed) == b"headrouter\n"


def test_the_library_alone_is_a_wheel_too(tmp_path):
    wheel = zipfile.ZipFile(built(ROOT / "packaging" / "core", tmp_path))
    folders = {name.rsplit("/", 1)[0] for name in wheel.namelist()}
    assert {"headrouter", "headrouter/prune", "headrouter/hear", "headrouter/nano"} <= folders
    assert not any(name.startswith("headrouter/app") for name in folders)
    wheel.extractall(tmp_path / "bare")
    code = "import sys; sys.path.insert(0, '.'); from headrouter import HeadRouter"
    code += "; from headrouter.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path.append({SITE!r}); {code}"],
        cwd=tmp_path / "bare",
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "library alone" in done.stderr) == (2, True), done.stderr


def test_what_the_library_needs_the_assistant_needs_too():
    needs = [
        {*tomllib.loads((ROOT / place / "pyproject.toml").read_text())["project"]["dependencies"]}
        for place in ("packaging/core", ".")
    ]
    assert needs[0] - needs[1] == set()


def test_the_packages_of_a_project_stay_its_own(project):
    code = "import tools, memory, ui, assistant; print(tools.MINE, memory.MINE, ui.MINE)"
    assert run(project, "-c", code).stdout == "tools memory ui\n"


def test_every_module_is_found_where_it_lies(project):
    done = run(project, "-c", EVERY_MODULE)
    assert done.returncode == 0, done.stderr


def test_its_public_names_are_there(project):
    code = "from headrouter.app.tools import langchain_tools; print(langchain_tools.__module__)"
    done = run(project, "-c", code)
    assert done.stdout == "headrouter.app.assistant.doors.langchain_tools\n", done.stderr


def test_the_program_answers_from_a_wheel(project, nano_cache):
    tone = np.sin(np.arange(4 * 16_000) * 0.2) * 8_000
    with wave.open(str(project / "tone.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(tone.astype("<i2").tobytes())
    kept = {"HEADROUTER_CACHE": str(nano_cache), "HEADROUTER_HOME": str(project / "home")}
    asked = run(project, "-m", "headrouter", "ask", "tone.wav", "Is there music?", "--json", **kept)
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout)["answer"]
    stopped = run(project, "-m", "headrouter", "stop", **kept)  # what answered stays for a while
    assert stopped.returncode == 0, stopped.stderr
    listed = run(project, "-m", "headrouter", "recordings", "list", "--json", **kept)
    assert [row["name"] for row in json.loads(listed.stdout)] == ["tone.wav"]


HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-03-26",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


def test_mcp_speaks_from_a_wheel(project, nano_cache):
    python = project / "env" / "bin" / "python"
    kept = {"HEADROUTER_CACHE": str(nano_cache), "HEADROUTER_HOME": str(project / "home")}
    done = subprocess.run(
        [python, "-m", "headrouter", "mcp"],
        input=json.dumps(HELLO) + "\n",
        cwd=project,
        env={"PATH": "/usr/bin:/bin", "HOME": str(project), **kept},
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout.splitlines()[0])["result"]["serverInfo"], done.stderr
    assert (done.returncode, done.stderr) == (0, "")  # its client has gone, and so it ends


def test_every_door_is_served_from_a_wheel(project, nano_cache):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    python = project / "env" / "bin" / "python"
    kept = {"HEADROUTER_CACHE": str(nano_cache), "HEADROUTER_HOME": str(project / "home")}
    with subprocess.Popen(
        [python, "-m", "headrouter", "serve", "--port", str(port)],
        cwd=project,
        env={"PATH": "/usr/bin:/bin", "HOME": str(project), "PYTHONUNBUFFERED": "1", **kept},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        try:
            told = iter(server.stdout.readline, "")
            lines = []
            for line in told:
                lines.append(line)
                if "startup complete" in line or str(port) in line:
                    break
            retrying = httpx.HTTPTransport(retries=9)  # each waits twice as long as the one before
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}", transport=retrying, timeout=60
            ) as client:
                assert client.get("/health").status_code == 200, "".join(lines)
                assert client.get("/v1/models").json()["data"][0]["id"] == "nano"
                assert "gradio" in client.get("/").text
        finally:
            server.terminate()
