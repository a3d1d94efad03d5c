# Part of hack/generate.sh: what svcpath reads of kube-proxy's nftables mode, into which the
# cluster is switched for it. Endpoints are made by hand.
out=pkg/svcpath/testdata/nft
ns=nft-rec
mkdir -p $out

manual() { # manual NAME SPEC ADDRESS…
	name=$1 spec=$2
	shift 2
	cat <<-MANIFEST | k apply -f - >/dev/null
	{apiVersion: v1, kind: Namespace, metadata: {name: $ns}}
	---
	{apiVersion: v1, kind: Service, metadata: {name: $name, namespace: $ns}, spec: {$spec ports: [{port: 80}]}}
	---
	apiVersion: discovery.k8s.io/v1
	kind: EndpointSlice
	metadata: {name: $name, namespace: $ns, labels: {kubernetes.io/service-name: $name}}
	addressType: IPv4
	ports: [{port: 8080}]
	endpoints: [$(for address; do printf '{addresses: [%s]},' "$address"; done)]
	MANIFEST
}

# padded NODE: it has a table that is too long to be sent whole, so that only parts of it are asked for.
padded() {
	for family in ip ip6; do
		awk -v table="$family kube-proxy" 'BEGIN {
			print "add set " table " padding { type ipv4_addr; }"
			for (n = 0; n < 10000; n++) printf "add element " table " padding { 198.18.%d.%d comment \"%0120d\" }\n", n / 256, n % 256, n
		}' | nsenter --net="/run/netns/$1" nft -f -
	done
}

listed() { # listed TEXT: node 1 has it in kube-proxy's table
	until nsenter --net=/run/netns/k8s-node1 nft list table ip kube-proxy | grep -q "$1"; do sleep 0.3; done
}

. hack/fields-scene.sh
hack/proxy-mode.sh nftables
trap 'k delete namespace --ignore-not-found --wait=false '$ns' '$fields' >/dev/null; hack/proxy-mode.sh iptables' EXIT
for pid in $(ip netns pids k8s-node1); do
	[ "$(cat "/proc/$pid/comm")" != kube-proxy ] || frozen=$pid
done
manual three '' 192.0.2.1 192.0.2.2 192.0.2.3
manual sticky 'sessionAffinity: ClientIP,' 192.0.2.4 192.0.2.5
manual none 'type: NodePort,'
manual local 'type: NodePort, externalTrafficPolicy: Local,' 192.0.2.6
manual moved '' 192.0.2.7 192.0.2.8
listed 192.0.2.8
for service in sticky none local; do
	keep $out/whole-$service.json svcpath $service -n $ns --node k8s-node1
done
fields_scene
listed '192.0.2.111 . '
for service in lb lb-six lb-far lb-proxy sticky nobody; do
	keep $out/field-$service.json svcpath $service -n $fields --node k8s-node1
done
# Which of the two has the address is chance: the recordings are called by who has it not.
lost=claims-a has=claims-b
! nsenter --net=/run/netns/k8s-node1 nft list map ip kube-proxy service-ips | grep -q '192.0.2.120 .*/claims-a/' || { lost=claims-b has=claims-a; }
keep $out/field-claim-lost.json svcpath $lost -n $fields --node k8s-node1
keep $out/field-claim-kept.json svcpath $has -n $fields --node k8s-node1
padded k8s-node1
padded k8s-master
keep $out/nodeport.json svcpath service-hellok8s-nodeport --node k8s-node1
keep $out/dual.json svcpath service-hellok8s-dual --node k8s-node1
keep $out/dns.json svcpath kube-dns -n kube-system --node k8s-master
for service in three sticky none local; do
	keep $out/$service.json svcpath $service -n $ns --node k8s-node1
done
keep $out/exec.json svcpath sticky -n $ns --node k8s-node1 --via exec
for service in lb sticky; do
	keep $out/part-$service.json svcpath $service -n $fields --node k8s-node1
done
k delete namespace --wait=false $fields >/dev/null
kill -STOP "$frozen"
manual moved '' 192.0.2.8 192.0.2.9
manual unknown '' 192.0.2.9
keep $out/moved.json svcpath moved -n $ns --node k8s-node1
keep $out/unknown.json svcpath unknown -n $ns --node k8s-node1
kill -CONT "$frozen"
k delete namespace --wait=false $ns >/dev/null
hack/proxy-mode.sh iptables
trap - EXIT

go test ./pkg/svcpath -run TestGoldenNFT -update
