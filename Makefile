# The one list of commands. `make help` shows it.
PYTHON ?= python3
PORT ?= 8000
ARGS ?=
BIN := .venv/bin
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help environment run test chaos fuzz check lint format types bench lock docs screenshots image clean

help:  ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

environment:  ## .venv with the locked packages; does nothing when it is up to date
	@command -v $(PYTHON) >/dev/null 2>&1 || \
	  { echo "CDMO Eval needs Python 3.11 or newer, and there is no '$(PYTHON)' here. Install it, or: make PYTHON=/path/to/python3 …" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "CDMO Eval needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Another one: make PYTHON=/path/to/python3 …" >&2; exit 1; }
	@$(PYTHON) -I cdmo_eval/install.py

run: environment  ## Everything on this machine with demo data, until Ctrl-C (PORT=8000)
	@$(BIN)/python -m cdmo_eval.run --port $(PORT) $(ARGS)

test: environment  ## All tests, with servers of their own (ARGS="-k words" for some)
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

chaos: environment  ## A longer chaos run than the minute inside the tests (CHAOS_SECONDS=600)
	@CHAOS_SECONDS=$${CHAOS_SECONDS:-600} $(BIN)/python -m pytest tests/faults/test_chaos.py -s -q

check: environment lint types  ## lint, types, migrations, deployment settings, OpenAPI document
	$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(BIN)/python -m tests.support.production check --deploy --fail-level WARNING
	@if [ -e docs/openapi.yaml ]; then \
	  echo "$(BIN)/python manage.py spectacular --validate --fail-on-warn   (compared with docs/openapi.yaml)"; \
	  $(BIN)/python manage.py spectacular --validate --fail-on-warn | diff -u docs/openapi.yaml -; fi

lint: environment  ## ruff, import rules, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo --cache-dir .local/import-linter
	$(BIN)/djlint templates --lint --quiet

format: environment  ## Let ruff order and format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: environment  ## mypy --strict
	$(BIN)/mypy --no-incremental  # the Django plugin answers differently from a cache

bench: environment  ## Benchmarks against limits and peers; never part of the tests
	$(BIN)/python -m bench $(ARGS)

docs: environment  ## Write the generated pages anew: docs/roles.md, the scopes in docs/api.md
	$(BIN)/python -m tests.support.roles_page
	$(BIN)/python -m tests.support.validation_pages
	$(BIN)/python -m tests.support.api_page

fuzz: environment  ## Made-up calls of the interface by each role against a server of its own (ARGS="--seconds 60")
	$(BIN)/python -m tests.support.fuzz $(ARGS)

screenshots: environment  ## Pictures of the main pages, in docs/images/
	$(BIN)/python -m tests.support.screenshots $(ARGS)

LOCK = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(ARGS)

lock: environment  ## Compile requirements*.txt from pyproject.toml (ARGS=--upgrade for newer versions)
	$(LOCK) --output-file requirements.txt
	$(LOCK) --extra dev --constraint requirements.txt --output-file requirements-dev.txt

image:  ## The production image
	docker build --tag cdmo-eval .

clean:  ## Remove caches; data under .local/ and .venv/ stay
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage staticfiles
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
