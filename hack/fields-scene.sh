# For hack/generate.sh: Services of every type and with every field, as the tests on the cluster have them, until node 1
# has their rules, in whichever mode.
from=test/e2e/testdata
ns=fld-e2e

k apply -f $from/fields-pods.yaml >/dev/null
k -n $ns wait --for=condition=Ready pod/here pod/there pod/numbered --timeout=60s >/dev/null
address() { k -n "$1" get pods $2 -o 'jsonpath={.items[0].status.podIP}'; }
sed "s/\[HERE/[$(address $ns '-l at=here')/; s/\[THERE/[$(address $ns '-l at=there')/; s/\[DNS/[$(address kube-system '-l k8s-app=kube-dns')/
	s/ip: HERE/ip: $(address $ns '-l at=here')/" $from/fields.yaml | k apply -f - >/dev/null 2>&1
while read -r name ingress; do
	k -n $ns patch service "$name" --subresource=status --type=merge -p '{"status":{"loadBalancer":{"ingress":['"$ingress"']}}}' >/dev/null
done <$from/fields-status
until { nsenter --net=/run/netns/k8s-node1 iptables-save; nsenter --net=/run/netns/k8s-node1 nft list table ip kube-proxy 2>/dev/null; } |
	grep -q "$ns/nobody has no endpoints.*192.0.2.111\|192.0.2.111.*$ns/nobody has no endpoints\|192.0.2.111 . "; do sleep 0.3; done
k -n $ns wait --for=jsonpath='{.status.phase}'=Running pod/never --timeout=30s >/dev/null

