#!/bin/sh
# Measures, both sides in one run. The tables go into docs/benchmarks.md.
set -eu
cd "$(dirname "$0")/.."
eval "$("${KK_CACHE:-$PWD/.cache/cluster}/kk-cluster" env)"
KK_BIN="$PWD/bin/kubectl-kk"
export KK_BIN
echo "$(uname -sr), $(nproc) cores, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)"
echo "$(go version), $(iptables --version), $("$KK_CLUSTER_KUBECTL" version | grep Server), $("$KK_BIN" version --client | head -1)"
go run ./hack/bench
echo
go test ./pkg/netfilter/iptables -run '^$' -bench . -benchmem -count 3
