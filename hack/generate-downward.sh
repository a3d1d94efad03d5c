# Part of hack/generate.sh: what downward reads of the tutorial's Pod, and of two others.
out=pkg/downward/testdata
pods="docs/examples/pod_use_downwardAPI.yaml $out/changed.pod.yaml $out/hostile.pod.yaml"
for manifest in $pods; do
	k delete --ignore-not-found --wait=true -f "$manifest" >/dev/null
	k create -f "$manifest" >/dev/null
done
k wait --for=condition=Ready pod/busybox-use-downwardapi pod/web --timeout=60s >/dev/null
keep testdata/demo-downward.json downward busybox-use-downwardapi
keep $out/api-only.json downward busybox-use-downwardapi --via none
keep $out/hostile.json downward hostile
k label pod web --overwrite tier=two >/dev/null
k patch pod web --subresource=resize -p '{"spec":{"containers":[{"name":"app","resources":{"limits":{"cpu":"250m","memory":"96Mi"}}}]}}' >/dev/null
until [ "$(k exec web -c app -- cat /etc/podinfo/tier /etc/podinfo/memory)" = two100663296 ]; do sleep 0.2; done
keep $out/changed.json downward web
for manifest in $pods; do k delete --wait=false -f "$manifest" >/dev/null; done
go test ./pkg/downward -run 'TestGolden|TestSchema' -update

# The example of docs/downward.md is the golden of the demo.
awk -v golden=$out/demo-downward.golden.txt '
	/^```$/ { inside = 0 }
	!inside { print }
	/^\$ kubectl kk downward busybox-use-downwardapi$/ { inside = 1; while ((getline line < golden) > 0) print line }
' docs/downward.md >docs/downward.md.new
mv docs/downward.md.new docs/downward.md
