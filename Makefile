# Everything a person types; `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PORT ?= 8080
export PORT

BIN := .venv/bin
FLASK := $(BIN)/flask --app run
# worksteal: each process begins with its own half in file order, so that what a file shares is made once.
PYTEST := $(BIN)/pytest -n 2 --dist worksteal
POT := translations/messages.pot

# Tests about the source rather than the product: part of `check`, and not run a second time by `test`.
ABOUT_SOURCE := $(wildcard $(addprefix tests/house/test_,$(addsuffix .py,architecture areas clocks framework sizes translations docs faults)))
CHECKED := $(strip $(ABOUT_SOURCE) $(wildcard tests/schema/test_migrations.py))

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z][a-z_-]*:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Install what running and testing need; quick when nothing has changed
	@bin/setup test

.PHONY: run
run: ## Install, bring the database up to date, load the demo firm, serve on http://127.0.0.1:$PORT (8080)
	@bin/setup run
	@$(FLASK) crm init
	@if [ "$${CRM_ENV:-demo}" != production ]; then $(FLASK) crm demo; fi
	@echo "Serving on http://127.0.0.1:$(PORT) (Ctrl+C stops)"
	@exec $(BIN)/gunicorn

.PHONY: worker
worker: ## Run queued jobs from Redis (needs REDIS_URL; without it the server runs them itself)
	@: "$${REDIS_URL:?set REDIS_URL; without Redis the server runs jobs itself}"
	@exec $(BIN)/rq worker --with-scheduler --url "$$REDIS_URL"

# All parts of `check` and of `test` run and tell what they find, whatever the parts before them said.
.PHONY: check
check: ## Format, lint, types, and the tests about the source; with D=purchase_order those of one domain instead
	@failed=0; \
	$(BIN)/ruff format --check --output-format concise . || failed=1; \
	$(BIN)/ruff check . || failed=1; \
	$(BIN)/mypy || failed=1; \
	$(PYTEST) -q $(if $(D),--domain $(D),$(CHECKED)) || failed=1; \
	exit $$failed

.PHONY: format
format: ## Format the source and mend what ruff can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: test
test: ## Install, check, then every test on SQLite and on PostgreSQL, with Redis and a browser
	@bin/setup test
	@failed=0; \
	$(MAKE) check D= || failed=1; \
	TEST_DATABASE=sqlite $(PYTEST) -m "not postgresql" $(CHECKED:%=--ignore=%) || failed=1; \
	TEST_DATABASE=postgresql $(PYTEST) -m "not browser and not once" $(ABOUT_SOURCE:%=--ignore=%) || failed=1; \
	exit $$failed

.PHONY: test-cost
test-cost: ## The same tests, and how long those of each domain take: what one more domain costs
	@$(MAKE) test PYTEST="$(PYTEST) --cost"

.PHONY: soak
soak: ## Races, kills, outages and mixed load for long: SOAK_SECONDS (600) scales it, RACES_SEED repeats it
	@bin/setup test
	$(BIN)/python -m tests.soak

.PHONY: bench
bench: ## Measure beside a bare page, Flask-AppBuilder and Django's admin; writes docs/performance.md
	@bin/setup test
	@test -x bench/output/venv/bin/python || python3 -m venv bench/output/venv
	@bench/output/venv/bin/pip install -q --require-hashes -r bench/requirements.lock
	$(BIN)/python -m bench

.PHONY: migration
migration: ## Write a migration from the models as they are: make migration m="customer gets a tax number"
# What is compared with the models is a database of its own, made by the migrations there are and thrown away.
# The date in the identifier makes the files list in the order in which they came.
	@test -n "$(m)" || { echo 'usage: make migration m="what changes"' >&2; exit 2; }
	@place=$$(mktemp -d); trap 'rm -rf "$$place"' EXIT; \
	export CRM_ENV=demo CRM_INSTANCE="$$place" DATABASE_URL="sqlite:///$$place/empty.db"; \
	$(FLASK) db upgrade; \
	$(FLASK) db revision --autogenerate --rev-id "$$(date -u +%Y%m%d_%H%M)_$$(printf %04x $$RANDOM)" -m "$(m)"

.PHONY: translations
translations: ## Collect texts into translations/zh; then fill in what is new
# In the order of the texts and without the places they stand at: only a text that is new, changed or gone changes a line.
	@mkdir -p $(dir $(POT))
	@$(BIN)/pybabel -q extract -F babel.cfg -k _l -k lazy_gettext -k lazy_ngettext:1,2 -k lazy_pgettext:1c,2 \
	    --sort-output --no-location --no-wrap --project=Zhanggui --version=1 \
	    --copyright-holder=Zhanggui -o $(POT) app config.py
	@if [ -f translations/zh/LC_MESSAGES/messages.po ]; then \
	    $(BIN)/pybabel -q update -i $(POT) -d translations -N --no-wrap --ignore-obsolete --ignore-pot-creation-date; \
	else \
	    $(BIN)/pybabel -q init -i $(POT) -d translations -l zh --no-wrap; \
	fi
	@$(BIN)/pybabel -q compile -d translations -f

.PHONY: lock
lock: ## After a change of requirements*.txt: write the hashes of every file of every package into their locks
	@bin/setup tools
	@.tools/bin/python bin/lock

.PHONY: audit
audit: ## Ask the advisories of PyPI and npm for known faults of every package; not everywhere can be asked
	@bin/setup tools
# Strict: a package nothing is known of is no package without faults. All are asked whatever the first one says; one
# lock at a time, for two may have a package in two versions, and it does not read what a lock refers to.
	@failed=0; \
	for lock in requirements.lock requirements-dev.lock requirements-tools.lock bench/requirements.lock; do \
	    .tools/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r $$lock || failed=1; \
	done; \
	npm audit || failed=1; \
	exit $$failed

.PHONY: sbom
sbom: ## Write zhanggui.cdx.json: what is shipped, with versions, licences and hashes (CycloneDX)
	@bin/setup run
	@$(BIN)/python bin/sbom

.PHONY: docs
docs: ## Write the generated parts of docs/
	@$(BIN)/pybabel -q compile -d translations -f
	$(FLASK) crm docs

.PHONY: clean
clean: ## Remove what setup and tools have made; databases and attachments stay
	rm -rf .venv .tools node_modules app/static/vendor .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find app tests -name __pycache__ -type d -prune -exec rm -rf {} +
	find translations -name '*.mo' -delete 2>/dev/null || true
