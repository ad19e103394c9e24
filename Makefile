# Two commands on a fresh machine with Python 3.11 or newer: `make run` and `make test`. `make help` lists all.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run demo test check lint bench e2e format lock messages audit clean

help: ## show this list
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | expand -t 12

setup: ## make .venv with what running needs
	@$(PYTHON) scripts/setup.py

setup-dev: ## make .venv with what developing needs
	@$(PYTHON) scripts/setup.py --dev

run: setup ## everything in one process with the demo shop, on http://127.0.0.1:8000
	@exec $(BIN)/ramah run --demo

demo: setup ## seed the demo shop into the database, once
	@$(BIN)/ramah demo

test: setup-dev ## every test, on SQLite and, when it answers, on PostgreSQL
	@$(BIN)/python scripts/test.py

check: setup-dev ## what CI runs: style, types, contracts, migrations, translations, tests
	@$(BIN)/python scripts/programs.py
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python scripts/test.py

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy ramah tests scripts conftest.py
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint ramah --lint --quiet
	$(BIN)/deptry .
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && export RAMAH_HOME=$$home RAMAH_BASE_URL=https://shop.example \
	&& set -x && $(BIN)/ramah django makemigrations --check --dry-run && $(BIN)/ramah django check --deploy --fail-level WARNING
	$(BIN)/python scripts/check_messages.py

bench: setup-dev ## measure intake, pages and memory, each beside a floor of the same run
	@$(BIN)/python -m bench

e2e: setup-dev ## only the journeys in a real browser
	@$(BIN)/pytest -m browser

format: setup-dev ## bring sources into form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: setup-dev ## resolve the dependencies anew, by version and hash, naming no index
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-emit-find-links pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-emit-find-links --extra dev pyproject.toml -o requirements-dev.lock
	@! grep -nE 'https?://' requirements.lock requirements-dev.lock

messages: setup-dev ## collect what is to be translated into each app's files (needs GNU gettext)
	@for app in ramah/*/locale; do (cd $$app/.. && RAMAH_HOME=$$(mktemp -d) DJANGO_SETTINGS_MODULE=ramah.config.settings \
	  ../../$(BIN)/django-admin makemessages -l id -l uk --no-location --no-wrap --no-obsolete -v 0); done
	@$(BIN)/python scripts/compile_messages.py

audit: setup-dev ## known holes in the dependencies (needs the network)
	$(BIN)/pip-audit --require-hashes --disable-pip -r requirements.lock

clean: ## remove what was made, except data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-artifacts
	find ramah -name '*.mo' -delete
