#!/bin/sh
# Records on the test cluster what the tests and the demo replay, and rewrites the goldens that follow from it.
set -eu
cd "$(dirname "$0")/.."
eval "$("${KK_CACHE:-$PWD/.cache/cluster}/kk-cluster" env)"
k() { "$KK_CLUSTER_KUBECTL" "$@"; }

# keep FILE COMMAND ARGUMENTS… keeps what a command reads. Exit 2 is an answer too.
keep() {
	file=$1
	shift
	echo "recording $file"
	bin/kubectl-kk "$@" --record "$file.new" >/dev/null || [ $? = 2 ]
	mv "$file.new" "$file"
}

# A run for one command is enough where only that one changed: hack/generate.sh downward.
case ${1-all} in
downward | all) . hack/generate-downward.sh ;;
esac
case ${1-all} in
env | all) . hack/generate-env.sh ;;
esac
case ${1-all} in
dns | all) . hack/generate-dns.sh ;;
esac
case ${1-all} in
rollout | all) . hack/generate-rollout.sh ;;
esac
case ${1-all} in
nodes | all) . hack/generate-nodes.sh ;;
esac
case ${1-all} in
walks | all) . hack/generate-walks.sh ;;
esac
case ${1-all} in
nft | all) . hack/generate-nft.sh ;;
esac
case ${1-all} in
fields | all) . hack/generate-fields.sh ;;
esac
case ${1-all} in
svcpath | all) ;;
*) exit 0 ;;
esac

out=pkg/svcpath/testdata
record() { # record FILE ARGUMENTS…
	file=$1
	shift
	keep "$file" svcpath "$@"
}

settled() { # settled REPLICAS: as many Pods and endpoints as asked for
	k rollout status deployment/hellok8s-go-http --timeout=90s >/dev/null
	until [ "$(k get endpointslices -l kubernetes.io/service-name=service-hellok8s-clusterip -o 'jsonpath={.items[*].endpoints[*].addresses[0]}' | wc -w)" = "$1" ] &&
		[ "$(k get pods -l app=hellok8s --no-headers | wc -l)" = "$1" ]; do sleep 0.2; done
}

service() { # service NAME SELECTOR PORT
	printf 'apiVersion: v1\nkind: Service\nmetadata: {name: %s}\nspec: {selector: %s, ports: [%s]}\n' "$1" "$2" "$3"
}

proxy=""
for pid in $(ip netns pids k8s-node1); do
	[ "$(cat "/proc/$pid/comm")" != kube-proxy ] || proxy=$pid
done
trap 'kill -CONT $proxy; service no-match "{}" "{port: 80}" | k delete --ignore-not-found -f - >/dev/null; k scale deployment/hellok8s-go-http --replicas=2 >/dev/null' EXIT

k scale deployment/hellok8s-go-http --replicas=2 >/dev/null
settled 2
# Fresh Pods, so that the counters of their rules begin at zero.
k rollout restart deployment/hellok8s-go-http >/dev/null
settled 2
until bin/kubectl-kk svcpath service-hellok8s-clusterip >/dev/null; do sleep 0.5; done
k exec curl -- sh -c 'for i in 1 2 3 4 5 6; do curl -s 20.1.120.16:3000; done' >/dev/null

record testdata/demo.json service-hellok8s-clusterip
record $out/nodeport.json service-hellok8s-nodeport
record $out/dual.json service-hellok8s-dual
record $out/headless.json service-hellok8s-headless
record $out/externalname.json service-hellok8s-externalname
record $out/externalip.json service-hellok8s-externalip
record $out/kubernetes.json kubernetes
record $out/dns.json kube-dns -n kube-system --node k8s-master
record $out/exec.json hellok8s --via exec
record $out/api-only.json hellok8s --via none

service no-match '{app: nobody}' '{port: 80}' | k apply -f - >/dev/null
until nsenter --net=/run/netns/k8s-node1 iptables -t filter -S KUBE-SERVICES | grep -q 'default/no-match has no endpoints'; do sleep 0.2; done
record $out/no-match.json no-match --node k8s-node1

kill -STOP "$proxy"
k scale deployment/hellok8s-go-http --replicas=3 >/dev/null
settled 3
record $out/missing.json service-hellok8s-clusterip --node k8s-node1
k scale deployment/hellok8s-go-http --replicas=1 >/dev/null
settled 1
record $out/stale.json service-hellok8s-clusterip --node k8s-node1
kill -CONT "$proxy"

go test ./pkg/svcpath -run TestGolden -update

# README and the pages show what these recordings answer.
hack/generate-docs.sh
