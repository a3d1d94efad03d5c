#!/bin/sh
# Writes anew what follows from the commands, plugins.yaml and the recordings: rbac/, docs/reference/, the tables of
# README and the picture. It needs no cluster. Tests say when it is due.
set -eu
cd "$(dirname "$0")/.."
mkdir -p rbac docs/reference
go test ./cmd/kubectl-kk -run TestGenerated -update
