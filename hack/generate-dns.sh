# Part of hack/generate.sh: what dns reads of Pods: a file, names with the replies of the servers, and traps.
out=pkg/dns/testdata/recordings
mkdir -p $out
manifest=$out/traps.yaml
k apply -f $manifest >/dev/null
k -n kk-dns wait --for=condition=Ready pod/web --timeout=60s >/dev/null
keep $out/pod.json dns curl
keep $out/live.json dns deploy/hellok8s-go-http kube-dns.kube-system www.example.com --live
keep $out/computed.json dns curl hellok8s --via none
keep $out/traps.json dns web address only-there web -n kk-dns --live
keep $out/policy.json dns web -n kk-dns
k delete --wait=false -f $manifest >/dev/null
go test ./pkg/dns -run 'TestGolden|TestRecordings|TestSchema' -update
for example in pod live; do
	awk -v golden=$out/$example.golden.txt -v start="$(case $example in pod) echo 'kk dns curl$' ;; live) echo 'kk dns deploy/.* --live$' ;; esac)" '
		/^```$/ { inside = 0 }
		!inside { print }
		$0 ~ start && /^\$ / { inside = 1; while ((getline line < golden) > 0) print line }
	' docs/dns.md >docs/dns.md.new
	mv docs/dns.md.new docs/dns.md
done
