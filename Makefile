# One command each; every target sets up what it needs by itself.
VENV := .venv
PY := $(VENV)/bin/python
.DEFAULT_GOAL := help

.PHONY: help setup test check lint demo bench figures fuzz soak vectors docs conformance keys clean

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

figures: setup  ## puts what `make bench` measured last into README.md and docs/figures.md
	$(PY) scripts/bench_readme.py
	$(PY) -m benchmarks.plots

fuzz: setup  ## every fuzz target for FUZZ_SECONDS (60); what fails, and what reaches more, is in build/fuzz
	$(PY) -m tests.fuzz long $(or $(FUZZ_SECONDS),60)

soak: setup  ## the relay under faults for SOAK_SECONDS (600), simulated and with real processes; report in build/soak
	$(PY) -m tests.relay_faults $(or $(SOAK_SECONDS),600)

vectors: setup  ## makes tests/vectors/ anew (the same bytes each time)
	$(PY) scripts/make_vectors.py

docs: setup  ## makes the generated pages and schemas anew, then the documentation as a site in build/site
	$(PY) scripts/make_docs.py
	$(PY) -m tests.attacks.page
	$(VENV)/bin/node js/make_data.js
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict --quiet

conformance: setup  ## every test vector, to every implementation here; writes build/conformance
	@mkdir -p build/conformance
	$(VENV)/bin/dpr --lang en conformance run --command '$(VENV)/bin/dpr conformance answer' --codes --junit build/conformance/python.xml
	$(VENV)/bin/dpr --lang en conformance run --command '$(VENV)/bin/node js/conformance.js' --codes --junit build/conformance/javascript.xml

keys: setup  ## makes the demo keys under keys/ anew (the same each time)
	$(PY) scripts/make_keys.py

clean:  ## removes what the other targets made
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
