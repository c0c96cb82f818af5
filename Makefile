PYTHON ?= python3.11
# PyTorch's own index has the CPU build for Linux; elsewhere the plain build is the CPU one.
TORCH = torch==2.13.0
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
BIN = .venv/bin

.PHONY: demo test test-tekken setup bench evidence clean

demo: setup ## set up, fetch the default model and ask three questions of the sample
	$(BIN)/headrouter models pull nano
	PATH="$(CURDIR)/$(BIN):$$PATH" sh samples/demo.sh

test: setup ## set up, then everything that has to hold
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadfile

setup: .venv/ready ## a virtual environment with everything

.venv/ready: pyproject.toml Makefile
	@echo "Setting up .venv (PyTorch for the CPU and the rest, 2.2 GB on disk) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --retries 0 --no-deps --extra-index-url $(TORCH_INDEX) $(TORCH)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[dev]'
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

bench: setup ## measure speed on this machine
	$(BIN)/python benchmarks/speed.py

evidence: setup ## measure what docs/evidence.md says of the model that ships: CLIPS=... WORK=...
	$(BIN)/python benchmarks/evidence.py $(CLIPS) $(WORK)

clean: ## remove the virtual environments; models and recordings stay
	rm -rf .venv .venv-tekken
