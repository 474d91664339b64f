# `make` lists the targets. `make run` needs Go and make; what `make test` needs beside them it installs (tests/install.sh).
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
# Arguments of `make run` for carillon serve.
ARGS    ?=
# How long `make fuzz` spends on each fuzz test.
FUZZTIME ?= 30s

# The tools of tools/go.mod, built by the first target that needs them.
TOOLS := .bin

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run build test deps lint fmt generate unit race clients fuzz crash soak bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build the server and run it here (ARGS="--listen ...")
	./bin/carillon serve $(ARGS)

build: ## build bin/carillon, one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags "-X main.version=$(VERSION)" -o bin/carillon ./cmd/carillon

test: deps lint unit race clients ## install what the tests need, then check everything

deps: ## install what the tests need and is missing
	bash tests/install.sh

lint: $(TOOLS)/installed ## check format, modules, generated code, style and dead code
	@echo 'gofumpt'; unformatted=$$($(TOOLS)/gofumpt -l .); if [ -n "$$unformatted" ]; then printf 'run make fmt, for:\n%s\n' "$$unformatted"; exit 1; fi
	$(GO) mod tidy -diff
	$(GO) vet ./...
	@echo 'go generate'; before=$$(find . -name '*_gen.go' -exec cat {} + | cksum); $(GO) generate ./...; \
	if [ "$$before" != "$$(find . -name '*_gen.go' -exec cat {} + | cksum)" ]; then echo 'go generate changed generated files: commit them'; exit 1; fi
	$(TOOLS)/golangci-lint run
	@echo 'deadcode'; dead=$$($(TOOLS)/deadcode -test ./...) || exit 1; if [ -n "$$dead" ]; then printf '%s\n' "$$dead"; exit 1; fi

fmt: $(TOOLS)/installed ## format the Go code
	$(TOOLS)/gofumpt -w .

generate: ## generate the code that is made from the API's contract
	$(GO) generate ./...

unit: ## run the tests of the packages
	@[ -n "$$TEST_CITUS_DSN" ] || echo 'TEST_CITUS_DSN is not set: the suite does not run on Citus'
	$(GO) test ./cmd/... ./internal/...

race: ## run them again under the race detector
	CGO_ENABLED=1 $(GO) test -race ./cmd/... ./internal/...

clients: ## run the tests with the AWS CLI, AWS's SDKs, apps and a browser
	$(GO) test -count=1 ./tests/...

fuzz: ## run each fuzz test for FUZZTIME
	@set -e; for file in $$(grep -rl '^func Fuzz' --include='*_test.go' cmd internal); do \
		for name in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$$file"); do \
			echo "$$name ($$file)"; \
			$(GO) test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) "./$$(dirname "$$file")"; \
		done; \
	done

crash: ## kill the server 100 times in the middle of its work, and 100 times before it told apps
	CARILLON_CRASH_ROUNDS=100 $(GO) test -count=1 -timeout 60m -run '^TestCrash' -v ./cmd/carillon

soak: ## test the whole grid of what lets people in, on both engines
	CARILLON_GRID=whole $(GO) test -count=1 -timeout 60m -run '^TestGrid' -v ./cmd/carillon

bench: ## run the benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./cmd/... ./internal/...

clean: ## remove what was built, tools included
	rm -rf bin .bin tests/clients/node_modules tests/signin/node_modules tests/postgres/node_modules

# The tools are built once, and again when their versions change.
$(TOOLS)/installed: tools/go.mod tools/go.sum
	cd tools && GOBIN=$(CURDIR)/$(TOOLS) $(GO) install tool
	touch $@
