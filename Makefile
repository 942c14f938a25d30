# Every target sets up what it needs: Python 3.11+ and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Compiled once, not anew by each of the thousand processes that the tests start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test torture fmt lint type bench docs clean

setup: $(VENV)/dev.stamp

$(VENV)/dev.stamp: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_OPTIONS) --editable '.[dev]'
	touch $@

$(VENV)/demo.stamp: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[emulator]'
	touch $@

demo: $(VENV)/demo.stamp
	$(BIN)/python sample_data/demo.py

# One process more than there are cores, since some tests wait for what goes on elsewhere.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
test: setup lint type
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term-missing:skip-covered

# make torture N=1000 SEED=… FAULT=…; one trial again: make torture SEED=… TRIAL=…
N ?= 100
JOBS ?= 2
torture: setup
	$(BIN)/python -m tests.torture --n $(N) --jobs $(JOBS) $(if $(SEED),--seed $(SEED)) \
		$(if $(TRIAL),--trial $(TRIAL)) $(if $(FAULT),--fault '$(FAULT)')

fmt: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

type: setup
	$(BIN)/mypy

bench: setup
	$(BIN)/python -m benchmarks

docs: setup
	$(BIN)/python -m docs.generate

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov
