# Everything that is done with openspiff, from a fresh clone with Python, pip and make only.

PYTHON ?= python3
JOBS ?= 2
# How many random worlds are tried on PySpark, where each of them takes seconds.
WORLDS ?= 30
VENV := .venv
BIN := $(VENV)/bin
# The suite is meant to take minutes; a hanging test must not hold a machine for ever.
LIMIT := $(if $(shell command -v timeout),timeout --kill-after=30 1500)

LOCKS := requirements/run.txt requirements/test.txt requirements/docs.txt \
         requirements/bench.txt requirements/spark.txt requirements/peers.txt \
         requirements/uv.txt
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
           --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
           --custom-compile-command "make lock"

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo serve test check slow calibrate peers spark bench docs lock browser \
  shots messages clean

help:  ## Say what there is to make
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

demo: $(VENV)/.run  ## Carry one program through its whole life, on made-up data
	@$(BIN)/openspiff demo

serve: $(VENV)/.run  ## Look around the demo in a browser
	@$(BIN)/openspiff --home demo serve

# The journeys run by themselves: a browser's loop and the tests of the database do not mix.
test: check browser-ready  ## Lint, check types and walls, then run the tests
	@$(LIMIT) $(BIN)/pytest -n $(JOBS) --dist worksteal
	@$(LIMIT) $(BIN)/pytest -m journey tests/journeys

.PHONY: browser-ready
browser-ready:
	@command -v chromium > /dev/null || command -v chromium-browser > /dev/null \
	  || ( $(call as_root,chromium,chromium) ) \
	  || echo "NOT RUN below: the journeys in a browser, for want of chromium." >&2

check: $(VENV)/.test  ## Lint, check types and walls, without running the tests
	@$(BIN)/ruff check --quiet --output-format concise
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > $(VENV)/walls.txt || { cat $(VENV)/walls.txt; exit 1; }
	@echo "Checked: lint, format, types, walls."

calibrate: $(VENV)/.test  ## Calibrate by 2,000 simulations (hours; stopped, it goes on)
	@OMP_NUM_THREADS=1 PYTHONPATH=tests $(BIN)/python -m calibration --simulations 2000 \
	  --seed 1 --keep .calibration --write docs/explanation/calibration.md

peers: .venv-peers/.done  ## Compare our numbers with trusted packages (1.1 GB)
	@.venv-peers/bin/python tests/peers/compare.py

slow: $(VENV)/.test  ## Run the calibrations and the long random sequences
	@HYPOTHESIS_PROFILE=slow $(BIN)/pytest -n $(JOBS) --dist worksteal -m slow
	@OPENSPIFF_WORLDS=3000 $(BIN)/pytest -p no:xdist tests/generative/test_rules_agree.py

# PySpark leaves the closing of its sockets to the garbage collector: that is no failure here.
spark: $(VENV)/.spark  ## Run the same steps on PySpark (needs Java 17)
	@command -v java > /dev/null || $(call as_root,java,openjdk-17-jre-headless)
	@OPENSPIFF_ENGINE=spark OPENSPIFF_WORLDS=$(WORLDS) $(BIN)/pytest \
	  -m "not slow and not browser and not journey" \
	  -W ignore::pytest.PytestUnraisableExceptionWarning \
	  $$(grep -rlE "new_engine|mark\.spark" tests --include="test_*.py")

browser: $(VENV)/.test  ## Look at every page in a real browser (needs chromium)
	@command -v chromium > /dev/null || $(call as_root,chromium,chromium)
	@$(BIN)/pytest -m "browser or journey" tests/journeys

shots: $(VENV)/.test  ## Write a picture of every page, in both themes, into shots/
	@command -v chromium > /dev/null || $(call as_root,chromium,chromium)
	@SHOTS=shots $(BIN)/pytest -m browser tests/journeys/test_every_page_in_a_browser.py
	@echo "Look at shots/index.html"

messages: $(VENV)/.test  ## Collect the texts to be translated (needs gettext)
	@command -v xgettext > /dev/null || $(call as_root,xgettext,gettext)
	@cd src/openspiff && DJANGO_SETTINGS_MODULE=openspiff.web.settings \
	  ../../$(BIN)/django-admin makemessages --add-location file \
	  $(if $(LANGUAGE),--locale $(LANGUAGE),--all)

