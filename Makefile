# The whole developer manual. Everything is done by bootstrap.py, which Windows calls directly.
PYTHON ?= python3

.PHONY: help run test lint words fuzz test-newest test-training test-arm64 coverage bench soak demo-cloud serve archive bom docs

help: ## What can be asked for
	@$(PYTHON) bootstrap.py --help

run: ## Open the app. ARGS="analyze PICTURE" for the command line
	@$(PYTHON) bootstrap.py run $(ARGS)

serve: ## The app for a clinic's browsers. ARGS="--vault DIR --name HOST"
	@$(PYTHON) bootstrap.py serve $(ARGS)

test: ## Lint, all tests with the phone's versions, a short run with the newest
	@$(PYTHON) bootstrap.py test

lint: ## Style and types
	@$(PYTHON) bootstrap.py lint

words: ## Put new English into every language's catalogue, and list what each lacks
	@$(PYTHON) bootstrap.py words

fuzz: ## 100,000 spoilt files, which takes an hour or so. ARGS="COUNT SEED"
	@$(PYTHON) bootstrap.py fuzz $(ARGS)

test-newest: ## The short run with the newest release of everything
	@$(PYTHON) bootstrap.py test-newest

test-training: ## The training package's tests: installs PyTorch first, which is large
	@$(PYTHON) bootstrap.py test-training

test-arm64: ## Every pack under an emulated arm64 Python beside this one. ARGS="--write"
	@$(PYTHON) bootstrap.py test-arm64 $(ARGS)

coverage: ## How much of core and storage their tests run, and whether that is enough
	@$(PYTHON) bootstrap.py coverage

bench: ## Size, start, a reading, and other runtimes beside ours: into docs/benchmarks.md
	@$(PYTHON) bootstrap.py bench

soak: ## Kill the vault 500 times, damage it 11,000 times, sync 40,000 cases over bad networks: hours
	@$(PYTHON) bootstrap.py soak --page

demo-cloud: ## A clinic's server on this machine, with sample cases. ARGS="PORT"
	@$(PYTHON) bootstrap.py demo-cloud $(ARGS)

archive: ## The source as dist/outpost-VERSION.tar.gz, the same bytes whenever it is made
	@$(PYTHON) bootstrap.py archive

bom: ## The software bill of materials of the app as dist/outpost.cdx.json
	@$(PYTHON) bootstrap.py bom

docs: ## The documentation as a site in build/site
	@$(PYTHON) bootstrap.py docs
