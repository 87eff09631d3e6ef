# Waypost's workflow. `make` alone lists what there is.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
export WAYPOST_DATA_DIR := $(abspath $(or $(DATA_DIR),$(WAYPOST_DATA_DIR),var))
export PIP_DISABLE_PIP_VERSION_CHECK := 1
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --require-hashes
VENDOR := api/chat/static/vendor
STAMPS := $(VENV)/.stamps
CONTENT := $(shell find nlu/data nlu/danger nlu/language nlu/*.py knowledge/starter translations/locales -type f -not -name '*.pyc')

# Rasa needs a Python of its own, see nlu/rasa/python.sh. RASA_LANGUAGES="en pl" trains on a part of the sentences.
RASA_VENV := .venv-rasa
RASA_MODEL := var/rasa/waypost.tar.gz
RASA_PORT ?= 5005
RASA_SENTENCES := $(filter-out %/danger.yml,$(wildcard nlu/data/*/*.yml))
# Below WARNING, Rasa's log quotes messages.
RASA := RASA_TELEMETRY_ENABLED=false RASA_MAX_CACHE_SIZE=0 LOG_LEVEL=WARNING TF_CPP_MIN_LOG_LEVEL=3 $(RASA_VENV)/bin/rasa

.PHONY: help setup run test check bench docs lock phrases screenshots rasa rasa-train rasa-always clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | column -t -s "$$(printf '\t')"

setup: $(STAMPS)/run $(STAMPS)/content ## Install everything that running needs, into .venv

run: setup ## Serve on http://127.0.0.1:8000 with a demo sign-in (PORT=, DATA_DIR=)
	@exec $(BIN)/waypost serve --demo --port $(PORT)

test: setup $(STAMPS)/test ## Run the whole suite
	$(BIN)/pytest -n 2 $(ARGS)

check: $(STAMPS)/test ## Format, lint, types, floors, content
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/waypost knowledge check > /dev/null

bench: setup $(STAMPS)/test ## Measure speed, memory and survival of kill -9
	$(BIN)/python -m bench.latency
	$(BIN)/python -m bench.crash
	$(BIN)/python -m bench.start

docs: $(STAMPS)/test ## Build the manual into site/
	$(BIN)/mkdocs build --strict --quiet

lock: $(STAMPS)/test ## Resolve requirements/*.in into hashed lock files that name no address
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url requirements/run.in -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url requirements/test.in -o requirements/test.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.8 --no-header --no-emit-index-url requirements/rasa.in -o requirements/rasa.txt

phrases: setup ## Bring the catalogues in line with translations/phrases.py
	$(BIN)/python -c "from translations.catalog import update_catalogues; print('changed:', ', '.join(update_catalogues()) or 'nothing')"

screenshots: $(STAMPS)/test ## Take the pictures of the README from a running Waypost
	$(BIN)/python docs/screenshots.py

rasa: rasa-train ## Serve a Rasa server on 127.0.0.1 for WAYPOST_NLU=rasa (RASA_PORT=)
	@token=$${WAYPOST_RASA_TOKEN:-$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(24))')}; \
	echo "Give Waypost: WAYPOST_NLU=rasa WAYPOST_RASA_URL=http://127.0.0.1:$(RASA_PORT) WAYPOST_RASA_TOKEN=$$token"; \
	exec env $(RASA) run --enable-api -i 127.0.0.1 -p $(RASA_PORT) -m $(RASA_MODEL) --auth-token "$$token"

rasa-train: $(RASA_MODEL) ## Install Rasa into .venv-rasa and train it (needs Python 3.8, 3.9 or 3.10; RASA_LANGUAGES=)

clean: ## Remove what set-up made; the data folder stays
	rm -rf $(VENV) $(RASA_VENV) node_modules $(VENDOR) site

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 or newer is needed" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than Python 3.11; say which to use: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS)

$(STAMPS)/run: requirements/run.txt pyproject.toml package-lock.json | $(BIN)/python
	@echo "Installing Python packages…"
	@$(PIP) -r requirements/run.txt 2>&1 | { grep -v '^WARNING: Location' || true; }; exit $${PIPESTATUS[0]}
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable . 2>&1 | { grep -v '^WARNING: Location' || true; }; exit $${PIPESTATUS[0]}
	@echo "Installing front-end libraries…"
	@npm ci --omit=dev --silent
	@mkdir -p $(VENDOR)
	@cp node_modules/swagger-ui-dist/{swagger-ui.css,swagger-ui-bundle.js,LICENSE} $(VENDOR)/
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/content: $(STAMPS)/run $(CONTENT)
	@echo "Making the database and training the understanding…"
	@$(BIN)/waypost setup
	@touch $@

$(STAMPS)/test: $(STAMPS)/run requirements/test.txt
	@echo "Installing what tests need…"
	@$(PIP) -r requirements/test.txt 2>&1 | { grep -v '^WARNING: Location' || true; }; exit $${PIPESTATUS[0]}
	@npm ci --silent
	@touch $@

$(RASA_VENV)/.installed: requirements/rasa.txt
	@python=$${RASA_PYTHON:-$$(sh nlu/rasa/python.sh)} || { echo "make: Rasa 3.6 needs Python 3.8, 3.9 or 3.10, and none is here; say which to use: make rasa RASA_PYTHON=/path/to/python3.10" >&2; exit 1; }; \
	echo "Installing Rasa with $$python…"; $$python -m venv $(RASA_VENV)
	@$(RASA_VENV)/bin/pip install --quiet --no-compile --require-hashes -r requirements/rasa.txt 2>&1 | { grep -vE '^WARNING: Location|DEPRECATION' || true; }; exit $${PIPESTATUS[0]}
	@touch $@

# Other languages than last time are a reason to train again.
var/rasa/languages: rasa-always
	@mkdir -p var/rasa
	@echo "$(RASA_LANGUAGES)" | cmp -s - $@ || echo "$(RASA_LANGUAGES)" > $@

# Not `rasa data validate`: it misses stories for every intent and fails for nothing. The build reads more strictly.
$(RASA_MODEL): $(RASA_VENV)/.installed nlu/rasa/config.yml $(RASA_SENTENCES) var/rasa/languages | $(STAMPS)/run
	@echo "Training Rasa…"
	@$(BIN)/python -m nlu.rasa.build var/rasa/build $(RASA_LANGUAGES)
	@$(RASA) train nlu -u var/rasa/build -c nlu/rasa/config.yml -d var/rasa/build/domain.yml --out var/rasa --fixed-model-name waypost
	@touch $@
