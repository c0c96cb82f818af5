"""The public names of the library, and what importing them costs."""

import inspect
import subprocess
import sys
import textwrap

import pytest
import torch

import headrouter
from headrouter import errors, testing
from headrouter.prune.profiles import uniform_profile

LIBRARY = {"HeadRouter", "Profile", "Pruned", "Route", "Sample", "SCORERS", "Scorer"}
LIBRARY |= {"uniform_profile"}


def error_names():
    return {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, Exception)
    }


def test_the_public_names():
    assert set(headrouter.__all__) == LIBRARY | error_names()
    assert len(headrouter.__all__) == len(set(headrouter.__all__))


@pytest.mark.parametrize("name", headrouter.__all__)
def test_every_public_name_is_there(name):
    assert getattr(headrouter, name) is not None


@pytest.mark.parametrize("name", sorted(error_names()))
def test_every_error_is_in_the_tree_and_in_its_drawing(name):
    error = getattr(errors, name)
    assert issubclass(error, errors.HeadRouterError)
    assert f"{name} " in errors.__doc__.replace("\n", " \n")
    assert error.__doc__


def test_an_unknown_name():
    with pytest.raises(AttributeError, match="module 'headrouter' has no attribute 'HeadRooter'"):
        headrouter.HeadRooter  # noqa: B018


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import headrouter", {"torch", "transformers"}),
        ("from headrouter import errors, models", {"torch", "transformers"}),
        ("from headrouter import *", {"transformers"}),
    ],
)
def test_what_an_import_does_not_import(code, absent):
    code = f"import sys; {code}; sys.exit(str({absent!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], check=False, stderr=subprocess.PIPE)
    assert run.stderr.decode().strip() == "set()"


def test_the_example_in_the_docstring_runs(tmp_path, capsys, one_thread):
    paragraphs = headrouter.__doc__.split("\n\n")
    example = "\n".join(part for part in paragraphs if part.startswith("    "))
    path = tmp_path / "profile.json"
    uniform_profile("voxtral", 2, 6).save(path)
    model, inputs = testing.tiny_model("voxtral"), testing.tiny_inputs("voxtral")
    names = {"path": path, "model": model, "inputs": inputs, "torch": torch}
    with torch.inference_mode():
        exec(textwrap.dedent(example), names)
    assert len(names["router"].pruned[0].kept) == 12  # 40% of 30
    assert names["tokens"].shape[1] > inputs["input_ids"].shape[1]
    assert "'semantic': 0.33" in capsys.readouterr().out
