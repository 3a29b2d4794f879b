# A site without a bench (embedded/README.md) and the checks. State lives under .site/.
PYTHON ?= python3
EMBEDDED = $(PYTHON) -m embedded
URL ?= http://127.0.0.1:8000

.PHONY: demo test lint format translations bench proof test-bench browser pictures lock clean

demo: ## serve Desk and REST on http://127.0.0.1:$(PORT); DB=mariadb for a private MariaDB
	@$(EMBEDDED) demo

test: ## pure tests, site tests on SQLite and MariaDB, the browser's, in several processes; ARGS go to pytest, DB=sqlite leaves MariaDB out
	@$(EMBEDDED) test -- $(ARGS)

lint: ## ruff: rules and layout
	@$(EMBEDDED) lint

format: ## what `make lint` asks for, done
	@$(EMBEDDED) prepare
	@.site/venv/bin/ruff check --quiet --fix . ; .site/venv/bin/ruff format --quiet .

translations: ## the missing lines of a translation, German or ARGS=language (docs/translating.md)
	@$(EMBEDDED) prepare >&2
	@PYTHONPATH=.site/engine .site/venv/bin/python -m serial_tracking.tests.messages $(ARGS)

bench: ## speed against the bare statements, on MariaDB
	@$(EMBEDDED) benchmarks -- $(ARGS)

proof: ## 1,000 random sequences, killed servers and clients, a full disk, eight processes; ARGS="faults --kills 3"
	@$(EMBEDDED) proof $(ARGS)

test-bench: ## the same site tests on a real bench: BENCH=path [SITE=name]
	@$(EMBEDDED) test-bench --bench "$(BENCH)" --site "$(SITE)"

browser: ## what people do at the Desk, in a browser on a running site: URL=address [ARGS="--screenshots folder", passwords]
	@$(EMBEDDED) prepare
	@.site/venv/bin/python -m browser --url "$(URL)" $(ARGS)

pictures: ## the pictures of docs/, of the demo company that `make demo` serves: URL=address
	@$(EMBEDDED) prepare
	@.site/venv/bin/python -m browser.pictures --url "$(URL)" $(ARGS)

lock: ## renew the lock files of the Python packages (needs uv)
	cd embedded && uv pip compile --universal --python-version 3.10 --generate-hashes --no-header --no-annotate \
		--overrides requirements.overrides requirements.in -o requirements.lock
	cd embedded && uv pip compile --universal --python-version 3.10 --generate-hashes --no-header --no-annotate \
		-c requirements.lock requirements-test.in -o requirements-test.lock

clean:
	rm -rf .site .pytest_cache .ruff_cache .hypothesis
