# Everything a developer types. It needs Python 3.11 or newer and make; the rest comes from the lock files.

PORT ?= 8000
UP_ARGS ?=
PYTEST_ARGS ?=
UPGRADE ?=

VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.installed-requirements
DEV := $(VENV)/.installed-requirements-dev
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test check lint lock format clean
.NOTPARALLEL:

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

run: $(RUN) ## install if need be, and run Smarketing at http://127.0.0.1:8000 (PORT=…, UP_ARGS=--no-demo)
	@exec $(BIN)/python manage.py up --port $(PORT) $(UP_ARGS)

test: $(DEV) ## run the tests on servers of their own (PYTEST_ARGS="-k handoff", SMARKETING_REQUIRE_BROWSER=1)
	@trap : INT; trap '$(BIN)/python -m smarketing.local stop --test' EXIT; \
	$(BIN)/python -m pytest -n 2 --dist worksteal $(PYTEST_ARGS)

check: lint ## all that must hold before a change lands: format, lint, imports, types, migrations, schema, tests
	@$(MAKE) --no-print-directory test PYTEST_ARGS="--cov --cov-report= $(PYTEST_ARGS)"

lint: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	@# As if for production: every warning of Django's deployment check is an error, and the API describes itself.
	@set -e; trap '$(BIN)/python -m smarketing.local stop --test' EXIT; \
	servers=$$($(BIN)/python -m smarketing.local start --test); export $$servers; \
	export BASE_URL=https://smarketing.example TRUSTED_PROXY_COUNT=1 EMAIL_URL=smtp://mail.smarketing.example; \
	export SECRET_KEY=$$(head -c 64 /dev/urandom | od -An -tx1 | tr -d ' \n'); \
	set -x; \
	$(BIN)/python manage.py check --deploy --fail-level WARNING; \
	$(BIN)/python manage.py makemigrations --check --dry-run; \
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

lock: $(DEV) ## compute the lock files anew from pyproject.toml (UPGRADE=--upgrade for newer versions)
	$(BIN)/uv pip compile $(UPGRADE) $(LOCK_OPTIONS) --output-file requirements.lock pyproject.toml
	$(BIN)/uv pip compile $(UPGRADE) $(LOCK_OPTIONS) --constraint requirements.lock --extra dev \
		--output-file requirements-dev.lock pyproject.toml

LOCK_OPTIONS := --quiet --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

format: $(DEV) ## put the code into the agreed form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

clean: ## stop the servers and remove what make made; the data in .local stays
	@if [ -x $(BIN)/python ]; then \
		$(BIN)/python -m smarketing.local stop; $(BIN)/python -m smarketing.local erase --test --yes; \
	fi
	rm -rf $(VENV) .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@for python in python3.11 python3.12 python3.13 python3.14 python3 python; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Creating $(VENV) with $$($$python --version) ..."; \
			exec $$python -m venv $(VENV); \
		fi; \
	done; \
	echo "Smarketing needs Python 3.11 or newer, and none of python3.11 to python3.14, python3, python is that." >&2; \
	exit 1

$(RUN): requirements.lock | $(VENV)/bin/python
	@echo "Installing the locked dependencies into $(VENV); this takes a minute, once ..."
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	@touch $@

$(DEV): requirements-dev.lock | $(VENV)/bin/python
	@echo "Installing the locked dependencies and development tools into $(VENV); this takes a minute, once ..."
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-dev.lock
	@touch $@ $(RUN)
