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
bin=$(mktemp -d)
trap 'rm -rf "$log" "$bin"' EXIT
corpus=$(go env GOCACHE)/fuzz
for package in $(go list "$@"); do
	dir=$(go list -f '{{.Dir}}' "$package")
	targets=$(cat "$dir"/*_test.go 2>/dev/null | sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' | sort -u)
	[ -n "$targets" ] || continue
	# One build for all targets of a package: go test would link one for each.
	go test -c -fuzz . -o "$bin/fuzz" "$package"
	for target in $targets; do
		echo "fuzz $target in ${dir#"$PWD"/} for $time"
		if (cd "$dir" && "$bin/fuzz" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$time" -test.fuzzminimizetime 10x -test.fuzzcachedir "$corpus/$package") >"$log" 2>&1; then
			tail -n 3 "$log"
		elif grep -q 'context deadline exceeded' "$log" && ! grep -q 'Failing input written' "$log"; then
			echo "the time was over while an input was being tried; nothing failed"
		else
			cat "$log"
			exit 1
		fi
	done
done
