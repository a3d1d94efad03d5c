#!/bin/sh
# Records what real kernels and both kinds of iptables print of kube-proxy's rules: on a node of the running test
# cluster, and of the same rules in the legacy kind in a network namespace of its own. Needs root.
set -eu
cd "$(dirname "$0")"
node() { nsenter --net=/run/netns/k8s-node1 -- "$@"; }
scratch=kk-record-$$
ip netns add "$scratch"
trap 'ip netns delete "$scratch"' EXIT
legacy() { nsenter --net=/run/netns/"$scratch" -- "$@"; }

for family in iptables ip6tables; do
	node $family-nft-save -c >$family-nft.save
	node $family-nft -t nat -v -S >$family-nft.nat.list
	# The counter that an nfacct match names does not exist in the new namespace.
	node $family-nft-save -c | grep -v -- '-m nfacct' | legacy $family-legacy-restore -c
	legacy $family-legacy-save -c >$family-legacy.save
	legacy $family-legacy -t nat -v -S >$family-legacy.nat.list
done
