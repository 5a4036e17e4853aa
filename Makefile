# Two commands to know: `make run` practises, `make test` tests. The others serve those who change the code.
SHELL := /bin/bash
# the first that runs (a version manager's stand-in may be found and not run); 3.12 and 3.11 have the full telephone
PYTHON ?= $(shell for p in python3.12 python3.11 python3; do $$p -c 'import venv' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all:
# more than there are cores: half of the tests wait for speech, SIP timers and Asterisk most of the time
WORKERS ?= 6
# what is imported is compiled once, not by each of the hundreds of processes that the tests and the lab start
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check bench lock i18n screenshots schemas clean

run: $(VENV)/.run-installed
	@$(BIN)/plateau lab $(ARGS)

test: $(VENV)/.dev-installed
	@./.ci/peers
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(VENV)/.dev-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/plateau pack check scenarios/packs/marvalune

bench: $(VENV)/.dev-installed
	@./.ci/peers
	@for b in benchmarks/bench_*.py; do b=$$(basename $$b .py); echo "== $$b"; $(BIN)/python -m benchmarks.$$b || exit 1; done

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Plateau demande Python 3.11 ou plus récent (trouvé : $$($(PYTHON) -V)). / Plateau needs Python 3.11 or newer."; exit 1; }
	@echo "Création de l'environnement Python ($(VENV))…"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run-installed: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installation des bibliothèques (versions et empreintes vérifiées)…"
	@$(PIP) -r requirements/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.dev-installed: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installation des bibliothèques et des outils de test (versions et empreintes vérifiées)…"
	@$(PIP) -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@ $(VENV)/.run-installed

# The pinned sets, for every platform; needs uv.
lock:
	uv pip compile pyproject.toml --extra install --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet -o requirements/run.txt
	uv pip compile pyproject.toml --extra install --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet -c requirements/run.txt -o requirements/dev.txt

# Collect the interface's strings, bring the English catalogue up to date, compile it. Two runs on the same source write the same files.
POT := workstation/i18n/plateau.pot
i18n: $(VENV)/.dev-installed
	$(BIN)/pybabel -q extract -F workstation/i18n/babel.cfg -k N_ --no-location --sort-output --no-wrap \
	  --header-comment='# The strings of the interface, in French, as found in the source. Written by "make i18n".' \
	  --project=Plateau --version=$$($(BIN)/python -c 'import workstation; print(workstation.__version__)') -o $(POT).tmp workstation
	sed -e 's/^"POT-Creation-Date: .*"$$/"POT-Creation-Date: 2026-01-01 00:00+0000\\n"/' -e '/^"Generated-By: /d' $(POT).tmp >$(POT)
	rm $(POT).tmp
	$(BIN)/pybabel -q update --no-wrap --no-fuzzy-matching --ignore-obsolete -D plateau -i $(POT) -d workstation/i18n/locales -l en
	$(BIN)/pybabel -q compile -D plateau -d workstation/i18n/locales -l en

# The pictures of the README and of docs/, from the real program.
screenshots: $(VENV)/.dev-installed
	$(BIN)/python -m tests.screenshots docs/images

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
