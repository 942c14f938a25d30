# Every target sets up what it needs: Python 3.11+ and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Compiled once, not anew by each of the thousand processes that the tests start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test ci torture fmt lint type bench docs release clean

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

# Two processes more than there are cores, since many tests wait for what goes on elsewhere.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 2)))
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal
COVERAGE := --cov --cov-report=term-missing:skip-covered

test: setup
	@$(call beside_checks,$(PYTEST))

# More examples of every law, more torture, and the coverage of branches: what .ci/run runs.
ci: setup
	@$(call beside_checks,TEST_PROFILE=ci $(PYTEST) $(COVERAGE))

# ruff and mypy run beside the tests, and what they find is shown after them.
define beside_checks
$(MAKE) --no-print-directory --keep-going lint type >.checks.log 2>&1 & checks=$$!; \
$(1); tests=$$?; \
wait $$checks || { cat .checks.log; exit 1; }; \
exit $$tests
endef

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

$(VENV)/bench.stamp: $(VENV)/dev.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_OPTIONS) --editable '.[bench]'
	touch $@

bench: $(VENV)/bench.stamp
	$(BIN)/python -m benchmarks

$(VENV)/docs.stamp: $(VENV)/dev.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_OPTIONS) --editable '.[docs]'
	touch $@

# The pages that come from the code, and then the site: build/docs/site/index.html.
docs: $(VENV)/docs.stamp
	$(BIN)/python -m docs.generate
	$(BIN)/python -m docs.building.site

# make release VERSION=0.2.0: builds, and tries what was built where nothing else is; uploads nothing.
TRIED := .release
release: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check build pipx 'readme-renderer[md]' twine
	$(BIN)/python -m docs.changelog $(VERSION)
	rm -rf dist $(TRIED)
	$(BIN)/python -m build --outdir dist
	$(BIN)/python -m twine check --strict dist/*
	PIPX_HOME=$(CURDIR)/$(TRIED) PIPX_BIN_DIR=$(CURDIR)/$(TRIED)/bin PIPX_MAN_DIR=$(CURDIR)/$(TRIED)/man \
		$(BIN)/python -m pipx install --quiet "$$(echo dist/*.whl)[emulator]"
	$(TRIED)/venvs/ometria-import/bin/python sample_data/demo.py
	@echo && echo "dist/ has version $(VERSION), which installs and runs. To publish it, commit, tag and upload it."

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov .checks.log build dist $(TRIED)
