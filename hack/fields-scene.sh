# Part of hack/generate-fields.sh and hack/generate-nft.sh: Services of every type and with every field.
fields=fld-e2e

address() { k -n "$1" get pods $2 -o 'jsonpath={.items[0].status.podIP}'; }

fields_scene() {
	from=test/e2e/testdata
	k apply -f $from/fields-pods.yaml >/dev/null
	k -n $fields wait --for=condition=Ready pod/here pod/there pod/numbered --timeout=60s >/dev/null
	sed "s/\[HERE/[$(address $fields '-l at=here')/; s/\[THERE/[$(address $fields '-l at=there')/; s/\[DNS/[$(address kube-system '-l k8s-app=kube-dns')/
		s/ip: HERE/ip: $(address $fields '-l at=here')/" $from/fields.yaml | k apply -f - >/dev/null 2>&1
	while read -r name ingress; do
		k -n $fields patch service "$name" --subresource=status --type=merge -p '{"status":{"loadBalancer":{"ingress":['"$ingress"']}}}' >/dev/null
	done <$from/fields-status
	k -n $fields wait --for=jsonpath='{.status.phase}'=Running pod/never --timeout=30s >/dev/null
}
