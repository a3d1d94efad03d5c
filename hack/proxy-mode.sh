#!/bin/sh
# Has kube-proxy of the running test cluster use another mode: hack/proxy-mode.sh iptables|nftables.
# It returns when every node has the rules of that mode, and none of the other's.
set -eu
cd "$(dirname "$0")/.."
eval "$("${KK_CACHE:-$PWD/.cache/cluster}/kk-cluster" env)"
k() { "$KK_CLUSTER_KUBECTL" -n kube-system "$@"; }

case ${1-} in
iptables | nftables) ;;
*)
	echo "usage: hack/proxy-mode.sh iptables|nftables" >&2
	exit 1
	;;
esac

# onnodes COMMAND…: whether it succeeds on both nodes.
onnodes() {
	for node in k8s-master k8s-node1; do
		nsenter --net="/run/netns/$node" "$@" >/dev/null 2>&1 || return 1
	done
}
ruled() {
	case $1 in
	nftables) onnodes nft list chain ip kube-proxy services && ! onnodes iptables -t nat -S KUBE-MARK-MASQ ;;
	iptables) onnodes iptables -t nat -S KUBE-MARK-MASQ && ! onnodes nft list chain ip kube-proxy services ;;
	esac
}

k get configmap kube-proxy -o yaml | sed -E "s/^( *mode: )\"(iptables|nftables)\"/\1\"$1\"/" | k replace -f - >/dev/null
k rollout restart daemonset/kube-proxy >/dev/null
k rollout status daemonset/kube-proxy --timeout=90s >/dev/null
tries=0
until ruled "$1"; do
	tries=$((tries + 1))
	[ "$tries" -lt 300 ] || { echo "the rules of mode $1 are not on both nodes after 60 s" >&2; exit 1; }
	sleep 0.2
done
