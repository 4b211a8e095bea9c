# renzhi (任职). `make help` lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --constraint requirements.lock
PAGE := corpus/pages/binzhou-daily-2014-04-25.txt
DATA ?= $(RENZHI_DATA)

.DEFAULT_GOAL := help
.PHONY: help run test test-slow lint models bench bench-data clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml requirements.lock | $(BIN)/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml requirements.lock | $(BIN)/python
	$(PIP) --editable '.[dev,serve,train]'
	@touch $@ $(VENV)/.run

$(VENV)/.ray: $(VENV)/.dev
	$(PIP) --editable '.[dev,serve,train,ray,hanlp]'
	@touch $@

run: $(VENV)/.run ## set up and annotate the example page; the results are written under out/
	@mkdir -p out
	@$(BIN)/renzhi annotate $(PAGE) --format table
	@$(BIN)/renzhi annotate $(PAGE) -o out/page.jsonl
	@$(BIN)/renzhi annotate $(PAGE) -o out/page.triples.jsonl --format triples
	@$(BIN)/renzhi annotate $(PAGE) -o out/page.html
	@echo "Written: out/page.jsonl (document), out/page.triples.jsonl (triples), out/page.html (open it)"

lint: $(VENV)/.dev ## ruff, mypy --strict and the layers of the design
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint ## set up, lint and run the tests (under 10 minutes)
	$(BIN)/pytest

test-slow: $(VENV)/.ray ## the tests that kill processes, start Ray or drive a browser
	$(BIN)/pytest -m slow

# only a file of it is read; the SciPy that it asks for is too old for this Python
$(VENV)/.vectors: $(VENV)/.dev
	$(PIP) --no-deps synonyms
	@touch $@

models: $(VENV)/.vectors ## rebuild every shipped model; needs the data folder: make models DATA=DIR
	@test -n "$(DATA)" || { echo "make models: name the data folder with DATA=DIR or RENZHI_DATA"; exit 2; }
	$(BIN)/renzhi train configs/zh_news_base.cfg --data "$(DATA)" --output models/zh_news_base
	$(BIN)/renzhi train configs/programme.cfg --component programme --data "$(DATA)" --output models/programme
	$(BIN)/renzhi train configs/segmenter.cfg --component segmenter --data "$(DATA)" --output models/pkuseg_news

bench: $(VENV)/.dev ## the benchmarks at a size of minutes; those on public data need DATA=DIR
	$(BIN)/python benchmarks/page_repair.py
	$(BIN)/python benchmarks/rules_mutation.py
	$(BIN)/python benchmarks/runner.py --documents 200
	$(BIN)/python benchmarks/memory.py --documents 4000
	$(BIN)/python benchmarks/kill.py --documents 500 --kills 5
	$(BIN)/python benchmarks/damaged.py --documents 220
	$(BIN)/python benchmarks/graph_identity.py
	$(BIN)/python benchmarks/server.py --requests 200
	@test -z "$(DATA)" || $(MAKE) --no-print-directory bench-data

bench-data: $(VENV)/.dev
	$(BIN)/python benchmarks/evaluate_gold.py --data "$(DATA)"
	$(BIN)/python benchmarks/recogniser.py --data "$(DATA)"
	$(BIN)/python benchmarks/relations.py "$(DATA)" --end-to-end
	$(BIN)/python benchmarks/programme.py "$(DATA)/gov_gold/dev.jsonl" --train "$(DATA)/gov_gold/train.jsonl"
	$(BIN)/python benchmarks/segmenter.py "$(DATA)/pd1998_pos/test.jsonl"
	$(BIN)/python benchmarks/word_evidence.py "$(DATA)"

clean: ## remove what make produced, not the models
	rm -rf $(VENV) out dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
