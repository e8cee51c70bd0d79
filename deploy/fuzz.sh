#!/bin/sh
# Runs every fuzz target for the given time each (default 6s): fuzz.sh [TIME
# [PACKAGES]], the packages as go list takes them (default ./...). As many targets run at
# a time as there are processors, each on one.
#
# Time that go test would spend on making inputs smaller goes into new ones
# (-fuzzminimizetime). When the time is over while an input is being tried, go
# test sometimes calls that a failure, "context deadline exceeded" and no input
# written: that one is not.
set -eu
cd "$(dirname "$0")/.."
time=${1:-6s}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- ./...

if [ "${FUZZ_BIN:-}" ]; then # one target: DIR PACKAGE TARGET
	bin=$FUZZ_BIN/$(echo "$2" | tr / _)
	log=$bin.$3
	if (cd "$1" && "$bin" -test.run '^$' -test.fuzz "^$3\$" -test.fuzztime "$time" -test.fuzzminimizetime 10x -test.parallel 1 -test.fuzzcachedir "$(go env GOCACHE)/fuzz/$2") >"$log" 2>&1; then
		echo "fuzz $3 in $2 for $time: $(tail -n 2 "$log" | head -n 1)"
	elif grep -q 'context deadline exceeded' "$log" && ! grep -q 'Failing input written' "$log"; then
		echo "fuzz $3 in $2: the time was over while an input was being tried; nothing failed"
	else
		echo "fuzz $3 in $2:"
		cat "$log"
		exit 1
	fi
	exit
fi

FUZZ_BIN=$(mktemp -d)
export FUZZ_BIN
trap 'rm -rf "$FUZZ_BIN"' EXIT
lanes=$(getconf _NPROCESSORS_ONLN)
for package in $(go list "$@"); do
	dir=$(go list -f '{{.Dir}}' "$package")
	targets=$(cat "$dir"/*_test.go 2>/dev/null | sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' | sort -u)
	[ -n "$targets" ] || continue
	# One build for all targets of a package: go test would link one for each.
	go test -c -fuzz . -o "$FUZZ_BIN/$(echo "$package" | tr / _)" "$package"
	for target in $targets; do
		echo "$dir $package $target"
	done
done >"$FUZZ_BIN/list"
xargs -P "$lanes" -L 1 "$0" "$time" <"$FUZZ_BIN/list"
