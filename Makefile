# `make` lists the targets. `make run` needs Go and make; what `make test` needs beside them it installs (tests/install.sh).
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
# Arguments of `make run` for carillon serve.
ARGS    ?=
# How long `make fuzz` spends on each fuzz test.
FUZZTIME ?= 30s
# What `make bench` measures: the engine (sqlite or postgres), how many users the directory has, how often each thing is
# measured, and further flags of bin/bench.
ENGINE    ?= sqlite
USERS     ?= 100000
ROUNDS    ?= 5
BENCHARGS ?=

# The tools of tools/go.mod, built by the first target that needs them.
TOOLS := .bin

# The Node.js that comes with the tests is preferred: the console needs a newer one than Debian has.
NODEPATH = PATH="$$(echo $(CURDIR)/tests/signin/node_modules/node-*/bin):$$PATH"

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run build test deps lint fmt generate console consolecheck consoletest unit race clients fuzz crash soak bench benchdocs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build the server and run it here (ARGS="--listen ...")
	./bin/carillon serve $(ARGS)

build: ## build bin/carillon, one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags "-X main.version=$(VERSION)" -o bin/carillon ./cmd/carillon

test: deps lint consolecheck consoletest unit race clients ## install what the tests need, then check everything

deps: ## install what the tests need and is missing
	bash tests/install.sh

lint: $(TOOLS)/installed ## check format, modules, generated code, style and dead code
	@echo 'gofumpt'; unformatted=$$($(TOOLS)/gofumpt -l .); if [ -n "$$unformatted" ]; then printf 'run make fmt, for:\n%s\n' "$$unformatted"; exit 1; fi
	$(GO) mod tidy -diff
	$(GO) vet ./...
	@echo 'go generate'; before=$$(find . -name '*_gen.go' -exec cat {} + | cksum); $(GO) generate ./...; \
	if [ "$$before" != "$$(find . -name '*_gen.go' -exec cat {} + | cksum)" ]; then echo 'go generate changed generated files: commit them'; exit 1; fi
	$(TOOLS)/golangci-lint run --allow-parallel-runners
	@echo 'deadcode'; dead=$$($(TOOLS)/deadcode -test ./...) || exit 1; if [ -n "$$dead" ]; then printf '%s\n' "$$dead"; exit 1; fi

fmt: $(TOOLS)/installed ## format the Go code
	$(TOOLS)/gofumpt -w .

generate: ## generate the code that is made from the API's contract
	$(GO) generate ./...

console: ## build the web console anew into internal/console/dist, which is committed
	cd console && export $(NODEPATH) && npm ci --ignore-scripts && npm run build

consolecheck: ## check that the committed files of the web console are what its sources give
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && \
	(cd console && export $(NODEPATH) && npm ci --ignore-scripts && npm run build -- --outDir "$$fresh" --emptyOutDir) && \
	diff -r "$$fresh" internal/console/dist || { echo 'internal/console/dist is not what console gives: run make console, and commit it'; exit 1; }

consoletest: ## run the tests of the web console that need no browser
	cd console && export $(NODEPATH) && npm test

unit: ## run the tests of the packages
	@[ -n "$$TEST_CITUS_DSN" ] || echo 'TEST_CITUS_DSN is not set: the suite does not run on Citus'
	$(GO) test ./bench ./cmd/... ./internal/...

race: ## run them again under the race detector
	CGO_ENABLED=1 $(GO) test -race ./bench ./cmd/... ./internal/...

clients: ## run the tests with the AWS CLI, AWS's SDKs, apps and a browser
	$(GO) test -count=1 -timeout 20m ./tests/...
	@echo 'what the console loads, and how fast it shows users:'; $(GO) test -count=1 -v -run '^TestLarge$$' ./tests/console | sed -n 's/^ *luck_test.go:[0-9]*: //p'

fuzz: ## run each fuzz test for FUZZTIME
	@set -e; for file in $$(grep -rl '^func Fuzz' --include='*_test.go' cmd internal); do \
		for name in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$$file"); do \
			echo "$$name ($$file)"; \
			$(GO) test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) "./$$(dirname "$$file")"; \
		done; \
	done

crash: ## kill the server and PostgreSQL at work (320 times, writes docs/crash.md), and before apps are told (100 times)
	CARILLON_CRASH_KILLS=200,100,20 CARILLON_CRASH_ROUNDS=100 \
	CARILLON_CRASH_REPORT=$(CURDIR)/docs/crash.md CARILLON_CRASH_VERSION=$(VERSION) \
	$(GO) test -count=1 -timeout 60m -v -run '^TestCrash' ./cmd/carillon

soak: ## test the whole grid of what lets people in, on both engines
	cd cmd/carillon && CARILLON_GRID=whole $(GO) test -count=1 -timeout 60m -run '^TestGrid'

bench: build ## measure a server and its limits (ENGINE=sqlite|postgres USERS=... ROUNDS=...)
	$(GO) build -o bin/bench ./bench
	./bin/bench -engine $(ENGINE) -users $(USERS) -rounds $(ROUNDS) $(BENCHARGS)

benchdocs: build ## measure all that docs/benchmarks.md shows, and write it there
	$(GO) build -o bin/bench ./bench
	for engine in sqlite postgres; do \
		./bin/bench -engine $$engine -users 10000,100000,1000000 -rounds $(ROUNDS) $(BENCHARGS) \
			-plot docs/benchmarks/$$engine.svg -document docs/benchmarks.md || exit 1; \
	done

clean: ## remove what was built, tools included
	rm -rf bin .bin tests/clients/node_modules tests/signin/node_modules tests/postgres/node_modules

# The tools are built once, and again when their versions change.
$(TOOLS)/installed: tools/go.mod tools/go.sum
	cd tools && GOBIN=$(CURDIR)/$(TOOLS) $(GO) install tool
	touch $@
