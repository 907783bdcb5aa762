# make demo   the whole story in under a minute        make test   everything that every change must pass
# Needs Python 3.11 or newer with its venv module (Debian: apt install python3-venv make).

PYTHON ?= python3
BIN := .venv/bin
EXTRAS := demo
SET_UP = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS)]'

.PHONY: demo test lint unit real-mail crash bench corpus faults fuzz soak simulate pictures constraints clean

demo: .venv/.demo
	$(BIN)/maildesk demo

test: lint unit

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

unit: .venv/.dev
	bash tests/install.sh
	$(BIN)/pytest -n2

# ---- longer campaigns; each prints what it measured ----
real-mail: .venv/.dev
	bash tests/install.sh
	$(BIN)/python tests/campaigns/real_mail.py

crash bench faults fuzz soak simulate pictures: .venv/.dev
	$(BIN)/python tests/campaigns/$@.py

corpus: .venv/.dev
	$(BIN)/python tests/corpus/measure.py

# ---- set-up: a stamp for each set of extras, renewed when what it was made from changes ----
$(BIN)/python:
	$(PYTHON) -m venv .venv

.venv/.demo: pyproject.toml constraints.txt | $(BIN)/python
	$(SET_UP)
	@touch $@

.venv/.dev: EXTRAS := demo,dev,postgres,excel,formats
.venv/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(SET_UP)
	@touch $@ .venv/.demo

constraints: .venv/.dev
	uv pip compile pyproject.toml --extra dev --extra demo --extra postgres --extra excel --extra formats \
	  --universal --no-emit-index-url --no-header --upgrade -o constraints.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
