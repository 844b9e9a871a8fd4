# The same set-up behind every target: plain venv and pip, Python >= 3.11.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
JOBS   ?= 4
EXTRAS := dev,lsp,postgres,console,audit
IMAGE  ?= sealcheck
RELEASE := .cache/release

.PHONY: help run demo test check snapshots mutants facts lowest dist oracle oracle-programs bench docs console-demo screenshots requirements image sbom clean

help:
	@echo "make run     install and start the bot (needs GITLAB_TOKEN and WEBHOOK_SECRET)"
	@echo "make demo    the whole main job, with no GitLab at hand"
	@echo "make test    the tests"
	@echo "make snapshots  what the samples of the rules record (RULE=id: of one rule), anew; read the difference"
	@echo "make check   what CI runs: lint, types, layers, docs, tests"
	@echo "make oracle  the long comparisons with bash, Vault, Psych and gitlab-ci-local"
	@echo "make bench   timed figures"
	@echo "make docs    the pages that are made from the code"
	@echo "make console-demo  the console with planted data, at a port of this machine"
	@echo "make screenshots  the console's pictures (needs Chromium)"
	@echo "make requirements  the locked requirements of the image, anew"
	@echo "make mutants  small changes to the code, each of which a test should notice"
	@echo "make facts   the outside facts that were checked more than AGE months ago (12)"
	@echo "make lowest  the tests with the lowest versions that pyproject.toml allows"
	@echo "make dist    wheel and sdist in dist/, tried in a clean environment"
	@echo "make image   the container image (IMAGE=registry/name), make sbom: what is in it, as CycloneDX"

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Sealcheck needs Python >= 3.11 (PYTHON=python3.12 make ...)"; exit 2; }
	@echo "Installing into $(VENV), once: a minute or two"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[$(EXTRAS)]'
	@touch $@

run: $(STAMP)
	$(BIN)/sealcheck serve

demo: $(STAMP)
	$(BIN)/python -m tests.demo

test: $(STAMP)
	$(BIN)/python -m compileall -q bot # else each process that a test starts does it, where PYTHONDONTWRITEBYTECODE is set
	$(BIN)/pytest -q -n $(JOBS) --dist worksteal

snapshots: $(STAMP)
	-$(BIN)/pytest -q tests/test_samples.py $(if $(RULE),-k "$(RULE)/",tests/combinations) --update-snapshots
	@git diff --stat -- 'tests/*.snapshot'

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs.generate --check
	$(MAKE) --no-print-directory test

facts: $(STAMP)
	@$(BIN)/python -m docs.facts --older-than $(or $(AGE),12) && echo "none"

oracle-programs:
	@failed=; for script in tests/oracle/install-*.sh; do bash $$script || failed="$$failed $$script"; done; \
	[ -z "$$failed" ] || { echo "not installed:$$failed" >&2; exit 1; }

oracle: $(STAMP) oracle-programs
	SEALCHECK_ORACLE=full $(BIN)/pytest -q tests/oracle tests/documents tests/comments tests/review

bench: $(STAMP)
	@for script in bench/*.py; do echo "== $$script"; PYTHONPATH=. $(BIN)/python $$script || exit 1; done

docs: $(STAMP)
	$(BIN)/python -m docs.generate

console-demo: $(STAMP)
	$(BIN)/python -m tests.console.demo

screenshots: $(STAMP)
	$(BIN)/python -m tests.console.screenshots

# The tools of a release: not needed to run, test or change the program.
$(RELEASE)/.installed: Makefile
	$(PYTHON) -m venv $(RELEASE)
	$(RELEASE)/bin/pip install --quiet --disable-pip-version-check 'build>=1.2' 'cyclonedx-bom>=7' 'pip-tools>=7.5' 'uv>=0.9'
	@touch $@

LOCK := CUSTOM_COMPILE_COMMAND='make requirements' $(RELEASE)/bin/pip-compile --quiet --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links \
        --no-emit-trusted-host --no-emit-options --upgrade

requirements: $(RELEASE)/.installed
	$(LOCK) --extra postgres --extra console --extra audit --output-file requirements.txt pyproject.toml
	$(LOCK) --allow-unsafe --output-file requirements-build.txt requirements-build.in

mutants: $(STAMP)
	$(BIN)/python -m tests.mutants

# The rooms that meet the libraries: what waits for clocks and killed processes runs once, in `make test`.
LOWEST_TESTS := tests/webhook tests/scan tests/report tests/pipeline tests/documents tests/gitlab tests/metrics tests/docs tests/console \
        tests/editor tests/service/test_wrong_inputs.py tests/service/test_attacks.py

lowest: $(RELEASE)/.installed
	$(PYTHON) -m venv --clear build/lowest
	$(RELEASE)/bin/uv pip install --quiet --python build/lowest/bin/python --resolution lowest-direct --editable '.[$(EXTRAS)]'
	build/lowest/bin/python -m pytest -q -n $(JOBS) --dist worksteal $(LOWEST_TESTS)

dist: $(RELEASE)/.installed
	rm -rf dist
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(RELEASE)/bin/python -m build --outdir dist .
	$(PYTHON) tests/smoke.py dist

image:
	docker build --tag $(IMAGE):$$(sed -n 's/^__version__ = "\(.*\)"/\1/p' bot/__init__.py) .

sbom: $(RELEASE)/.installed
	$(PYTHON) -m venv --clear --without-pip build/sbom
	$(RELEASE)/bin/pip --python build/sbom install --quiet --no-compile --require-hashes --requirement requirements.txt
	$(RELEASE)/bin/pip --python build/sbom install --quiet --no-compile --no-deps .
	$(RELEASE)/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --validate --of JSON \
	    --output-file build/sbom.cdx.json build/sbom/bin/python

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build dist *.egg-info
