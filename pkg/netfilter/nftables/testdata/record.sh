#!/bin/sh
# Records how nft prints rules: loads each *.commands into the kernel, in a network namespace that
# ends with the command, and keeps what nft list ruleset, nft -j list ruleset and nft -a -nn list ruleset say. maps.commands
# is what kube-proxy 1.37 wrote for six Services in both families; endpoints.commands has them in the layout of
# 1.33 to 1.35, with a chain for each endpoint. Needs root.
set -eu
cd "$(dirname "$0")"
for input in *.commands; do
	unshare --net sh -c "nft -f $input && nft list ruleset" >"${input%.commands}.list"
	unshare --net sh -c "nft -f $input && nft -j list ruleset" >"${input%.commands}.json"
done
# With a handle behind each thing, and with numbers for names.
unshare --net sh -c "nft -f maps.commands && nft -a -nn list ruleset" >maps.numeric
