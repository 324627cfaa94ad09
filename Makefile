SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
UV_VERSION := 0.13.9
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
STAMP := $(VENV)/.installed

.PHONY: help
help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | column -t -s "$$(printf '\t')"

$(STAMP): requirements-dev.lock pyproject.toml hatch_build.py $(shell find protos -name '*.proto')
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Guichet needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "python3 has no venv module; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "Installing what Guichet needs into $(VENV)"
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) uv pip sync --quiet --require-hashes requirements-dev.lock
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: install
install: $(STAMP) ## Install everything into .venv, and generate the gRPC stubs

.PHONY: up
up: $(STAMP) ## Run Guichet on this machine: one banner, Ctrl-C stops it
	@exec python -m deploy.local

.PHONY: test
test: $(STAMP) ## Run every test on real PostgreSQL, Temporal and SMTP
	@python -m pytest

SEED ?= 1
SECONDS ?= 45
.PHONY: chaos
chaos: $(STAMP) ## Kill and break the running system, then check what is left: SEED=7 SECONDS=600
	@python -m tests.chaos --seed $(SEED) --seconds $(SECONDS)

.PHONY: bench
bench: $(STAMP) ## Measure speed and memory: tables here, every sample below .guichet/bench/
	@python -m tests.bench

ONLY ?=
.PHONY: screens
screens: $(STAMP) ## Take pictures of every screen into .guichet/screens/: ONLY=reset takes some
	@python -m tests.browser.screens --only "$(ONLY)"

.PHONY: check
check: $(STAMP) ## Formatting, lint, strict types, import contracts, protos, dependencies
	ruff format --check .
	ruff check .
	mypy
	lint-imports
	buf lint
	buf format --diff --exit-code
	@! git rev-parse --quiet --verify origin/main >/dev/null || buf breaking --against '.git#ref=origin/main'
	deptry .

.PHONY: format
format: $(STAMP) ## Format Python and protos
	ruff format .
	ruff check --fix .
	buf format --write

.PHONY: protos
protos: $(STAMP) ## Generate the gRPC stubs again
	python hatch_build.py

.PHONY: lock
lock: ## Resolve the dependencies again
	uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 --extra local --extra dev --constraints requirements.lock pyproject.toml --output-file requirements-dev.lock
