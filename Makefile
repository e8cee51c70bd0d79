# Each target is one line's work and sets the machine up for itself
# (deploy/setup.sh); all but the first download work offline.
SHELL := /bin/sh
GO ?= go
# No C in the program: a parser has no business there. The race detector needs
# it, so deploy/test.sh sets it for the tests.
export CGO_ENABLED = 0

.PHONY: run build test test-long lint fuzz bench cover generate mutants clean

run: build ## the main job on embedded defaults with the sample applications
	$(GO) run ./cmd/internal/demo

build:
	@deploy/setup.sh run
	$(GO) build -o bin/assay ./cmd/assay

test: build ## everything, against the real Elasticsearch, the real nats-server and the embedded pair
	deploy/test.sh

FUZZTIME ?= 10s
test-long: build ## what takes longer: tests named TestLong…, and every fuzz target for FUZZTIME
	deploy/test.sh long
	deploy/fuzz.sh $(FUZZTIME)

lint: bin/golangci-lint
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	$(GO) vet ./...
	bin/golangci-lint run -c deploy/lint/golangci.yml ./...

# The linter has a module of its own, so that go.mod stays the program's.
bin/golangci-lint: deploy/lint/go.mod
	cd deploy/lint && $(GO) build -o ../../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint

fuzz: ## every fuzz target for FUZZTIME each
	deploy/fuzz.sh $(FUZZTIME)

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...
	bin/assay bench

cover:
	$(GO) test -coverprofile=bin/cover.out ./... && $(GO) tool cover -func=bin/cover.out | tail -1

generate: ## writes testdata/applications and testdata/site anew
	$(GO) run ./cmd/internal/generate

mutants: ## takes safety checks out one at a time: each must make a test fail
	$(GO) run ./cmd/internal/mutants

clean:
	rm -rf bin
