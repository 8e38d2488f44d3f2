PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UPGRADE ?=
# Extras stay in the lock: with hashes, pip asks for the very name that a package requires.
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet $(UPGRADE)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check browser test-long bench docs messages lock format clean

help: ## Print this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/runtime.stamp ## Build the demo database, show a short tour, open the desk.
	$(BIN)/lifecycle demo --serve

test: check browser ## Everything CI runs: checks, then all tests but the long ones.
	$(BIN)/pytest -n 2 -m "not long"

check: $(VENV)/dev.stamp ## Format, lint, types and imports, without tests.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

browser: ## Find the Chromium that tests drive, or install Debian's.
	@command -v chromium >/dev/null || { \
	  test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update --quiet=2 && \
	  DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 chromium fonts-noto-cjk >/dev/null; } || { \
	  echo "The tests drive a real browser: install chromium and a Chinese font (on Debian: apt install chromium fonts-noto-cjk)." >&2; exit 1; }

test-long: $(VENV)/dev.stamp browser ## All tests with the long ones and the long property profile.
	HYPOTHESIS_PROFILE=long $(BIN)/pytest -n 2 --timeout=14400

bench: $(VENV)/dev.stamp ## Measure and print the figures side by side.
	$(BIN)/python -m benchmarks

docs: $(VENV)/dev.stamp ## Write the handbook and the table of rules anew from the definitions.
	$(BIN)/lifecycle handbook

messages: $(VENV)/dev.stamp ## Take what templates say anew into the Chinese catalogue of the desk.
	mkdir -p build
	$(BIN)/pybabel --quiet extract --mapping=web/locale/babel.cfg --keyword=told --no-location --sort-output \
		--omit-header --output=build/desk.pot .
	$(BIN)/pybabel --quiet update --locale=zh --input-file=build/desk.pot --output-file=web/locale/zh.po \
		--no-fuzzy-matching --ignore-obsolete --no-wrap

lock: ## Renew the lock files after a change in pyproject.toml (UPGRADE=--upgrade for newer versions).
	@command -v uv >/dev/null || { echo "make lock needs uv on the PATH; install it, for instance with: pip install uv" >&2; exit 1; }
	$(LOCK) --group build --output-file requirements.lock
	$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock

format: $(VENV)/dev.stamp ## Format the code and apply the safe fixes.
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

clean: ## Remove the virtual environment and everything generated.
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "lifecycle needs Python 3.11 or newer; $(PYTHON) was not found. Install it, or name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "lifecycle needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name a newer one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot create virtual environments. Install its venv module (on Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)

# Nothing is installed that the lock does not name with its hash: the checkout itself is built
# with the setuptools of the lock, without a separate build environment.
define install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	touch $(VENV)/runtime.stamp
endef

$(VENV)/runtime.stamp: requirements.lock pyproject.toml | $(BIN)/python
	$(call install,requirements.lock)

# The development lock contains the runtime lock, so both stamps are fresh afterwards.
$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(call install,requirements-dev.lock)
	touch $@
