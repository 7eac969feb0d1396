# `make` lists what there is to do. Everything runs from the folder of this file: `make -C` works from anywhere.
.DEFAULT_GOAL := help
.PHONY: help build test lint check docs bench clean

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/.installed
BIN := $(VENV)/bin
DBT := $(BIN)/dbt

export DBT_PROJECT_DIR := .
export DBT_PROFILES_DIR := .
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DBT_USE_COLORS := false
export NO_COLOR := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# what is tested and measured is this checkout, whatever Python has been told to look at
unexport PYTHONPATH

help:
	@echo 'make build   land AGENT_SIGNALS_ARTIFACTS (examples/artifacts), build, test and publish the marts'
	@echo 'make test    lint and check, side by side'
	@echo 'make lint    ruff, mypy, sqlfluff'
	@echo 'make check   build the examples with unit tests, pytest'
	@echo 'make docs    the documentation of every table as one page: target/static_index.html'
	@echo 'make bench   speed of landing, embedding and builds, on synthetic artifacts; about two hours, 30 GB of disk'
	@echo 'make clean   remove .venv, caches and build outputs; the warehouse stays'

build: export DBT_EXCLUDE_RESOURCE_TYPES := unit_test
build: $(INSTALLED)
	$(DBT) build --target build
	@echo
	@$(BIN)/python -m agent_signals show

test: $(INSTALLED)
	@$(MAKE) --no-print-directory --jobs 2 lint check

check: $(INSTALLED)
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT INT TERM && \
	AGENT_SIGNALS_HOME="$$home" AGENT_SIGNALS_ARTIFACTS=examples/artifacts \
	$(DBT) build --target build --target-path "$$home/target" --log-path "$$home/logs" && \
	AGENT_SIGNALS_EXAMPLE_WAREHOUSE="$$home/agent_signals.duckdb" $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations 5

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --nocolor --disable-progress-bar --processes 2 models tests/singular

docs: $(INSTALLED)
	$(DBT) docs generate --static --empty-catalog --target check

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) target logs .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(INSTALLED): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo 'Python 3.11 or newer is needed; name one as `make PYTHON=<path>`.' >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --no-deps --requirement requirements.lock
	@touch $@