bench: $(VENV)/.bench  ## Time ours against the yardsticks, one command a file
	@missed=0; for file in $$(grep -l "from _timing import" benchmarks/*.py); do \
	  echo "== $$file"; $(BIN)/python $$file || missed=1; done; exit $$missed

# The reference is written from the specs too, which are tests.
docs: $(VENV)/.test $(VENV)/.docs  ## Write the reference from the code and build the site
	@$(BIN)/python docs/make_reference.py
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "Built: site/index.html"

lock: $(VENV)/.uv  ## Lock the newest versions that pyproject.toml allows
	@$(MAKE) compile UPGRADE=--upgrade

# Without --upgrade: what is locked stays, what pyproject.toml added is locked too.
.PHONY: compile
compile: $(VENV)/.uv
	@$(COMPILE) $(UPGRADE) pyproject.toml --group build -o requirements/run.txt
	@$(COMPILE) $(UPGRADE) pyproject.toml --group build --group test \
	  -c requirements/run.txt -o requirements/test.txt
	@$(COMPILE) $(UPGRADE) pyproject.toml --group build --group docs \
	  -c requirements/run.txt -o requirements/docs.txt
	@$(COMPILE) $(UPGRADE) pyproject.toml --group build --group bench \
	  -c requirements/run.txt -o requirements/bench.txt
	@$(COMPILE) $(UPGRADE) pyproject.toml --group build --group test --extra spark \
	  -c requirements/test.txt -o requirements/spark.txt
	@$(COMPILE) $(UPGRADE) pyproject.toml --group build requirements/peers.in \
	  -c requirements/run.txt -o requirements/peers.txt
	@echo uv | $(COMPILE) $(UPGRADE) - -o requirements/uv.txt
	@wc -l $(LOCKS)

clean:  ## Remove what was built and cached (not .venv, not your data)
	@rm -rf build dist site .hypothesis .import_linter_cache .mypy_cache .pytest_cache \
	  .ruff_cache
	@find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

# Set-up. A stamp in .venv is newer than what it was made from; a second call does nothing.

# $(call as_root,command,Debian package)
define as_root
{ if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
    echo "Installing $(2) ..."; apt-get update -qq && apt-get install -y -qq $(2); \
  else echo "expected the command $(1): as root run  apt-get install $(2)" >&2; exit 1; fi; }
endef

# $(call install,lock): with uv, or with pip where uv cannot be had or reaches no registry.
define install
@echo "Installing what requirements/$(1).txt names ..."
@if [ -x $(BIN)/uv ] && \
  $(BIN)/uv pip install --python $(BIN)/python --require-hashes -r requirements/$(1).txt; \
then :; else \
  $(BIN)/python -m pip install --disable-pip-version-check --require-hashes \
    -r requirements/$(1).txt; fi
@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
  --no-build-isolation --editable .
@touch $(VENV)/.$(1)
endef

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "expected Python 3.11 or later, got $$($(PYTHON) --version 2>&1);" \
	    "name another:  make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { \
	  echo "expected Python's venv module: as root run  apt-get install" \
	    "$$($(PYTHON) -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')" >&2; \
	  exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.uv: requirements/uv.txt | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements/uv.txt || echo "uv cannot be had here: pip does its work, more slowly"
	@touch $@

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/.uv
	$(call install,run)

$(VENV)/.test: requirements/test.txt pyproject.toml | $(VENV)/.uv
	$(call install,test)

$(VENV)/.docs: requirements/docs.txt pyproject.toml | $(VENV)/.uv
	$(call install,docs)

$(VENV)/.bench: requirements/bench.txt pyproject.toml | $(VENV)/.uv
	$(call install,bench)

$(VENV)/.spark: requirements/spark.txt pyproject.toml | $(VENV)/.uv
	$(call install,spark)

# The peers need their own environment: they bring what the product does not want.
.venv-peers/.done: requirements/peers.txt pyproject.toml | $(VENV)/.uv
	@echo "Installing what requirements/peers.txt names ..."
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check \
	  --require-hashes -r requirements/peers.txt
	@.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --no-build-isolation --editable .
	@touch $@
