# Part of hack/generate.sh: what svcpath reads of many nodes, and of connections. Endpoints
# are made by hand, so that no Pod has to come or go while kube-proxy is stopped.
out=pkg/svcpath/testdata
ns=nodes-rec

byhand() { # byhand NAME PROTOCOL PORT ADDRESS
	cat <<-MANIFEST | k apply -f - >/dev/null
	{apiVersion: v1, kind: Namespace, metadata: {name: $ns}}
	---
	{apiVersion: v1, kind: Service, metadata: {name: $1, namespace: $ns}, spec: {ports: [{port: $3, protocol: $2}]}}
	---
	apiVersion: discovery.k8s.io/v1
	kind: EndpointSlice
	metadata: {name: $1, namespace: $ns, labels: {kubernetes.io/service-name: $1}}
	addressType: IPv4
	ports: [{port: ${3}0, protocol: $2}]
	endpoints: [{addresses: [$4]}]
	MANIFEST
}

onnode() { # onnode NODE COMMAND…
	net=/run/netns/$1
	shift
	nsenter --net="$net" "$@"
}

ruled() { # ruled NODE NAME ADDRESS: the node has the rules
	until onnode "$1" iptables-save -t nat | grep -q "$ns/$2 -> $3"; do sleep 0.3; done
}

for pid in $(ip netns pids k8s-node1); do
	[ "$(cat "/proc/$pid/comm")" != kube-proxy ] || frozen=$pid
done
trap 'kill -CONT $frozen; k delete namespace --ignore-not-found --wait=false '$ns' >/dev/null' EXIT

k exec curl -- sh -c 'for i in 1 2 3; do curl -s service-hellok8s-clusterip:3000; done' >/dev/null
keep $out/connections/tcp.json svcpath service-hellok8s-clusterip --node k8s-node1 --conntrack

byhand many TCP 80 192.0.2.1
byhand syslog UDP 514 20.2.35.250
ruled k8s-node1 many 192.0.2.1
ruled k8s-node1 syslog 20.2.35.250
address=$(k -n $ns get service syslog -o 'jsonpath={.spec.clusterIP}')
onnode k8s-node1 bash -c "for i in 1 2 3; do echo hello >/dev/udp/$address/514; done"
kill -STOP "$frozen"
byhand many TCP 80 192.0.2.2
byhand syslog UDP 514 20.2.35.251
ruled k8s-master many 192.0.2.2
keep $out/nodes/stale.json svcpath many -n $ns --all-nodes
keep $out/connections/gone.json svcpath syslog -n $ns --node k8s-node1 --conntrack
kill -CONT "$frozen"
k delete namespace --wait=false $ns >/dev/null
trap - EXIT

go test ./pkg/svcpath -run 'TestGolden|Schema' -update
for example in nodes/stale connections/gone; do
	awk -v golden=$out/$example.golden.txt -v start="$(case $example in nodes/*) echo 'nodes-rec --all-nodes$' ;; *) echo '--conntrack$' ;; esac)" '
		/^```$/ { inside = 0 }
		!inside { print }
		$0 ~ start && /^\$ / { inside = 1; while ((getline line < golden) > 0) print line }
	' docs/nodes.md >docs/nodes.md.new
	mv docs/nodes.md.new docs/nodes.md
done
