# The only entry point, the same for people and CI. `make` prints this help.

.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
BUILD ?= build
SBOM := $(VENV)/sbom
PIP := --quiet --disable-pip-version-check --require-hashes
# One version of each package for all platforms and for Python 3.11 and newer: what is tested is what is served.
LOCK := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
    --fork-strategy fewest --generate-hashes $(UPGRADE)

# The clients of Perspective that the tests run: each of PyPI's in an environment of its own, since
# several install a module called perspective.
NPM_CLIENTS := tests/clients/node_modules/.package-lock.json
CLIENTS := $(NPM_CLIENTS) $(patsubst tests/clients/requirements-%.txt,$(VENV)/clients/%/.installed,\
    $(wildcard tests/clients/requirements-*.txt))

.PHONY: help serve test check lint types imports bench bench-faults bench-rescore train rescore evaluate compare policy screenshots lock sbom audit format clean

help:  ## Print this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

serve: $(VENV)/.serve  ## Serve the form, the API and the docs on port 8000 (PORT= to change)
	$(BIN)/gunicorn --bind 127.0.0.1:$(PORT) service.wsgi:app

test: $(VENV)/.dev $(SBOM)/.installed $(CLIENTS)  ## Run every test
	$(BIN)/pytest --numprocesses auto --maxprocesses 8 --dist loadfile

check: lint types imports test  ## What CI runs: lint, types, imports, tests

lint: $(VENV)/.dev  ## Check style, and that the Dockerfile is sound
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/hadolint Dockerfile

types: $(VENV)/.dev  ## Check types
	$(BIN)/mypy

imports: $(VENV)/.dev  ## Check that arrows between modules point one way
	$(BIN)/lint-imports

bench: $(VENV)/.dev  ## Measure speed, memory and start-up beside a bare Flask route (needs wrk)
	$(BIN)/python -m benchmarks.speed $(DATA)
	$(BIN)/python -m benchmarks.policy
	$(BIN)/python -m benchmarks.http $(DATA)
	$(BIN)/python -m benchmarks.memory

bench-faults: $(VENV)/.dev  ## Measure twice the sustainable load, and what faults cost under load (needs root for a full disk)
	$(BIN)/python -m benchmarks.overload
	$(BIN)/python -m benchmarks.faults

bench-rescore: $(VENV)/.dev  ## Measure rescoring of up to 10 million rows: speed beside two peers, memory
	$(BIN)/python -m benchmarks.rescore

train: $(VENV)/.train data-is-given  ## Make the English artefact, the shipped policies and the card: make train DATA=path
	@# OpenBLAS rounds as the processor's kernels do: these, which all with AVX2 have, made the shipped weights.
	OPENBLAS_CORETYPE=Haswell OMP_NUM_THREADS=1 $(BIN)/python -m model.train $(DATA)
	$(BIN)/python -m service.policy derive service/policies/*.toml
	$(BIN)/python -m model.card

rescore: $(VENV)/.rescore  ## Install what rescoring stored comments needs, and say how
	@$(BIN)/python -m service.rescore --help

evaluate: $(VENV)/.train data-is-given  ## Write docs/model/report.md from held-out data: make evaluate DATA=path
	$(BIN)/python -m evaluation $(DATA)

compare: $(VENV)/.train data-is-given  ## Print how decisions move: make compare OLD=path DATA=path (NEW= to change)
	@test -n "$(OLD)" || { echo "Say where the old artefact is: make compare OLD=path DATA=path"; exit 2; }
	$(BIN)/python -m evaluation.compare $(OLD) $(NEW) $(DATA)

policy: $(VENV)/.serve  ## Solve the statements of the shipped policies
	$(BIN)/python -m service.policy derive service/policies/*.toml

screenshots: $(VENV)/.dev  ## Take the pictures of docs/images anew (needs Chromium)
	PYTHONPATH=. $(BIN)/python tests/screenshots.py

lock: $(VENV)/.dev  ## Pin all that is installed, with hashes: make lock (UPGRADE=--upgrade for newer ones)
	$(LOCK) requirements.txt -o locks/requirements.txt
	$(LOCK) requirements-rescore.txt -c locks/requirements.txt -o locks/requirements-rescore.txt
	$(LOCK) requirements-tracing.txt -c locks/requirements-rescore.txt -o locks/requirements-tracing.txt
	$(LOCK) requirements-train.txt -c locks/requirements-rescore.txt -o locks/requirements-train.txt
	$(LOCK) requirements-dev.txt -c locks/requirements-rescore.txt -c locks/requirements-tracing.txt \
	    -c locks/requirements-train.txt -o locks/requirements-dev.txt

sbom: $(VENV)/.dev $(SBOM)/.installed  ## Write the bill of materials of what serving needs (CycloneDX) to build/
	@mkdir -p $(BUILD)
	@printf '[project]\nname = "comment-moderation"\nversion = "%s"\ndependencies = [%s]\n' \
	    "$$($(BIN)/python -c 'import service; print(service.__version__)')" \
	    "$$(sed -nE 's/^([A-Za-z0-9_.-]+).*/"\1",/p' requirements.txt | tr '\n' ' ')" > $(SBOM)/pyproject.toml
	$(BIN)/cyclonedx-py environment $(SBOM) --pyproject $(SBOM)/pyproject.toml --output-reproducible -o $(BUILD)/sbom.cdx.json

audit: $(VENV)/.dev  ## Ask PyPI for known vulnerabilities of all that is installed (needs the network)
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r locks/requirements.txt
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r locks/requirements-dev.txt

format: $(VENV)/.dev  ## Bring the code to one style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## Remove what the other targets made
	rm -rf $(VENV) build tests/clients/node_modules .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage

.PHONY: data-is-given
data-is-given:
	@test -n "$(DATA)" || { echo "Say where the data is: make $(MAKECMDGOALS) DATA=path (see docs/training.md)"; exit 2; }

# A stamp a set of requirements, so that nothing is installed twice.
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.%: locks/requirements-%.txt | $(VENV)/bin/python
	$(BIN)/pip install $(PIP) -r $<
	@touch $@

$(VENV)/.serve: locks/requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install $(PIP) -r $<
	@touch $@

$(VENV)/.dev: locks/requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/pip install $(PIP) -r $<
	@touch $@ $(VENV)/.serve $(VENV)/.train $(VENV)/.rescore

# What serving needs and nothing else.
$(SBOM)/.installed: locks/requirements.txt | $(VENV)/.dev
	-$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(SBOM) \
	    && $(BIN)/uv pip sync --quiet --require-hashes --python $(SBOM) $< \
	    && touch $@

# The minus: without a network their tests are skipped, except in CI, and all others still run.
$(VENV)/clients/%/.installed: tests/clients/requirements-%.txt
	-$(PYTHON) -m venv --clear $(@D) \
	    && $(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $< \
	    && touch $@

$(NPM_CLIENTS): tests/clients/package-lock.json | $(VENV)/.dev
	-$(BIN)/npm ci --prefix tests/clients --ignore-scripts --no-audit --no-fund --loglevel=error
