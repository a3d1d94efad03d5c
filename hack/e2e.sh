#!/bin/sh
# Runs the tests on the test cluster that is up. Arguments go to go test, such as -run TestFreeze -v.
set -eu
cd "$(dirname "$0")/.."
eval "$("${KK_CACHE:-$PWD/.cache/cluster}/kk-cluster" env)"
KK_BIN="$PWD/bin/kubectl-kk"
export KK_BIN
exec go test -tags e2e -count=1 -timeout 60m "$@" ./test/e2e
