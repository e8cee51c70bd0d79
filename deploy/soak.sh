#!/bin/sh
# Walks through faults, a row each, with a ledger: of what was acknowledged nothing is lost,
# nothing is there twice, nothing is another than it was, and nothing of the erased or of
# another tenant is seen. Prints the table and leaves it in bin/soak.md; fails where a row
# fails or is not there. R3, a power failure, is not among them: it needs a file system that
# forgets.
#
#   SCALE=0.1 deploy/soak.sh   a tenth of the full size; 1 by default, which takes hours
set -eu
cd "$(dirname "$0")/.."
mkdir -p bin
deploy/setup.sh test
[ -x bin/nats-server ] || go build -o bin/nats-server github.com/nats-io/nats-server/v2
ASSAY_NATS_SERVER=${ASSAY_NATS_SERVER:-$(pwd)/bin/nats-server}
ASSAY_SOAK_ROWS=$(pwd)/bin/soak.rows
SCALE=${SCALE:-1}
ASSAY_SOAK=${ASSAY_SOAK:-$(awk "BEGIN { s = 1800 * $SCALE; print int(s < 10 ? 10 : s) }")s}
export ASSAY_NATS_SERVER ASSAY_SOAK_ROWS ASSAY_SOAK SCALE ASSAY_LONG=1
rm -f "$ASSAY_SOAK_ROWS"

failed=0
go test -count=1 -timeout 12h -run '^TestLongLedger$' ./ingest || failed=1
go test -count=1 -timeout 12h -run '^(TestLongHandInKilled|TestLongHandInKilledOutside|TestLongSoak)$' ./cmd/assay || failed=1

{
	echo "| row | fault | taken | lost | duplicate | wrong | forbidden | at rest after | beside |"
	echo "|---|---|---|---|---|---|---|---|---|"
	sort -V "$ASSAY_SOAK_ROWS"
} >bin/soak.md
cat bin/soak.md
for row in 1 2 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	grep -q "^| R$row |" bin/soak.md || {
		echo "soak.sh: there is no row R$row" >&2
		failed=1
	}
done
exit $failed
