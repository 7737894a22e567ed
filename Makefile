# Everything starts here; `make` alone lists it. Needs make and Node's npm, nothing else.
BUN := tools/bun.sh

.DEFAULT_GOAL := help
.PHONY: help setup build run dev test soak check format bench screenshot clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: node_modules/.installed ## fetch Bun (unless PATH has it) and the packages
	@:

node_modules/.installed: package.json bun.lock
	@$(BUN) --version >/dev/null
	@log=$$($(BUN) install --frozen-lockfile 2>&1) || { echo "$$log" >&2; echo "Cannot install the packages: see above" >&2; exit 1; }
	@touch $@

build: setup ## build dist/pendopo (TARGET=bun-windows-x64: for another system)
	@$(BUN) tools/build.ts $(TARGET)

run: build ## build, then start a server (ARGS="--port 4000")
	@exec dist/pendopo --server $(ARGS)

dev: setup ## serve from source, rebuilt, restarted and reloaded on change (ARGS as above)
	@exec $(BUN) tools/dev.ts $(ARGS)

test: setup ## build, find Chromium, run every test (ONLY=test/wire: some of them)
	@$(BUN) tools/test.ts $(ONLY)

soak: setup ## the endurance tests at length (SOAK=short: within 10 minutes)
	@SOAK=$(or $(SOAK),long) $(BUN) tools/test.ts $(or $(ONLY),test/endurance)

check: setup ## types, lint, format, unused code
	@$(BUN) tools/check.ts

format: setup ## format, and fix what lint can fix (ONLY=src/wire: there alone)
	@$(BUN) run biome check --write $(ONLY)

bench: build ## run every benchmark (ONLY=bench/fanout.ts: one)
	@$(BUN) tools/bench.ts $(ONLY)

screenshot: build ## take the README's pictures from the running program
	@CHROMIUM=$$(tools/chromium.sh) $(BUN) tools/screenshot.ts

clean: ## remove what was built
	@rm -rf dist
