"""What packages, containers and workflows say of each other."""

import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent


PLACES = (".", "packaging/core")  # of the two distributions


def project(place):
    return tomllib.loads((ROOT / place / "pyproject.toml").read_text())["project"]


def git(tree, *words):
    person = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", *person, *words], cwd=tree, check=True, capture_output=True)


def versions(tree):
    """What each distribution built from a tree would be called; the same for both."""
    command = [sys.executable, "-m", "setuptools_scm"]
    told = [subprocess.check_output(command, cwd=tree / place, text=True) for place in PLACES]
    assert told[0] == told[1]
    return told[0].strip()


@pytest.fixture
def tree(tmp_path):
    """The source tree's build files, without git."""
    for place in PLACES:
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / place / "pyproject.toml", tmp_path / place)
    return tmp_path


def test_both_distributions_are_for_the_same_python():
    assert len({project(place)["requires-python"] for place in PLACES}) == 1


def test_the_version_is_the_tag_and_counts_on_from_it(tree):
    git(tree, "init", "-q")
    git(tree, "add", ".")
    git(tree, "commit", "-qm", "first")
    assert versions(tree).startswith("0.1.dev1+g")
    git(tree, "tag", "v1.2.3")
    assert versions(tree) == "1.2.3"
    git(tree, "commit", "-qm", "second", "--allow-empty")
    assert versions(tree).startswith("1.2.4.dev1+g")


def test_a_shallow_clone_has_a_version_too(tree, tmp_path):
    git(tree, "init", "-q")
    git(tree, "add", ".")
    git(tree, "commit", "-qm", "first")
    git(tree, "commit", "-qm", "second", "--allow-empty")
    git(tree, "clone", "-q", "--depth", "1", f"file://{tree}", tmp_path / "clone")
    assert versions(tmp_path / "clone").startswith("0.1.dev1+g")


@pytest.mark.parametrize("path", [None, ""])
def test_a_tree_without_git_is_called_0_0(path, tree, monkeypatch):
    if path is not None:
        monkeypatch.setenv("PATH", path)  # on a machine that has no git either
    assert versions(tree) == "0.0"


def test_the_container_is_written_as_it_should_be():
    hadolint = Path(sysconfig.get_path("scripts")) / "hadolint"
    done = subprocess.run([hadolint, ROOT / "docker/Dockerfile"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


SYSTEMS = [("linux", "x86_64"), ("darwin", "arm64"), ("win32", "AMD64")]


def wanted(extra, environment):
    """What an extra needs somewhere; of the project itself its further extras."""
    extras = project(".")["optional-dependencies"]
    for line in extras[extra]:
        requirement = Requirement(line)
        if requirement.name == "headrouter":
            for inner in requirement.extras:
                yield from wanted(inner, environment)
        elif requirement.marker is None or requirement.marker.evaluate(environment):
            yield requirement


@pytest.mark.parametrize(("platform", "machine"), SYSTEMS)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_what_is_locked_is_what_the_project_asks_for(python, platform, machine):
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    environment |= {"sys_platform": platform, "platform_machine": machine, "extra": ""}
    lines = map(Requirement, re.findall(r"^\w.*", (ROOT / "constraints.txt").read_text(), re.M))
    locked = [line for line in lines if not line.marker or line.marker.evaluate(environment)]
    pins = {canonicalize_name(line.name): str(line.specifier).removeprefix("==") for line in locked}
    assert len(pins) == len(locked)  # one version of each
    asked = [*map(Requirement, project(".")["dependencies"]), *wanted("dev", environment)]
    for requirement in asked:
        pin = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pin), requirement


def test_set_up_and_container_install_what_is_locked():
    assert "--constraint constraints.txt --editable" in (ROOT / "Makefile").read_text()
    for line in re.findall(r"pip install .*", (ROOT / "docker/Dockerfile").read_text()):
        assert re.search(r"--constraint /?constraints\.txt", line), line


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
