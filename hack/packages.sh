#!/bin/sh
# Installs the Debian packages that the tests need, most of them for the test cluster, if any is missing.
set -eu
packages="containerd runc containernetworking-plugins iptables nftables iproute2 conntrack util-linux procps curl grep dash coreutils hostname libc-bin libc6-dev gcc musl-tools bind9-dnsutils mount ca-certificates tmux bash-completion zsh fish graphviz"

missing=""
for package in $packages; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # one word for each package
apt-get install -y -qq --no-install-recommends $missing >/dev/null
