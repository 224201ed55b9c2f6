# Two commands matter: `make demo` and `make test`. Both set everything up by themselves.
PYTHON ?= python3
VENV := .venv
UV := UV_PROJECT_ENVIRONMENT=$(VENV) $(VENV)/bin/uv
RUN := $(VENV)/bin

.PHONY: demo test check bench clean setup

demo: setup ## run the flagship study and say where the reports are
	$(RUN)/nonetloss demo

test: setup ## every test, on two processes
	$(RUN)/pytest -n 2 --dist loadfile

check: setup ## format, lint, types and floors
	$(RUN)/ruff format --check .
	$(RUN)/ruff check .
	$(RUN)/mypy
	$(RUN)/lint-imports

bench: setup ## speed and memory beside the peers, in one run
	$(UV) sync --frozen --quiet --python $(RUN)/python --group bench
	$(RUN)/python benchmarks/run.py

clean: ## remove everything that these commands made
	rm -rf $(VENV) dist build runs benchmarks/results .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit("nonetloss needs Python >= 3.11, found %s. Set PYTHON=/path/to/python3.11" % sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	test -x $(VENV)/bin/uv || $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(UV) sync --frozen --quiet --inexact --python $(RUN)/python
	@touch $@
