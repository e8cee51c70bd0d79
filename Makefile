# Each target is one line's work and sets the machine up for itself
# (deploy/setup.sh); all but the first download work offline.
SHELL := /bin/sh
GO ?= go
# No C in the program: a parser has no business there. The race detector needs
# it, so deploy/test.sh sets it for the tests.
export CGO_ENABLED = 0
# One form of every package for the linter, the tests and the program: each other form
# of all that they are made of costs minutes of a clean machine.
export GOFLAGS := $(strip $(GOFLAGS) -trimpath)

# What the program says of itself; a tree without git says nothing.
VERSION ?= $(shell git describe --tags --match 'v[0-9]*' --dirty=-modified 2>/dev/null | sed 's/^v//')
COMMIT ?= $(shell git describe --always --abbrev=12 --dirty=-modified --exclude='*' 2>/dev/null)
EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null)
LDFLAGS = -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)

.PHONY: screenshots run build test test-long soak lint fuzz bench cover generate mutants release image vuln clean

run: build ## the main job on embedded defaults with the sample applications
	@$(GO) build -o bin/demo ./cmd/internal/demo
	bin/demo

build:
	@deploy/setup.sh run
	$(GO) build -ldflags '$(LDFLAGS)' -o bin/assay ./cmd/assay

test: build ## everything, against the real Elasticsearch, the real nats-server and the embedded pair
	deploy/test.sh

FUZZTIME ?= 6s
test-long: build ## what takes longer: tests named TestLong…, and every fuzz target for FUZZTIME
	deploy/test.sh long
	deploy/fuzz.sh $(FUZZTIME)

SCALE ?= 1
soak: build ## faults with a ledger, at SCALE of the full size; the table is bin/soak.md
	SCALE=$(SCALE) deploy/soak.sh

lint: bin/golangci-lint
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	$(GO) vet ./...
	cd deploy/release && $(GO) vet ./...
	cd deploy/check && $(GO) vet ./...
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

screenshots: build ## the README's pictures of the page, into deploy/screenshots
	@deploy/setup.sh test
	$(GO) run ./cmd/internal/demo -run 'SCREENSHOTS=$(CURDIR)/deploy/screenshots $(GO) test -count=1 -v -tags screenshots -run TestScreenshots ./cmd/internal/demo'

mutants: ## takes safety checks out one at a time: each must make a test fail
	$(GO) run ./cmd/internal/mutants

TARGETS ?= linux/amd64,linux/arm64,darwin/arm64
IMAGES ?= linux/amd64,linux/arm64
release: bin/cyclonedx-gomod ## archives for TARGETS, their sums and SBOMs, in bin/release: the same bytes from the same tree
	$(GO) run ./cmd/internal/release -version '$(or $(VERSION),devel)' -commit '$(or $(COMMIT),unknown)' -epoch '$(or $(EPOCH),0)' \
		-targets $(TARGETS) -sbom bin/cyclonedx-gomod

image: bin/roots.pem ## OCI images for IMAGES, in bin/image
	$(GO) run ./cmd/internal/release -version '$(or $(VERSION),devel)' -commit '$(or $(COMMIT),unknown)' -epoch '$(or $(EPOCH),0)' \
		-targets $(IMAGES) -image bin/roots.pem -out bin/image

vuln: bin/govulncheck ## known vulnerabilities in what the program calls; left out where their database cannot be had
	deploy/vuln.sh

# The tools of a release have a module of their own.
bin/cyclonedx-gomod bin/govulncheck bin/roots.pem: deploy/release/go.mod deploy/release/roots/main.go
	mkdir -p bin
	cd deploy/release && $(GO) build -buildvcs=false -o ../../bin/ github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod golang.org/x/vuln/cmd/govulncheck
	cd deploy/release && $(GO) run ./roots >../../bin/roots.pem

clean:
	rm -rf bin
