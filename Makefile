# Everything needs only Python 3.11 or newer (with venv) and make.
PYTHON ?= python3
PORT ?= 8080
DATA ?= var/demo
BIN := .venv/bin
NODE_CLIENTS := tests/clients/node_modules

# What is run here is started hundreds of times: compiled anew each time it would take twice as long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install run test soak check help-texts picture screenshots bench packages clients

help: ## List what can be done here
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(BIN)/tokenhouse ## Make .venv with the command tokenhouse in it

$(BIN)/tokenhouse: pyproject.toml uv.lock .ci/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it with make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "This Python lacks venv; on Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r .ci/uv.txt
	$(BIN)/uv sync --quiet --frozen --all-extras --inexact
	@touch $@

run: install ## Run the demo on http://localhost:8080, its data in var/demo
	$(BIN)/tokenhouse demo --port $(PORT) --data $(DATA)

test: check packages clients ## Check everything and run all tests
	$(BIN)/pytest --numprocesses 3 --dist loadfile

soak: packages clients ## Run all tests with nothing left out for the time that it takes
	SOAK=1 $(BIN)/pytest --numprocesses 3 --dist loadfile

check: install ## Lint, types, direction of imports, dependencies
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src

help-texts: install ## Write anew what --help, completion and docs/commands.md say
	$(BIN)/python tests/cli/texts.py

picture: install ## Draw anew the README's picture of the demo's tour
	PYTHONPATH=tests $(BIN)/python -m docs.picture

screenshots: install ## Take anew the pictures of the pages in docs/images/console
	@.ci/packages chromium
	PYTHONPATH=tests $(BIN)/python -m docs.screenshots $(PORT)

bench: install ## Measure beside nginx and two peers, on both stores; MILLION=1 with as many tokens
	@.ci/packages nginx wrk pg_ctl=postgresql
	$(BIN)/python -m bench $(if $(MILLION),--million)

clients: .clients/ready $(NODE_CLIENTS)/ready ## Install clients that others wrote, with which tests judge dialects and pages

.clients/ready: tests/clients/requirements.txt | install
	rm -rf .clients
	$(PYTHON) -m venv .clients
	.clients/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Node comes with the clients of Python, so that no machine has to have it.
$(NODE_CLIENTS)/ready: tests/clients/package-lock.json .clients/ready
	PATH="$(CURDIR)/.clients/bin:$$PATH" .clients/bin/npm ci --prefix tests/clients --ignore-scripts --no-fund --no-audit --loglevel=error >/dev/null
	@touch $@

packages:
	@.ci/packages curl chromium nginx pg_ctl=postgresql mosquitto_sub=mosquitto-clients rabbitmqctl=rabbitmq-server
