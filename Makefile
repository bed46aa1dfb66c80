# Comity: set-up, tests, demonstration. Needs python3 (3.11 or later), pip and make; all else is installed into .venv.
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-check test check bench bench-smoke soak lock docs pictures clean

VENV := .venv
BENCH_VENV := .venv-bench
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
READY := $(VENV)/.ready
BENCH_READY := $(BENCH_VENV)/.ready
# Two workers suit the two cores that CI has; more cores: make test WORKERS=8.
WORKERS ?= 2

help:  ## Show these targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

setup: $(READY)  ## Build .venv with the locked packages and the command `comity`

# Every package is checked against its hash in the lock, which is whole. uv is only the quick way: pip gives the same.
# All is compiled here: `comity` starts in half the time, also where Python may not write (PYTHONDONTWRITEBYTECODE).
$(READY): requirements.lock pyproject.toml
	@test -x $(PY) || python3 -m venv $(VENV)
	@rm -f $(READY)
	@{ $(PY) -m pip install --quiet uv \
		&& $(UV) pip sync --quiet --compile-bytecode --python $(PY) --require-hashes requirements.lock; } \
		|| $(PY) -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	@$(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@$(PY) -m compileall -q src
	@touch $(READY)
	@echo "set up: $(VENV)/bin/comity"

demo: setup  ## Start the exercise federation on loopback; stays until Ctrl-C (DATA=dir takes your own STIX)
	$(PY) demo/run.py $(if $(DATA),--data $(DATA))

demo-check: setup  ## Play the demonstration and exit with its verdict
	$(PY) demo/run.py --check $(if $(DATA),--data $(DATA))

check: setup  ## Check form, types and floors, without the tests
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

test: check $(BENCH_READY)  ## Check everything and run all tests
	@$(PY) -m compileall -q src
	$(PY) -m pytest -n $(WORKERS) --dist worksteal

bench: $(BENCH_READY)  ## Measure every figure of the README (takes long)
	$(PY) -m benchmarks

bench-smoke: setup  ## Run every benchmark at a small size
	$(PY) -m benchmarks --smoke

# The TAXII servers that we measure beside ours live apart: their requirements must not decide ours.
$(BENCH_READY): $(READY) requirements-bench.lock
	@test -x $(BENCH_VENV)/bin/python || python3 -m venv $(BENCH_VENV)
	@rm -f $(BENCH_READY)
	@$(UV) pip sync --quiet --compile-bytecode --python $(BENCH_VENV)/bin/python --require-hashes requirements-bench.lock \
		|| $(BENCH_VENV)/bin/python -m pip install --quiet --require-hashes -r requirements-bench.lock
	@touch $(BENCH_READY)

soak: setup  ## Run the long tests (2,000 kills, 22,000 requests)
	$(PY) -m pytest tests/faults tests/api/test_description.py --soak -o faulthandler_timeout=0  # single tests run for an hour

# The export names no index; uv.lock does and stays out of the repository.
lock: setup  ## Resolve anew and write both hashed locks
	$(UV) lock --quiet --upgrade
	$(UV) export --quiet --no-header --no-emit-project --all-groups --all-extras --output-file requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--output-file requirements-bench.lock requirements-bench.in

docs: setup  ## Write the generated reference pages and the catalogue of texts
	$(PY) -m scripts.reference

pictures: setup  ## Take the pictures of the guides anew (needs Chromium)
	$(PY) -m pytest -q --pictures tests/web/test_browser_guides.py

clean:  ## Remove what set-up and tests made
	rm -rf $(VENV) $(BENCH_VENV) build dist .cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache uv.lock
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
