# make run     install, build the index if it is missing or stale, start the chat
# make test    install, run the tests
#
#   make run PYTHON=python3.12     another interpreter (3.11 or newer)
#   make run TORCH=torch==2.14.1   another torch build: any pip requirement, or a wheel's path
#   make run HOST=0.0.0.0 PORT=8000   needs a key (policyqa keys add NAME), or POLICYQA_OPEN=true

PYTHON ?= python3
TORCH ?= torch==2.13.0
HOST ?= 127.0.0.1
PORT ?= 7860

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run install venv test lint clean

run: install
	$(BIN)/policyqa index build --if-stale
	$(BIN)/policyqa serve --host $(HOST) --port $(PORT)

# The stamp names the torch build it was installed with, so that another TORCH installs anew.
install:
	@if [ ! -f $(STAMP) ] || [ "$$(cat $(STAMP))" != "$(TORCH)" ] \
		|| [ pyproject.toml -nt $(STAMP) ] || [ constraints.txt -nt $(STAMP) ]; then \
		$(MAKE) --no-print-directory venv; fi

# torch goes first, by its own pin: an open range would fetch another, larger build.
venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	grep -v '^torch==' constraints.txt > $(VENV)/constraints.txt
	$(PIP) --constraint $(VENV)/constraints.txt "$(TORCH)"
	$(PIP) --constraint $(VENV)/constraints.txt --editable ".[test]"
	@echo "$(TORCH)" > $(STAMP)

test: install
	$(BIN)/python -m pytest

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict corpus embeddings rag app eval
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV) var build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
