# From nothing but Python, pip and make: every target prepares what it needs.
PYTHON ?= python3
VENV := .venv
STANDIN := .venv-standin
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
MINUTES ?= 60
# To whoever is free, the dearest first, so that nobody ends long after the others: see tests/side_by_side.py.
PYTEST := $(BIN)/python -m pytest -n auto

# The tests start a hundred processes, each of which would compile the whole code anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help chat web test quick setup check lint bench bench-delivery bench-webhooks bench-replicas bench-web bench-talks calibrate calibrate-talks docs picture requirements audit bill faults worst-hour standin clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

chat: $(VENV)/run.done ## talk with the bot in this terminal
	@$(BIN)/loaban chat

web: $(VENV)/run.done ## talk with the bot in a browser on this machine, and see the page for staff
	@$(BIN)/loaban web

test: $(VENV)/dev.done ## run all tests, side by side
	@$(PYTEST)

quick: $(VENV)/dev.done ## run the tests that one runs while working: all but the dear ones
	@$(PYTEST) -m "not slow"

setup: $(VENV)/dev.done ## install everything a developer needs

check: $(VENV)/run.done ## prove the content and run the recorded conversations
	@$(BIN)/loaban check
	@$(BIN)/loaban test

lint: $(VENV)/dev.done ## ruff, mypy, who imports whom, the order of the content files, and known advisories
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/loaban fmt --check
	@$(BIN)/python -m release.advisories requirements-postgres.txt

bench: $(VENV)/dev.done ## measure the matcher beside its rivals, conversations turn by turn, and what growth costs
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks.talks
	@$(BIN)/python -m benchmarks.growth

bench-delivery: $(VENV)/dev.done ## measure how announcements go out, for some minutes
	@$(BIN)/python -m benchmarks.delivery

bench-webhooks: $(VENV)/dev.done ## measure how many messages one core takes in, for some minutes
	@$(BIN)/python -m benchmarks.webhooks

bench-replicas: $(VENV)/dev.done ## measure several replicas on PostgreSQL beside one process on a file
	@$(BIN)/python -m benchmarks.replicas

bench-web: $(VENV)/dev.done ## measure the page: messages, open pages, slow lines and a restart, for some minutes
	@$(BIN)/python -m benchmarks.web

calibrate: $(VENV)/dev.done ## fit the matcher's calibration on held-out phrasings
	@$(BIN)/python -m benchmarks.calibrate

bench-talks: $(VENV)/dev.done ## play the written conversations, and tell urgent messages from calm ones
	@$(BIN)/python -m benchmarks.talks
	@$(BIN)/python -m benchmarks.urgent

calibrate-talks: $(VENV)/dev.done ## fit how a message is weighed with what was said before
	@$(BIN)/python -m benchmarks.fit_talks

docs: $(VENV)/dev.done ## write the generated pages of docs/ and README.md
	@$(BIN)/python -m tests.generated

picture: $(VENV)/dev.done ## take the pictures of the page in the docs anew, with Chromium
	@$(BIN)/python -m tests.browser.picture

requirements: $(VENV)/dev.done ## pin the newest versions, with hashes and no host
	@$(PIP) install uv
	@$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -q pyproject.toml --group build -o requirements.txt --upgrade
	@$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -q pyproject.toml --group build --extra postgres -c requirements.txt -o requirements-postgres.txt --upgrade
	@$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -q pyproject.toml --group build --group dev -c requirements.txt -o requirements-dev.txt --upgrade

audit: $(VENV)/dev.done ## install pip-audit, and ask whether anything is known against a pinned package
	@$(PIP) install pip-audit
	@$(BIN)/python -m release.advisories requirements-postgres.txt

bill: $(VENV)/run.done ## write dist/loaban.cdx.json, the bill of materials
	@$(BIN)/python -m release.materials requirements.txt dist/loaban.cdx.json

faults: $(VENV)/dev.done ## kill processes a hundred times, bring a million spoiled updates, live through the worst hour
	@FAULTS_KILLS=100 FUZZ_UPDATES=1000000 $(BIN)/python -m pytest -s tests/faults
	@$(MAKE) --no-print-directory worst-hour

worst-hour: $(VENV)/dev.done ## kills, 429s, clock jumps and a full disk for an hour, or for MINUTES
	@$(BIN)/python -m tests.faults.worst_hour --minutes $(MINUTES)

standin: $(VENV)/dev.done $(STANDIN)/done ## talk with the bot through a Bot API server that nobody here wrote
	@$(BIN)/python -m pytest tests/e2e/test_standin.py

clean: ## remove what the targets made
	rm -rf $(VENV) $(STANDIN) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Loa Bản needs Python 3.11 or newer; this is %d.%d. Try: make PYTHON=python3.12 ..." % sys.version_info[:2]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.done: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing what the bot needs (once) ..."
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.done: requirements-dev.txt $(VENV)/run.done
	@echo "Installing what the tests need (once) ..."
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

$(STANDIN)/done: tests/standin/requirements.txt | $(BIN)/python
	@echo "Installing the stand-in (once) ..."
	@$(BIN)/python -m venv $(STANDIN)
	@$(STANDIN)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@
