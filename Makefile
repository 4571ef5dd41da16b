# make demo   see it work: runs an example notebook, compares its runs, and runs the best of them again
# make test   everything that must pass, browser tests included
# make check  the fast loop: format, lint, types, architecture, unit tests
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

.PHONY: help demo test check dist labextension lowest versions uv elsewhere torture fuzz fix front lab bench goldens lock clean system

help:  ## say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

FRONT := labextension/node_modules/.ready
LAB := nbtrack/labextension/package.json
INSTALLED := $(VENV)/share/jupyter/labextensions/nbtrack-labextension
REQUIRED := browser,node,java,s3,labextension
SKIP := HATCH_JUPYTER_BUILDER_SKIP_NPM=1  # the extension of JupyterLab is built below, by what the lock file names

# uv when it is there, else the standard library's venv and pip; both check the hashes of the lock file.
$(READY): requirements/dev.txt pyproject.toml
	@rm -rf $(INSTALLED)  # a link into this tree, which an install would write through
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv -q --allow-existing --python $(PYTHON) $(VENV) && \
	  uv pip sync -q --python $(BIN)/python --require-hashes requirements/dev.txt && \
	  $(SKIP) uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	  $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt && \
	  $(SKIP) $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@touch $@

$(FRONT): labextension/package-lock.json
	@cd labextension && npm ci --silent
	@touch $@

# The extension of JupyterLab: built, and put where the environment's JupyterLab looks.
$(LAB): $(READY) $(FRONT) $(wildcard labextension/src/*.ts labextension/style/*.css labextension/schema/*.json nbtrack/view/static/compare/*.js) nbtrack/view/static/compare.css labextension/package.json
	@$(BIN)/python labextension/building.py >/dev/null
	@mkdir -p $(dir $(INSTALLED)) && rm -rf $(INSTALLED) && ln -s "$(CURDIR)/nbtrack/labextension" $(INSTALLED)
	@touch $@

labextension: $(LAB)  ## build the extension of JupyterLab

dist: $(READY) $(FRONT)  ## build the wheel and the sdist
	rm -rf nbtrack/labextension dist
	$(MAKE) --no-print-directory labextension
	$(BIN)/python -m hatchling build

demo: $(READY)  ## run the first example notebook, compare its runs, reproduce the best
	@$(BIN)/python example_notebooks/demo.py

check: $(READY) $(FRONT)  ## the fast loop
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	NBTRACK_FAST=1 $(BIN)/pytest -q -n auto --dist worksteal -m "not browser and not kernel and not slow" --ignore=tests/browser

front: $(FRONT)  ## check and build the script of the comparison
	cd labextension && npm run --silent check && npm run --silent build

# One more than there are processors, up to four: kernels and browsers wait for each other a third of the time.
WORKERS := $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$((n < 3 ? n + 1 : 4)))
BROWSERS := $(shell n=$(WORKERS); echo $$((n < 3 ? n : 3)))
SUITE = NBTRACK_REQUIRE=$(REQUIRED) $(BIN)/pytest
# Real kernels and browsers share the processors here. What failed is run once more with the machine to itself, and said.
ALONE = { [ $$? = 1 ] && echo "Failed beside others; once more alone, which is a fault of the test at best:" && $(SUITE) --last-failed --last-failed-no-failures none -rA -q $(1); }

test: $(READY) system $(FRONT) $(LAB)  ## everything that must pass
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd labextension && npm run --silent check && npm test --silent
	$(SUITE) -n $(WORKERS) --dist loadfile --ignore tests/browser || $(call ALONE,--ignore tests/browser)
	$(SUITE) -n $(BROWSERS) --dist loadfile tests/browser || $(call ALONE,tests/browser)

# Other versions than those of the lock file, resolved today, each in an environment of its own: .venv-lowest, .venv-3.13, ...
# TESTS narrows what is run there (TESTS=tests/query); `make -k versions` goes on after an environment in which a test fails.
# What the lowest versions use of newer libraries may be deprecated by now: that is between them.
PYTHONS := $(shell sed -n 's/.*"Programming Language :: Python :: \(3\.[0-9]*\)".*/\1/p' pyproject.toml)
UV := $(or $(shell command -v uv 2>/dev/null),$(wildcard .venv/bin/uv))
TESTS ?= tests nbtrack
OUTSIDE = $(WARNINGS) -m "not browser" --ignore tests/browser $(TESTS)
ELSEWHERE := $(MAKE) --no-print-directory elsewhere REQUIRED=s3

lowest:  ## the tests outside the browser, with the lowest versions pyproject.toml allows
	@$(ELSEWHERE) VENV=.venv-lowest PYTHON=$(firstword $(PYTHONS)) RESOLUTION=lowest-direct WARNINGS="-W ignore::DeprecationWarning"

newest-%:
	@$(ELSEWHERE) VENV=.venv-$* PYTHON=$* RESOLUTION=highest

versions: lowest $(PYTHONS:%=newest-%)  ## the lowest, then the newest on each Python there is; one alone: make newest-3.13

uv:
	@if [ -z "$(UV)" ]; then \
	  echo "Other versions are resolved and installed by uv, which is not here: install it (pip install uv), or run 'make check' once, whose .venv has it." >&2; exit 1; \
	fi

elsewhere: uv $(FRONT)
	$(UV) venv -q --allow-existing --python $(PYTHON) $(VENV)
	$(UV) pip compile -q --upgrade --python $(BIN)/python --resolution $(RESOLUTION) --all-extras --group dev --no-header --no-annotate -o $(VENV)/versions.txt pyproject.toml
	$(UV) pip sync -q --python $(BIN)/python $(VENV)/versions.txt
	$(SKIP) $(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	$(SUITE) -q -n auto --maxprocesses 4 --dist loadfile $(OUTSIDE) || $(call ALONE,$(OUTSIDE))

# Both go on where they were stopped: what they did and found is in .torture/.
torture: $(READY)  ## the store's promises, tried for MINUTES (60)
	$(BIN)/python tests/torture/long.py $(or $(MINUTES),60)

fuzz: $(READY)  ## feed every reader with anything, SECONDS (60) each
	$(BIN)/python tests/torture/fuzz.py $(or $(SECONDS),60)

# What the tests need beside Python packages: a browser and a font.
system:
	@if [ -z "$(CHROMIUM)" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    echo "installing chromium for the browser tests"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null; \
	  else \
	    echo "The browser tests need Chromium: install the package 'chromium' (Debian: sudo apt-get install chromium fonts-liberation)." >&2; exit 1; \
	  fi; \
	fi
	@if ! command -v java >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    echo "installing java for the check of the reports' HTML"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends default-jre-headless >/dev/null; \
	  else \
	    echo "The reports' HTML is checked by a Java program: install java 17 or newer (Debian: sudo apt-get install default-jre-headless)." >&2; exit 1; \
	  fi; \
	fi
	@command -v node >/dev/null 2>&1 || { echo "The front end's unit tests need node 20 or newer." >&2; exit 1; }

fix: $(READY)  ## repair what can be repaired
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

goldens: $(READY)  ## rewrite what tests compare with; look at the diff
	-NBTRACK_GOLDENS=rewrite $(BIN)/pytest -q -k "architecture or golden"

lab: $(LAB)  ## open JupyterLab on the examples
	$(BIN)/jupyter lab example_notebooks

bench: $(READY)  ## measure the budgets beside plain baselines
	$(BIN)/python -m benchmarks

lock: $(READY)  ## resolve the development environment anew
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --group dev pyproject.toml -o requirements/dev.txt

clean:  ## remove everything that was made
	rm -rf $(VENV) $(VENV)-* build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
