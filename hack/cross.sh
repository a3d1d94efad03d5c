#!/bin/sh
# Checks that the program and its tests compile and vet for Windows and macOS, and that it links there. hack/bench and the
# test cluster are for Linux.
set -eu
cd "$(dirname "$0")/.."
CGO_ENABLED=0
export CGO_ENABLED
for os in windows darwin; do
	echo "$os"
	GOOS=$os go vet -trimpath . ./cmd/... ./internal/... ./pkg/... ./test/repo ./hack/release
	GOOS=$os go build -trimpath -o /dev/null ./cmd/kubectl-kk
done
