# `make` on a fresh machine: environment, sample corpus, verification, account. `make help` lists the rest.
# Tools run from .venv; nothing installed by hand is used.

PYTHON ?= python3
INPUT ?=
NAME ?=
OLD ?=
NEW ?=
TO ?=
WORKERS ?= 0
RELEASES ?= RELEASES
GOLD ?= ../shared/gold
PORT ?= 8321

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PYTHONUTF8 = 1

BIN := .venv/bin
LATEST := $(RELEASES)/sample/latest
RELEASE ?= $(LATEST)
# Stands beside the versions, so that it goes when they go.
SAMPLE := $(RELEASES)/sample/.built
# What the sample release is made from: a change to any of these builds it again.
SOURCES := $(shell find pipeline configs -type f -not -name '*.pyc' 2>/dev/null | sed 's/ /\\ /g')

.DELETE_ON_ERROR:
.PHONY: all account setup test endurance check format docs corpus plan verify compare publish \
  quality quality-docs harm line-model bench bench-rivals bench-table grams lock audit serve browser picture clean-store help

all: account  ## environment, sample corpus, verification, account (the default)

account: $(SAMPLE)
	@$(BIN)/jingwen stats $(LATEST)

$(SAMPLE): $(BIN)/.runtime $(SOURCES)
	$(BIN)/jingwen build --config configs/corpus.toml --out $(RELEASES)
	$(BIN)/jingwen verify $(LATEST) --all
	@touch $@

audit: $(SAMPLE)  ## the report on the sample corpus: every change, to open from disk
	$(BIN)/jingwen audit $(LATEST)

serve: $(SAMPLE)  ## the same on a local web server, with search; PORT=8321
	$(BIN)/jingwen serve $(LATEST) --port $(PORT)

setup: $(BIN)/.dev  ## .venv with everything that tests and checks need

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "jingwen needs Python 3.11 or later; found $$($(PYTHON) --version 2>&1). Say which: make PYTHON=python3.12" >&2; exit 2; }
	$(PYTHON) -m venv .venv

$(BIN)/.runtime: requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q pipeline
	@touch $@

$(BIN)/.dev: requirements-dev.txt $(BIN)/.runtime
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

test: $(BIN)/.dev  ## all tests, doctests included
	$(BIN)/python -m pytest -n auto

endurance: $(BIN)/.dev  ## a hundred kills at points of writing, a hundred at random times, eight surroundings, 500 flipped bits
	ENDURANCE=1 $(BIN)/python -m pytest -n auto tests/test_crash.py

check: $(BIN)/.dev  ## format, lint, types, import contracts, generated docs in step
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/test_docs.py

format: $(BIN)/.dev  ## format the code and sort its imports
	$(BIN)/ruff check --fix-only --select I
	$(BIN)/ruff format

docs: $(BIN)/.runtime  ## docs/rules.md from the docstrings of the rules
	$(BIN)/jingwen rules --manual > docs/rules.md.new
	mv docs/rules.md.new docs/rules.md

corpus: $(BIN)/.runtime  ## corpus INPUT=folder-or-file NAME=name: RELEASES/NAME/<x.y.z> and latest
	@test -n "$(INPUT)" && test -n "$(NAME)" || \
	  { echo 'Say what to build from and what to call it: make corpus INPUT=pages/ NAME=news' >&2; exit 2; }
	$(BIN)/jingwen build --input "$(INPUT)" --name "$(NAME)" --out "$(RELEASES)" --workers $(WORKERS)
	$(BIN)/jingwen verify "$(RELEASES)/$(NAME)/latest"
	@$(BIN)/jingwen stats "$(RELEASES)/$(NAME)/latest"

plan: $(BIN)/.runtime  ## what a build of the sample, or of INPUT= NAME=, would do anew, and why
	@$(BIN)/jingwen plan --out "$(RELEASES)" $(if $(INPUT),--input "$(INPUT)" --name "$(NAME)",--config configs/corpus.toml)

# Where no release is named the sample is meant, which is built first.
$(if $(filter $(LATEST),$(RELEASE)),verify publish: $(SAMPLE))

verify: $(BIN)/.runtime  ## every file, row and page of RELEASE=folder (the sample)
	$(BIN)/jingwen verify "$(RELEASE)" --all

