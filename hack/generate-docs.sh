#!/bin/sh
# Writes anew what follows from the commands, plugins.yaml and the recordings: rbac/, docs/reference/, the
# picture, and in the pages the table of commands and the outputs of blocks that are called console. No cluster is needed.
# Tests say when it is due.
set -eu
cd "$(dirname "$0")/.."
mkdir -p rbac docs/reference
go test ./cmd/kubectl-kk -run "TestGenerated|TestVersionForPrograms" -update
go test ./pkg/access -run TestGolden -update
