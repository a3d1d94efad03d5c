#!/bin/sh
# Every test there is: sets up what they need, and says at the end what ran.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

if [ "$(id -u)" != 0 ] || [ "$(uname -s)" != Linux ]; then
	echo "make test needs Linux and root, for the test cluster; make unit runs the tests that need neither." >&2
	exit 1
fi

say "packages"
hack/packages.sh

say "tests without a cluster"
go vet ./...
go vet -tags e2e ./test/e2e
go test ./...

say "fuzzing what reads the rules of nodes"
FUZZTIME=20s hack/fuzz.sh pkg/netfilter pkg/node pkg/walk

say "comparison with the real kube-proxy code"
(cd test/oracle && go vet ./... && go test ./...)

say "comparison with the real resolvers of glibc, musl and Go"
(cd test/oracle && go vet -tags resolver ./resolver && go test -tags resolver -count=1 -timeout 10m ./resolver)

say "the test cluster"
(cd test/cluster && go vet -tags cluster ./... && go test ./...)
make --no-print-directory build cluster

say "stopping it, half-way and whole"
KK_CACHE=${KK_CACHE:-$PWD/.cache/cluster}
export KK_CACHE
(cd test/cluster && go test -tags cluster -count=1 -timeout 40m -run TestDown .)
make --no-print-directory cluster

say "tests on the test cluster"
hack/e2e.sh

say "what is asked of a node, with kube-proxy in nftables mode"
hack/proxy-mode.sh nftables
trap 'hack/proxy-mode.sh iptables' EXIT
hack/e2e.sh -run "$(cat test/e2e/both-modes)"
hack/proxy-mode.sh iptables
trap - EXIT
say "all tests passed"
