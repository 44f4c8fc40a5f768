# Each target sets up all that it needs: a virtual environment with pinned packages.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
JUDGE := tests/kql_judge/node_modules/.ready

.PHONY: help demo test lint bench generated clean
help:  ## show the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(STAMP)  ## answer a query from the embedded tenant; no account, no network
	@$(BIN)/python scripts/demo.py

test: $(STAMP) $(JUDGE)  ## run every test
	@$(BIN)/python -m pytest -n auto --dist loadgroup -q

lint: $(STAMP)  ## check style and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy connector_core providers/connector_defender_office365 providers/connector_abnormal conformance/connector_conformance tests/plugins/acme/src/connector_acme scripts

bench: $(STAMP)  ## measure speed and memory, side by side in one run
	@$(BIN)/python scripts/bench.py
	@$(BIN)/python scripts/bench_http.py

generated: $(STAMP)  ## write generated files anew
	@$(BIN)/python scripts/generate_ocsf.py
	@$(BIN)/python scripts/generate_docs.py
	@$(BIN)/python scripts/generate_filter_docs.py

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

# Microsoft's KQL analyzer runs under Node; without Node its tests are skipped, saying so.
$(JUDGE): tests/kql_judge/package-lock.json
	@if command -v npm >/dev/null; then (cd tests/kql_judge && npm ci --silent --no-audit --no-fund); mkdir -p $(@D); touch $@; \
	else echo "npm is not installed: tests that ask Microsoft's KQL analyzer will be skipped."; fi

clean:  ## remove the virtual environment and caches
	@rm -rf $(VENV) tests/kql_judge/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
