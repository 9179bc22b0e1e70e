# One command each; every target sets up what it needs by itself.
VENV := .venv
PY := $(VENV)/bin/python
.DEFAULT_GOAL := help

.PHONY: help setup test check lint demo bench vectors docs keys clean

help:  ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.ready  ## virtual environment, Python packages, and system packages of apt.txt where they can be installed

$(VENV)/.ready: pyproject.toml apt.txt scripts/setup.sh tests/peers/requirements.txt
	@sh scripts/setup.sh $(VENV)

test: setup  ## every test
	$(PY) -m pytest -n auto

lint: setup  ## linters, formats, types and the floors
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

check: lint test  ## what CI runs (.ci/run): linters, types, floors, tests

demo: setup  ## the whole story in one run; leaves a folder with the report
	$(VENV)/bin/dpr demo --folder build/demo

bench: setup  ## measurements side by side; writes build/bench.json
	$(PY) -m benchmarks

vectors: setup  ## makes tests/vectors/ anew (the same bytes each time)
	$(PY) scripts/make_vectors.py

docs: setup  ## makes the generated pages and schemas anew
	$(PY) scripts/make_docs.py

keys: setup  ## makes the demo keys under keys/ anew (the same each time)
	$(PY) scripts/make_keys.py

clean:  ## removes what the other targets made
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis
