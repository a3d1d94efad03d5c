#!/usr/bin/env bash
# Runs the native fuzz targets, each for FUZZTIME (30s unless set). Arguments are folders; without any, all are run.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- pkg internal cmd

# Go's fuzzer sometimes takes the end of its own time for a failure (golang.org/issue/75804): one that found no input is none.
fuzz() { # folder target
	local said status=0
	said=$(go test "./$1" -run '^$' -fuzz "^$2\$" -fuzztime "${FUZZTIME:-30s}" -fuzzminimizetime 2s 2>&1) || status=$?
	tail -n 3 <<<"$said"
	[ $status != 0 ] || return 0
	if grep -q 'context deadline exceeded' <<<"$said" && ! grep -q 'Failing input' <<<"$said"; then
		echo "its time was over"
		return 0
	fi
	echo "$said" >&2
	return 1
}

grep -rlE '^func Fuzz' --include='*_test.go' "$@" | sort | while read -r file; do
	for target in $(grep -oE '^func Fuzz[A-Za-z0-9]+' "$file" | cut -d' ' -f2); do
		echo "== $target ($(dirname "$file"))"
		fuzz "$(dirname "$file")" "$target"
	done
done
