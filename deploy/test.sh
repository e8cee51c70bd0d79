#!/bin/sh
# Runs every test with the race detector, against the real servers: an
# Elasticsearch (deploy/elasticsearch.sh) and a nats-server built from its Go
# module, each a process of its own that is ended afterwards.
#
# What the machine lacks is installed or named first (deploy/setup.sh test).
#
# ASSAY_ELASTIC=http://…  uses an Elasticsearch that runs already.
# Arguments go to go test; without any, ./... is tested.
set -eu
cd "$(dirname "$0")/.."
mkdir -p bin
deploy/setup.sh test

[ -x bin/nats-server ] || go build -o bin/nats-server github.com/nats-io/nats-server/v2
ASSAY_NATS_SERVER=$(pwd)/bin/nats-server
export ASSAY_NATS_SERVER

if [ -z "${ASSAY_ELASTIC:-}" ]; then
	port=${ES_PORT:-9208}
	if ES_PORT=$port deploy/elasticsearch.sh status >/dev/null 2>&1; then
		: # somebody else's: used, not ended
	elif ES_PORT=$port deploy/elasticsearch.sh start; then
		trap 'ES_PORT=$port deploy/elasticsearch.sh stop' EXIT INT TERM
	else
		echo "test.sh: no Elasticsearch: its tests are left out (deploy/elasticsearch.sh says why)" >&2
		port=
	fi
	[ -z "$port" ] || ASSAY_ELASTIC=http://127.0.0.1:$port
	export ASSAY_ELASTIC
fi

# The isolation property compares some 10,000 answers of each engine with the
# whole corpus: arithmetic on one goroutine, which the race detector makes ten
# times longer and says nothing of. Conformance tests run the same code under it.
alone='^TestIsolation$'
if [ $# -gt 0 ]; then
	CGO_ENABLED=1 go test -race -shuffle=on -timeout 20m "$@"
	exit
fi
CGO_ENABLED=1 go test -race -shuffle=on -timeout 20m -skip "$alone" ./...
CGO_ENABLED=0 go test -count=1 -run "$alone" ./index/local ./index/elastic

# Memory says nothing under the race detector: what measures it runs without.
CGO_ENABLED=0 go test -count=1 -run '^TestPDFMemory$' ./extract
