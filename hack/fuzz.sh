#!/usr/bin/env bash
# Runs every native fuzz target for FUZZTIME (30s unless set).
set -euo pipefail
cd "$(dirname "$0")/.."

grep -rlE '^func Fuzz' --include='*_test.go' pkg internal cmd | sort | while read -r file; do
	for target in $(grep -oE '^func Fuzz[A-Za-z0-9]+' "$file" | cut -d' ' -f2); do
		echo "== $target ($(dirname "$file"))"
		go test "./$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-30s}" -fuzzminimizetime 2s
	done
done
