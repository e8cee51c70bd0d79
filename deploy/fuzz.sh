#!/bin/sh
# Runs every fuzz target for the given time each (default 6s): fuzz.sh [TIME
# [PACKAGES]], the packages as go list takes them (default ./...).
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
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for dir in $(go list -f '{{.Dir}}' "$@"); do
	for target in $(cat "$dir"/*_test.go 2>/dev/null | sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' | sort -u); do
		echo "fuzz $target in ${dir#"$PWD"/} for $time"
		if (cd "$dir" && go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 10x .) >"$log" 2>&1; then
			tail -n 3 "$log"
		elif grep -q 'context deadline exceeded' "$log" && ! grep -q 'Failing input written' "$log"; then
			echo "the time was over while an input was being tried; nothing failed"
		else
			cat "$log"
			exit 1
		fi
	done
done
