# Only make and Python 3.11 or newer are assumed; everything else goes into .venv.

SHELL := /bin/sh
BIN := .venv/bin
STAMP := .venv/.installed
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python
PYTEST_ARGS ?= -n auto
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.PHONY: help install demo check test docs bench lock clean
help:
	@echo "make install   make .venv with rekindle in it"
	@echo "make demo      the main job end to end, on a generated shop; nothing leaves the machine"
	@echo "make check     lint, format, types, architecture, size of files"
	@echo "make test      check, then the tests with their coverage"
	@echo "make docs      docs/rules.md and rules/schema.json, from the code"
	@echo "make bench     the benchmarks"
	@echo "make lock      remake constraints.txt with the newest versions"
	@echo "make clean     remove .venv and every cache"

install: $(STAMP)

# $(call quietly,words,command): say what goes on, a dot every few seconds, and the output only if it fails.
define quietly
	@printf '%s ' "$(1)"; log=.venv/install.log; \
	(while kill -0 $$$$ 2>/dev/null; do sleep 3; printf .; done) & dots=$$!; \
	trap 'kill $$dots 2>/dev/null' EXIT; trap 'exit 130' INT TERM; \
	if $(2) >$$log 2>&1; then echo ' done'; else echo ' failed'; cat $$log >&2; exit 1; fi
endef

# -m venv without --clear: what is already installed stays, a missing or broken interpreter is put right.
$(STAMP): pyproject.toml constraints.txt hatch_build.py
	@for python in $(PYTHONS); do \
	  if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    found=$$python; break; fi; done; \
	if [ -z "$$found" ]; then \
	  echo 'rekindle needs Python 3.11 or newer with its venv module (Debian and Ubuntu: apt install python3-venv).' >&2; \
	  echo 'None was found on PATH. If yours is elsewhere: make install PYTHON=/path/to/python3' >&2; exit 2; fi; \
	if [ -e $(BIN)/python ] && \
	  ! $(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	  rm -rf .venv; fi; \
	if [ ! -e $(BIN)/python ]; then \
	  echo "Making .venv with $$($$found --version 2>&1) ($$found)"; $$found -m venv .venv || exit 2; fi
	$(call quietly,Installing the pinned packages (a minute or so),$(BIN)/python -m pip install --no-deps --require-hashes -r constraints.txt)
	$(call quietly,Installing rekindle,$(BIN)/python -m pip install --no-deps --no-build-isolation --editable .)
	@touch $@
	@echo 'Ready: $(BIN)/rekindle'

demo: install
	$(BIN)/rekindle demo

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_style.py

test: check
	@rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest --ignore=tests/test_style.py $(PYTEST_ARGS)
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

docs: install
	$(BIN)/python -m docs

bench: install
	$(BIN)/python -m benchmarks

# Versions and hashes only, for every supported Python and system: no addresses, so that any package index will do.
lock: install
	@[ -x .venv/lock/bin/uv ] || { python=$(BIN)/python; $$python -m venv .venv/lock && .venv/lock/bin/python -m pip install --quiet uv; }
	.venv/lock/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --upgrade --quiet \
	  --extra postgres --extra web --extra predict --extra observe --extra dev --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --output-file constraints.txt

clean:
	rm -rf .venv .coverage .coverage.* htmlcov .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
