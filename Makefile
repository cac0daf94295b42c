# `make help` lists what this can do. It needs Python 3.11 or later with its venv module, and nothing else.

# The first that is new enough: Ubuntu's python3 may be older than the python3.11 beside it.
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
PORT ?= 8000

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Wheels only: to build a source package would fetch build tools that no hash pins.
PIP_INSTALL := $(PIP) install --only-binary :all: --require-hashes

# A node in .venv, put there when the machine has none, goes first.
export PATH := $(CURDIR)/$(BIN):$(PATH)

# What was installed, remembered as files: a second run compares dates and does nothing.
RUNTIME := .venv/.runtime-installed
TESTING := .venv/.testing-installed
NODE_MODULES := node_modules/.package-lock.json
VENDOR := casework/static/vendor
DESIGN_SYSTEM := $(VENDOR)/design-system.css

.PHONY: help install run test lint bench lock
.DELETE_ON_ERROR:

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 18

install: $(RUNTIME) $(DESIGN_SYSTEM) ## Make .venv, install what casework runs on, build the design system

run: install ## Install, fill the demonstration borough, serve on http://127.0.0.1:8000 (or PORT=...)
	@$(BIN)/casework demo
	@exec $(BIN)/casework serve --port $(PORT)

test: install $(TESTING) ## Run every test, on SQLite and PostgreSQL, in a browser where there is one
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal $(TESTS)

lint: install $(TESTING) ## Run only the checks of the source: ruff, mypy, djlint, the floors
	$(BIN)/python -m pytest --quiet tests/test_tools.py tests/test_architecture.py

bench: install $(TESTING) ## Print the benchmarks' figures
	$(BIN)/python -m benchmarks

# Needs uv on the path. Every wheel of every platform is listed by its hash, and no address is written down.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
lock: ## Pin the requirements anew (needs uv and npm)
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) -c requirements.txt requirements-test.in -o requirements-test.txt
	$(COMPILE) requirements-node.in -o requirements-node.txt
	npm install --package-lock-only --ignore-scripts

# pip is made last, so it tells a whole environment from one begun without Debian's python3-venv.
$(BIN)/pip:
	@test -n "$(PYTHON)" || { echo "casework needs Python 3.11 or later (make PYTHON=... names one)" >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv

# The last line needs no network: requirements.txt holds the build tool too.
$(RUNTIME): requirements.txt setup.cfg pyproject.toml | $(BIN)/pip
	$(PIP_INSTALL) --requirement requirements.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(TESTING): requirements-test.txt $(RUNTIME)
	$(PIP_INSTALL) --requirement requirements-test.txt
	@touch $@

# sass needs node 20.19: where there is none, or an older one, pip brings it.
$(NODE_MODULES): package.json package-lock.json .npmrc requirements-node.txt | $(BIN)/pip
	@command -v npm >/dev/null && node -e 'const [a, b] = process.versions.node.split("."); process.exit(a * 100 + +b < 2019 ? 1 : 0)' \
		|| { echo "No node 20.19 or later here: pip brings one."; $(PIP_INSTALL) --requirement requirements-node.txt; }
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(DESIGN_SYSTEM): casework/static/src/design-system.scss $(NODE_MODULES)
	@rm -rf $(VENDOR) && mkdir -p $(VENDOR)/images
	cp node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js $(VENDOR)/
	cp node_modules/@ministryofjustice/frontend/moj/moj-frontend.min.js $(VENDOR)/
	cp node_modules/@ministryofjustice/frontend/moj/assets/images/icon-*.svg $(VENDOR)/images/
	node_modules/.bin/sass --quiet --no-source-map --style=compressed --load-path=. --load-path=node_modules $< $@
