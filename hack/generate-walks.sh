# Part of hack/generate.sh: what svcpath reads to follow packets, of a Pod, of an endpoint itself, from outside, of
# anyone, and where a rule of somebody else is in the way.
out=pkg/svcpath/testdata/walks

walks() { # walks FILE ARGUMENTS…
	file=$1
	shift
	keep "$out/$file.json" svcpath "$@"
}

endpoint=$(k get pods -l app=hellok8s -o 'jsonpath={.items[0].metadata.name}')
address=$(k get pod "$endpoint" -o 'jsonpath={.status.podIP}')
walks pod service-hellok8s-clusterip --from pod/curl
walks hairpin service-hellok8s-clusterip --from "pod/$endpoint"
walks outside service-hellok8s-nodeport --from 203.0.113.7 --to-node k8s-node1
walks all service-hellok8s-nodeport --node k8s-node1 --walks

obstruct() { nsenter --net=/run/netns/k8s-node1 iptables "$1" FORWARD -d "$address" -p tcp --dport 3000 -m comment --comment 'no web here' -j DROP; }
trap 'obstruct -D' EXIT
obstruct -I
walks dropped service-hellok8s-clusterip --from pod/curl
obstruct -D
trap - EXIT

go test ./pkg/svcpath -run 'TestGoldenWalks|Schema' -update
for example in pod dropped; do
	awk -v golden=$out/$example.golden.txt -v start="--from pod/curl # $example\$" '
		/^```$/ { inside = 0 }
		!inside { print }
		$0 ~ start && /^\$ / { inside = 1; while ((getline line < golden) > 0) print line }
	' docs/walk.md >docs/walk.md.new
	mv docs/walk.md.new docs/walk.md
done
