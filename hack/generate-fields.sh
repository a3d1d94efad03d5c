# Part of hack/generate.sh: what svcpath reads of Services of every type and with every field.
out=pkg/svcpath/testdata
. hack/fields-scene.sh
ns=$fields

trap 'k delete namespace --ignore-not-found --wait=false '$ns' >/dev/null' EXIT
fields_scene
until nsenter --net=/run/netns/k8s-node1 iptables-save | grep -q "$ns/nobody has no endpoints.*192.0.2.111\|192.0.2.111.*$ns/nobody has no endpoints"; do sleep 0.3; done

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
