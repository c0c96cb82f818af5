"""What packages, containers and workflows say of each other."""

import re
import subprocess
import sysconfig
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent


def project(place):
    return tomllib.loads((ROOT / place / "pyproject.toml").read_text())["project"]


def test_both_distributions_have_one_version_and_python():
    app, core = project("."), project("packaging/core")
    assert app["version"] == core["version"]
    assert app["requires-python"] == core["requires-python"]


def test_the_container_is_written_as_it_should_be():
    hadolint = Path(sysconfig.get_path("scripts")) / "hadolint"
    done = subprocess.run([hadolint, ROOT / "docker/Dockerfile"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_container_has_the_torch_that_the_tests_have():
    made = re.search(r"^TORCH = (\S+)", (ROOT / "Makefile").read_text(), re.M)[1]
    assert f'"{made}"' in (ROOT / "docker/Dockerfile").read_text()


def test_the_composition_needs_a_key_and_writes_to_its_volumes_only():
    services = yaml.safe_load((ROOT / "docker/compose.yaml").read_text())["services"]
    server = services["headrouter"]
    assert server["read_only"] and server["cap_drop"] == ["ALL"]
    assert server["environment"]["HEADROUTER_API_KEY"].startswith("${HEADROUTER_API_KEY:?")
    assert all(port.startswith("127.0.0.1:") for port in server["ports"])
    assert services["cuda"]["extends"] == {"service": "headrouter"}


def test_workflows_run_what_is_there():
    for workflow in (ROOT / ".github/workflows").glob("*.yml"):
        jobs = yaml.safe_load(workflow.read_text())["jobs"]
        steps = [step for job in jobs.values() for step in job["steps"]]
        commands = " ".join(step.get("run", "") for step in steps)
        for named in re.findall(r"(?:\.ci|samples|packaging)/\S+", commands):
            assert (ROOT / named).exists(), named
