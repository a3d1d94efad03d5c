# Part of hack/generate.sh: what svcpath reads of Services of every type and with every field.
out=pkg/svcpath/testdata
from=test/e2e/testdata
ns=fld-e2e

trap 'k delete namespace --ignore-not-found --wait=false '$ns' >/dev/null' EXIT
k apply -f $from/fields-pods.yaml >/dev/null
k -n $ns wait --for=condition=Ready pod/here pod/there pod/numbered --timeout=60s >/dev/null
address() { k -n "$1" get pods $2 -o 'jsonpath={.items[0].status.podIP}'; }
sed "s/\[HERE/[$(address $ns '-l at=here')/; s/\[THERE/[$(address $ns '-l at=there')/; s/\[DNS/[$(address kube-system '-l k8s-app=kube-dns')/
	s/ip: HERE/ip: $(address $ns '-l at=here')/" $from/fields.yaml | k apply -f - >/dev/null 2>&1
while read -r name ingress; do
	k -n $ns patch service "$name" --subresource=status --type=merge -p '{"status":{"loadBalancer":{"ingress":['"$ingress"']}}}' >/dev/null
done <$from/fields-status
until nsenter --net=/run/netns/k8s-node1 iptables-save | grep -q "$ns/nobody has no endpoints.*192.0.2.111\|192.0.2.111.*$ns/nobody has no endpoints"; do sleep 0.3; done
k -n $ns wait --for=jsonpath='{.status.phase}'=Running pod/never --timeout=30s >/dev/null

for name in lb lb-far lb-proxy lb-six lb-noport lb-pending ext-far sticky inside-far close zoned hand legacy misnamed wrong-family numbers \
	published nobody streams claims-a names names-none alias alias-ip; do
	keep $out/field-$name.json svcpath $name -n $ns --node k8s-node1
done
k delete namespace --wait=false $ns >/dev/null
trap - EXIT

go test ./pkg/svcpath -run 'TestGolden|Schema' -update
for name in lb close names claims-a; do
	awk -v golden=$out/field-$name.golden.txt -v start="svc/$name " '
		/^```$/ { inside = 0 }
		!inside { print }
		index($0, start) && /^\$ / { inside = 1; while ((getline line < golden) > 0) print line }
	' docs/svcpath.md >docs/svcpath.md.new
	mv docs/svcpath.md.new docs/svcpath.md
done