compare: $(BIN)/.runtime  ## compare OLD=folder NEW=folder: documents, rules and stages of two releases
	@test -n "$(OLD)" && test -n "$(NEW)" || \
	  { echo 'Say which: make compare OLD=RELEASES/news/1.0.0 NEW=RELEASES/news/1.1.0' >&2; exit 2; }
	@$(BIN)/jingwen compare "$(OLD)" "$(NEW)" || test $$? -eq 1

publish: $(BIN)/.runtime  ## publish TO=hf://owner/name (or s3://bucket/folder, or a folder) RELEASE=folder (the sample)
	@test -n "$(TO)" || { echo 'Say where to: make publish TO=hf://owner/name RELEASE=RELEASES/news/latest' >&2; exit 2; }
	$(BIN)/jingwen publish "$(RELEASE)" "$(TO)"

quality: $(BIN)/.dev  ## scores on the gold sets, where they stand beside the checkout
	@test -d "$(GOLD)" || { echo "$(GOLD) is not there: nothing to score." >&2; exit 0; }; \
	  $(BIN)/python -m pytest tests/test_quality.py -s -rA

quality-docs: $(BIN)/.runtime  ## docs/quality.md from the gold sets, where they stand beside the checkout
	@test -d "$(GOLD)" || { echo "$(GOLD) is not there: nothing to score." >&2; exit 2; }
	$(BIN)/jingwen score --markdown "$(GOLD)/pages_html.parquet" "$(GOLD)/pages_cleaneval.parquet" \
	  "$(GOLD)/pages_small.parquet" > docs/quality.md.new
	mv docs/quality.md.new docs/quality.md

grams: $(BIN)/.dev  ## what is known of Chinese without a corpus, from the sample pages and the cases of the rules
	$(BIN)/python -m tests.shipped_grams

line-model: $(BIN)/.dev  ## weights of the line model, from the gold sets beside the checkout and our samples
	$(BIN)/python tests/golden/labels.py > .labels.jsonl
	$(BIN)/jingwen train $(GOLD)/pages_html.parquet $(GOLD)/pages_cleaneval.parquet $(GOLD)/pages_small.parquet \
	  .labels.jsonl --out pipeline/stages/line_model.json; status=$$?; rm -f .labels.jsonl; exit $$status

harm: $(BIN)/.dev  ## what rules take of articles, laws, verse and dialogue that have no page around them
	JINGWEN_HARM=all $(BIN)/python -m pytest tests/test_harm.py -s -rA

bench: $(BIN)/.dev  ## benchmarks that need no rivals; dated records and benchmarks/TABLE.md; some 10 minutes
	$(BIN)/python -m benchmarks run --record; status=$$?; $(TABLE); exit $$status

bench-rivals: $(BIN)/.dev  ## the same pages by ours and by rivals, each in an environment made for it; some 15 minutes
	-$(BIN)/python -m benchmarks envs
	$(BIN)/python -m benchmarks run --rivals --record; status=$$?; $(TABLE); exit $$status

bench-table: $(BIN)/.dev
	@$(TABLE)

TABLE := $(BIN)/python -m benchmarks table --markdown > benchmarks/TABLE.md.new && \
  mv benchmarks/TABLE.md.new benchmarks/TABLE.md

lock: $(BIN)/.dev  ## requirements*.txt with hashes, from pyproject.toml
	CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile $(LOCKING) --extra dev --output-file requirements-dev.txt \
	  pyproject.toml
	CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile $(LOCKING) --constraint requirements-dev.txt \
	  --output-file requirements.txt pyproject.toml

# No address of an index or of a trusted host may reach a file: where packages come from is the machine's own affair.
LOCKING := --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-annotate --build-deps-for editable \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

browser:  ## Debian's Chromium and Chinese fonts, which the tests of the report drive
	@command -v chromium >/dev/null && fc-list :lang=zh 2>/dev/null | grep -q . || { \
	  test "$$(id -u)" = 0 && as= || as=sudo; $$as apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive $$as apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig; } >/dev/null

picture: $(BIN)/.dev $(SAMPLE)  ## docs/page.png, the picture of the README, from the sample corpus
	$(BIN)/jingwen audit $(LATEST) --out $(RELEASES)/sample/.picture
	$(BIN)/python -m tests.picture $(RELEASES)/sample/.picture docs/page.png

clean-store: $(BIN)/.runtime  ## throw away finished work that no release needs
	$(BIN)/jingwen clean-store

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
