# The commands of this project. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check
APP_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help run test check fix bench space lock system clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# An installation is repeated only when what it was made from has changed.
$(APP_STAMP): pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing Lookreel into $(VENV) ..."
	$(PIP) install -c requirements.lock -e .
	@touch $@

$(DEV_STAMP): pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing Lookreel with its tests and tools into $(VENV) ..."
	$(PIP) install -c requirements.lock -e ".[test,dev]"
	@touch $@ $(APP_STAMP)

run: $(APP_STAMP) ## Start the studio on http://127.0.0.1:7860 (ARGS="--port 7861 ..." to change it)
	@$(BIN)/python start_app.py $(ARGS)

check: $(DEV_STAMP) ## Format, lint, types, import rules and the fast tests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n 2 --dist loadfile tests/test_*.py

fix: $(DEV_STAMP) ## Let ruff repair format and lint
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

system: ## Install what the tests need from the system: Chromium and PostgreSQL (Debian, as root)
	@./.ci/system

# Programs, clusters and browsers are at the mercy of a busy machine: what fails once may try again.
test: $(DEV_STAMP) system ## Everything `check` does, and the tests on a real cluster and in a browser
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n 2 --dist loadfile --reruns 1 -m "not cluster and not browser"
	$(BIN)/pytest --reruns 1 -m cluster
	$(BIN)/pytest --reruns 1 -m browser

bench: $(DEV_STAMP) ## Measure the time from request to file, of clips and stills
	@$(BIN)/python -m benchmarks.clip_latency $(ARGS)

space: $(APP_STAMP) ## Write a Docker Space for Hugging Face into build/space (docs/HOSTING.md)
	@$(BIN)/python -m hosting.space $(ARGS)

lock: ## Write requirements.lock anew from pyproject.toml
	@./.ci/lock $(PYTHON)

clean: ## Remove the environment and all caches (outputs stay)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
