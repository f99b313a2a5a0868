# make demo   train two weak scripts on real data, end to end
# make test   formatter, linter, types, the wall, and every test
# make check  the same without the tests that train, or take long
# make bench  what a search costs beside its peers; writes docs/benchmarks.md
# make scores run every script of tests/corpus and write docs/scores.md (an hour or two)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKS := environments/driver
# Installing is quiet unless it fails.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test check lint format images scores bench clean
.DEFAULT_GOAL := demo

$(VENV)/driver: $(LOCKS)/requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@echo "making $(VENV) (once, about a minute)"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r $(LOCKS)/requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: $(LOCKS)/dev.lock $(VENV)/driver
	@echo "adding the test tools to $(VENV) (once)"
	$(PIP) --require-hashes -r $(LOCKS)/dev.lock
	@touch $@

demo: $(VENV)/driver
	$(BIN)/autotweak run examples/wine-svm
	$(BIN)/autotweak run examples/digits-cnn

lint: $(VENV)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint
	$(BIN)/python -m pytest -n auto -m "not slow and not docker"

# Tests that train have the machine to themselves.
test: check
	$(BIN)/python -m pytest -m "slow or docker" --durations 15

format: $(VENV)/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The images that `mlflow run mlprojects/sklearn` and `mlprojects/keras` start from.
images: $(VENV)/driver
	$(BIN)/python -m pipelines images

scores: $(VENV)/driver
	$(BIN)/python -m benchmarks.score

bench: $(VENV)/driver
	$(BIN)/python -m benchmarks.bench

clean:
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
