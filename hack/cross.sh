#!/bin/sh
# Checks that everything, tests too, compiles and vets for Windows and macOS, and that the program links there.
set -eu
cd "$(dirname "$0")/.."
CGO_ENABLED=0
export CGO_ENABLED
for os in windows darwin; do
	echo "$os"
	GOOS=$os go vet -trimpath ./...
	GOOS=$os go build -trimpath -o /dev/null ./cmd/kubectl-kk
done
