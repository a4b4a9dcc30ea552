# Every target prepares what it needs by itself; `make` alone lists them.
PYTHON ?= python3
RUN = $(PYTHON) scripts/prepare.py

.DEFAULT_GOAL := help
.PHONY: help rehearse test lint scan format docs outdated sbom lock setup

help: ## List the targets
	@sed -n 's/^\([a-z]*\): ## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "make %-10s %s\n", $$1, $$2 }'

rehearse: ## Roll out a sample organization on an AWS emulated on this machine
	@$(RUN) bin/orgtrail rehearse

test: ## Run the tests (ARGS="-k provider" narrows them)
	@$(RUN) python -m pytest $(ARGS)

lint: ## Check style, formatting and types
	@$(RUN) python -m ruff check
	@$(RUN) python -m ruff format --check
	@$(RUN) python -m mypy

scan: ## Scan what would be deployed with checkov
	@$(RUN) python -m scripts.scan

format: ## Rewrite the code in the project's style
	@$(RUN) python -m ruff check --fix
	@$(RUN) python -m ruff format

docs: ## Write the generated parts of the documentation, and the JSON Schemas
	@$(RUN) cog -r README.md docs/*.md
	@$(RUN) bin/orgtrail schema > accounts.schema.json.new || { rm -f accounts.schema.json.new; exit 1; }
	@mv accounts.schema.json.new accounts.schema.json
	@$(RUN) python -m scripts.json_schemas

outdated: ## Show which packages have a newer version, and whether the pins allow it
	@$(RUN) python -m scripts.outdated $(ARGS)

sbom: ## List the packages that `make setup` installs, and their licences, in .orgtrail/sbom
	@$(RUN) python -m scripts.sbom $(ARGS)

lock: ## Write the locks of the Python packages, with hashes
	@$(RUN) python -m scripts.lock

setup: ## Only install what the other targets need
	@$(RUN)
