#!/usr/bin/env bash
# Checks format and style, and that it compiles for Windows and macOS. The linter is built from source, pinned, into bin/.
set -euo pipefail
cd "$(dirname "$0")/.."

GOLANGCI=v2.15.0
unformatted=$(git ls-files '*.go' | xargs gofmt -l)
if [ -n "$unformatted" ]; then
	echo "not formatted (run gofmt -w): $unformatted" >&2
	exit 1
fi
for module in . test/cluster test/oracle; do
	(cd "$module" && go vet ./...)
done
if ! bin/golangci-lint version 2>/dev/null | grep -q "${GOLANGCI#v}"; then
	GOBIN="$PWD/bin" go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$GOLANGCI"
fi
bin/golangci-lint run ./...
hack/cross.sh
