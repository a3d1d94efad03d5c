# Part of hack/generate.sh: what env reads of a Pod while Services come, go and change, and of one without the variables.
out=pkg/svcenv/testdata
manifest=$out/services.pod.yaml
k delete --ignore-not-found --wait=true -f "$manifest" >/dev/null
k create namespace kk-shop --dry-run=client -o yaml | k apply -f - >/dev/null
until k -n kk-shop get serviceaccount default >/dev/null 2>&1; do sleep 0.2; done
env_service() { # env_service NAME PORTS
	printf 'apiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: kk-shop}\nspec: {ports: [%s]}\n' "$1" "$2" | k apply -f - >/dev/null
}
env_service redis '{name: redis, port: 6379}'
env_service gone '{port: 80}'
env_service cart '{name: http, port: 80}, {name: dns, port: 53, protocol: UDP}'
k create -f "$manifest" >/dev/null
k -n kk-shop wait --for=condition=Ready pod/web pod/without --timeout=60s >/dev/null
# The kubelet hears of Services a moment after the API server: until it has, the container is started anew.
until k -n kk-shop exec web -c app -- env | grep -q '^CART_PORT=' && k -n kk-shop exec web -c app -- env | grep -q '^GONE_PORT='; do
	k -n kk-shop delete pod web --wait=true >/dev/null
	k create -f "$manifest" >/dev/null 2>&1 || true
	k -n kk-shop wait --for=condition=Ready pod/web --timeout=60s >/dev/null
done
keep $out/same.json env web -n kk-shop
env_service late '{name: http, port: 8000}'
k -n kk-shop delete service gone >/dev/null
k -n kk-shop patch service redis --type=json -p '[{"op":"replace","path":"/spec/ports/0/port","value":6380}]' >/dev/null
keep $out/changed.json env web -n kk-shop
keep $out/api-only.json env web -n kk-shop --via none
keep $out/links-off.json env without -n kk-shop
k delete namespace kk-shop --wait=false >/dev/null
go test ./pkg/svcenv -run 'TestGolden|TestText|TestSchema' -update
