# The only entry point, the same for people and CI. `make` prints this help.

.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin

# The clients of Perspective that the tests run: each of PyPI's in an environment of its own, since
# several install a module called perspective.
NPM_CLIENTS := tests/clients/node_modules/.package-lock.json
CLIENTS := $(NPM_CLIENTS) $(patsubst tests/clients/requirements-%.txt,$(VENV)/clients/%/.installed,\
    $(wildcard tests/clients/requirements-*.txt))

.PHONY: help serve test check lint types imports bench bench-rescore train rescore evaluate compare policy screenshots format clean

help:  ## Print this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

serve: $(VENV)/.serve  ## Serve the form, the API and the docs on port 8000 (PORT= to change)
	$(BIN)/gunicorn --bind 127.0.0.1:$(PORT) service.wsgi:app

test: $(VENV)/.dev $(CLIENTS)  ## Run every test
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

format: $(VENV)/.dev  ## Bring the code to one style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## Remove what the other targets made
	rm -rf $(VENV) tests/clients/node_modules .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage

.PHONY: data-is-given
data-is-given:
	@test -n "$(DATA)" || { echo "Say where the data is: make $(MAKECMDGOALS) DATA=path (see docs/training.md)"; exit 2; }

# A stamp a set of requirements, so that nothing is installed twice.
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.serve: requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.train: requirements-train.txt requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-train.txt
	@touch $@

$(VENV)/.rescore: requirements-rescore.txt requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-rescore.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements-train.txt requirements-rescore.txt requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.serve $(VENV)/.train $(VENV)/.rescore

# The minus: without a network their tests are skipped, except in CI, and all others still run.
$(VENV)/clients/%/.installed: tests/clients/requirements-%.txt
	-$(PYTHON) -m venv --clear $(@D) \
	    && $(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $< \
	    && touch $@

$(NPM_CLIENTS): tests/clients/package-lock.json | $(VENV)/.dev
	-$(BIN)/npm ci --prefix tests/clients --ignore-scripts --no-audit --no-fund --loglevel=error
