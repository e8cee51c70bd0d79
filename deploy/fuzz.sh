#!/bin/sh
# Runs every fuzz target for the given time each (default 10s): fuzz.sh [TIME
# [PACKAGES]], the packages as go list takes them (default ./...).
set -eu
cd "$(dirname "$0")/.."
time=${1:-10s}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- ./...
for dir in $(go list -f '{{.Dir}}' "$@"); do
	grep -ho '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go 2>/dev/null | sed 's/^func //' | sort -u | while read -r target; do
		echo "fuzz $target in ${dir#"$PWD"/} for $time"
		(cd "$dir" && go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" .)
	done
done
