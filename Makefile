# The two commands are `make demo` and `make test`; the rest is for those who work on the code.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
# hundreds of processes begin here: each would compile Django and its like anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo serve test lint types contracts messages format lock bench gallery clean

demo: .venv/run.stamp ## the sample, computed by the product, at http://127.0.0.1:8000
	KAIBO_HOME=$${KAIBO_HOME:-$(CURDIR)/var/demo} $(BIN)/kaibo demo --port $(PORT)

serve: .venv/run.stamp ## an empty installation under var/kaibo
	KAIBO_HOME=$${KAIBO_HOME:-$(CURDIR)/var/kaibo} $(BIN)/kaibo serve --port $(PORT)

test: .venv/test.stamp ## lint, types, contracts, unit, property and browser tests
	$(MAKE) --no-print-directory lint types contracts messages
	$(BIN)/python tools/browser.py
	$(BIN)/python -m pytest -q -n 2
	$(BIN)/python -m pytest -q -n 2 -m "browser and not slow"

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

contracts:
	$(BIN)/lint-imports

messages:
	$(BIN)/python tools/messages.py check

format:
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## resolve the locked versions again
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --extra postgres -o requirements/run.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --extra postgres --group test requirements/build.in -c requirements/run.txt -o requirements/test.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 requirements/build.in -c requirements/test.txt -o requirements/build.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 requirements/uv.in -o requirements/uv.txt

gallery: .venv/test.stamp ## docs/gallery: every main page, as the sample shows it
	$(BIN)/python -m tools.gallery

bench: .venv/test.stamp
	$(BIN)/python bench/imports.py
	$(BIN)/python bench/engine_month.py
	$(BIN)/python -m bench.month_again
	$(BIN)/python -m bench.web
	$(BIN)/python -m bench.events
	$(BIN)/python -m bench.pages
	$(BIN)/python -m bench.people
	$(BIN)/python -m bench.cycle

clean:
	rm -rf .venv var .mypy_cache .pytest_cache .ruff_cache

.venv/uv.stamp: requirements/uv.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/run.stamp: .venv/uv.stamp requirements/run.txt requirements/build.txt pyproject.toml hatch_build.py
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install -q --require-hashes -r requirements/run.txt -r requirements/build.txt
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/test.stamp: .venv/run.stamp requirements/test.txt
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install -q --require-hashes -r requirements/test.txt
	@touch $@
