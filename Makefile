PYTHON ?= python3.11
# PyTorch's own index has the CPU build for Linux; elsewhere the plain build is the CPU one.
TORCH = $(shell grep '^torch==' constraints.txt)
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
BIN = .venv/bin

# What tests of the oldest versions need, and which they are: those without any extra.
TESTING = pytest==9.2.0 hypothesis==6.170.17 pyyaml==6.0.4
LOWEST = tests/memory tests/headrouter/prune tests/headrouter/question tests/headrouter/hear \
	tests/headrouter/backends tests/assistant/ask tests/tools/test_audio.py tests/tools/test_ingest.py
PIP = $(BIN)/python -m pip install -qq --disable-pip-version-check

.PHONY: demo test test-tekken setup lock lowest bench evidence clean

demo: setup ## set up, fetch the default model and ask three questions of the sample
	$(BIN)/headrouter models pull nano
	PATH="$(CURDIR)/$(BIN):$$PATH" sh samples/demo.sh

test: setup ## set up, then everything that has to hold
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadfile

setup: .venv/ready ## a virtual environment with everything

.venv/ready: pyproject.toml constraints.txt Makefile
	@echo "Setting up .venv (PyTorch for the CPU and the rest, 3 GB on disk) ..."
	@$(PYTHON) -m venv .venv
	@$(PIP) --retries 0 --no-deps --extra-index-url $(TORCH_INDEX) $(TORCH)
	@$(PIP) --constraint constraints.txt --editable '.[dev]'
	@touch $@

# mistral-common holds numpy below 2.4, so it can't be in .venv: its environment takes the rest from there.
test-tekken: .venv-tekken/ready ## what needs Mistral's tokenizer
	.venv-tekken/bin/python -c "from transformers.utils.import_utils import is_mistral_common_available as there; assert there()"
	.venv-tekken/bin/python -m pytest tests/headrouter/backends/test_tekken.py

.venv-tekken/ready: .venv/ready
	@$(BIN)/python -m venv --clear .venv-tekken
	@place='import sysconfig; print(sysconfig.get_path("purelib"), end="")'; \
	  $(BIN)/python -c "$$place" > "$$(.venv-tekken/bin/python -c "$$place")/rest.pth"
	@.venv-tekken/bin/python -m pip install -qq --disable-pip-version-check 'mistral-common[audio]>=1.11.5'
	@touch $@

lock: setup ## fit constraints.txt to pyproject.toml; with UPGRADE=--upgrade to the newest of all
	$(BIN)/uv pip compile --universal --python-version 3.11 --extra dev --no-annotate $(UPGRADE) \
		--quiet --custom-compile-command "make lock" pyproject.toml --output-file constraints.txt
	@sed -E -i.old '/^(cuda|nvidia|triton)/d' constraints.txt && rm constraints.txt.old # of one build of PyTorch

lowest: setup ## test with the oldest versions that pyproject.toml allows (in .lowest, 6 GB on Linux)
	$(BIN)/uv venv --quiet --clear --python $(PYTHON) .lowest
	$(BIN)/uv pip install --quiet --python .lowest --resolution lowest-direct --editable . $(TESTING)
	.lowest/bin/python -m pytest $(LOWEST)

bench: setup ## measure speed on this machine
	$(BIN)/python benchmarks/speed.py

evidence: setup ## measure what docs/evidence.md says of the model that ships: CLIPS=... WORK=...
	$(BIN)/python benchmarks/evidence.py $(CLIPS) $(WORK)

clean: ## remove the virtual environments; models and recordings stay
	rm -rf .venv .venv-tekken .lowest
