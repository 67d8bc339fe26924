# Everything runs in .venv, which .ci/setup makes and keeps up to date. PYTHON=python3.12 picks a Python.
PYTHON ?=
BIN := .venv/bin
export PYTHON

.PHONY: demo test lint bench bench-peers clean

demo:
	@sh .ci/setup
	$(BIN)/voiceagent demo

test:
	@sh .ci/setup test,clients
	@if [ -f tests/clients/js/package.json ] && command -v npm >/dev/null; then \
		npm ci --silent --prefix tests/clients/js; fi
	$(BIN)/python -m pytest $(ARGS)

lint:
	@sh .ci/setup test,clients
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench:
	@sh .ci/setup test,clients
	PYTHON=$(BIN)/python sh tests/bench/run.sh $(ARGS)

bench-peers:
	@sh .ci/setup test,clients
	bash tests/bench/peers/run.sh $(ARGS)

clean:
	rm -rf .venv .bench dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
