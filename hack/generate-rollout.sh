# Part of hack/generate.sh: rollouts as in the tutorial's chapter 4, one recorded whole for the demo, others at a moment.
out=pkg/rollout/testdata
ns=rollout-demo
r() { k -n $ns "$@"; }
k delete namespace $ns --ignore-not-found --wait=true >/dev/null
k create namespace $ns >/dev/null
until r get serviceaccount default >/dev/null 2>&1; do sleep 0.2; done

# workload KIND NAME SPEC CONTAINER… writes a manifest whose Pods end fast.
workload() {
	printf 'apiVersion: apps/v1\nkind: %s\nmetadata: {name: %s, namespace: %s}\nspec:\n  selector: {matchLabels: {app: %s}}\n%s\n  template:\n    metadata: {labels: {app: %s}}\n    spec:\n      terminationGracePeriodSeconds: 1\n      containers:\n      - {name: hellok8s, imagePullPolicy: IfNotPresent, %s}\n' "$1" "$2" $ns "$2" "$3" "$2" "$4"
}
# shot FILE REF ARGUMENTS… records how a workload stands.
shot() {
	file=$1
	shift
	keep "$out/$file.ndjson" rollout-watch "$@" -n $ns --watch=false
}
# until_true SECONDS COMMAND… asks until the command says yes.
until_true() {
	patience=$1
	shift
	for _ in $(seq $((patience * 5))); do
		if sh -c "$*"; then return; fi
		sleep 0.2
	done
	echo "after $patience s still not: $*" >&2
	exit 1
}
export KUBECTL_NS="$KK_CLUSTER_KUBECTL -n $ns"

# The tutorial: deploy, scale, a new image with its cause, one that ends at once, back, paused with two changes, resumed.
workload Deployment hellok8s-go-http '  replicas: 2' 'image: "hellok8s:v1"' | k apply -f - >/dev/null
bin/kubectl-kk rollout-watch deploy/hellok8s-go-http -n $ns -o json --stable-for 10m --record "$out/demo.new" >/dev/null 2>&1 &
watcher=$!
r rollout status deployment/hellok8s-go-http --timeout=60s >/dev/null
r scale deployment/hellok8s-go-http --replicas=3 >/dev/null
r rollout status deployment/hellok8s-go-http --timeout=60s >/dev/null
sleep 2
r set image deployment/hellok8s-go-http hellok8s=hellok8s:v2 >/dev/null
r annotate deployment/hellok8s-go-http kubernetes.io/change-cause='image updated to v2' >/dev/null
r rollout status deployment/hellok8s-go-http --timeout=60s >/dev/null
sleep 2
r set image deployment/hellok8s-go-http hellok8s=hellok8s:v2_problem >/dev/null
r annotate --overwrite deployment/hellok8s-go-http kubernetes.io/change-cause='a version that ends at once' >/dev/null
# shellcheck disable=SC2016 # the variable is that of the shell that asks
until_true 60 '$KUBECTL_NS get pods -o "jsonpath={.items[*].status.containerStatuses[0].state.waiting.message}" | grep -q "back-off 20s"'
sleep 3
r rollout undo deployment/hellok8s-go-http >/dev/null
r rollout status deployment/hellok8s-go-http --timeout=60s >/dev/null
sleep 2
r rollout pause deployment/hellok8s-go-http >/dev/null
r set env deployment/hellok8s-go-http MODE=canary >/dev/null
r set resources deployment/hellok8s-go-http --limits=memory=64Mi >/dev/null
sleep 3
shot paused deploy/hellok8s-go-http
r rollout resume deployment/hellok8s-go-http >/dev/null
r rollout status deployment/hellok8s-go-http --timeout=60s >/dev/null
sleep 2
kill -INT $watcher
wait $watcher || true
gzip -9 -n <"$out/demo.new" >testdata/demo-rollout.ndjson.gz
rm "$out/demo.new"

# A version that crashes, while the old one serves.
r set image deployment/hellok8s-go-http hellok8s=hellok8s:v2_problem >/dev/null
# shellcheck disable=SC2016
until_true 60 '$KUBECTL_NS get pods -o "jsonpath={.items[*].status.containerStatuses[0].state.waiting.reason}" | grep -q CrashLoopBackOff'
shot crash deploy/hellok8s-go-http
r rollout undo deployment/hellok8s-go-http >/dev/null
r rollout status deployment/hellok8s-go-http --timeout=60s >/dev/null
r set image deployment/hellok8s-go-http hellok8s=hellok8s:v9 >/dev/null
# shellcheck disable=SC2016
until_true 60 '$KUBECTL_NS get pods -o "jsonpath={.items[*].status.containerStatuses[0].state.waiting.reason}" | grep -q ImagePullBackOff'
shot pull deploy/hellok8s-go-http
r delete deployment hellok8s-go-http --wait=true >/dev/null

# A readiness probe that gets 403, until the deadline; both numbers of the strategy come to 0.
workload Deployment ready '  replicas: 3
  progressDeadlineSeconds: 8
  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: "10%"}}' 'image: "hellok8s:v2"' | k apply -f - >/dev/null
r rollout status deployment/ready --timeout=60s >/dev/null
r patch deployment ready -p '{"spec":{"template":{"spec":{"containers":[{"name":"hellok8s","readinessProbe":{"periodSeconds":1,"httpGet":{"host":"20.1.0.1","port":443,"scheme":"HTTPS","path":"/denied"}}}]}}}}' >/dev/null
# shellcheck disable=SC2016
until_true 60 '$KUBECTL_NS get deployment ready -o "jsonpath={.status.conditions[?(@.type==\"Progressing\")].reason}" | grep -q ProgressDeadlineExceeded'
shot readiness deploy/ready
r delete deployment ready --wait=true >/dev/null

# A quota that leaves no room for one Pod more.
workload Deployment quota '  replicas: 2' 'image: "hellok8s:v2"' | k apply -f - >/dev/null
r rollout status deployment/quota --timeout=60s >/dev/null
r create quota two --hard=pods=2 >/dev/null
# shellcheck disable=SC2016
until_true 30 '$KUBECTL_NS get quota two -o "jsonpath={.status.used.pods}" | grep -q 2'
r set env deployment/quota MODE=new >/dev/null
# shellcheck disable=SC2016
until_true 30 '$KUBECTL_NS get deployment quota -o "jsonpath={.status.conditions[?(@.type==\"ReplicaFailure\")].status}" | grep -q True'
shot quota deploy/quota
r delete quota two >/dev/null
r delete deployment quota --wait=true >/dev/null

# A StatefulSet whose partition holds one Pod, and a Pod that ends at once.
workload StatefulSet db '  replicas: 3
  serviceName: db
  updateStrategy: {rollingUpdate: {partition: 1}}' 'image: "hellok8s:v2"' | k apply -f - >/dev/null
r rollout status statefulset/db --timeout=60s >/dev/null
r set image statefulset/db hellok8s=hellok8s:v1 >/dev/null
r rollout status statefulset/db --timeout=60s >/dev/null
shot partition sts/db
r set image statefulset/db hellok8s=hellok8s:v2_problem >/dev/null
# shellcheck disable=SC2016
until_true 60 '$KUBECTL_NS get pods -o "jsonpath={.items[*].status.containerStatuses[0].state.waiting.reason}" | grep -q CrashLoopBackOff'
r rollout undo statefulset/db >/dev/null
# shellcheck disable=SC2016
until_true 20 'test "$($KUBECTL_NS get statefulset db -o jsonpath={.status.observedGeneration})" = "$($KUBECTL_NS get statefulset db -o jsonpath={.metadata.generation})"'
shot broken sts/db
r delete statefulset db --wait=true >/dev/null

# A DaemonSet that one node does not get, by its selector.
workload DaemonSet agent '' 'image: "hellok8s:v2"' | sed 's/      terminationGrace/      nodeSelector: {kubernetes.io\/hostname: k8s-node1}\n&/' | k apply -f - >/dev/null
r rollout status daemonset/agent --timeout=60s >/dev/null
r set image daemonset/agent hellok8s=hellok8s:v1 >/dev/null
r rollout status daemonset/agent --timeout=60s >/dev/null
shot daemonset ds/agent
k delete namespace $ns --wait=false >/dev/null
go test ./pkg/rollout -run 'TestGolden|TestSchema' -update

# The example of docs/rollout.md is a golden.
awk -v golden=$out/crash.golden.txt '
	/^```$/ { inside = 0 }
	!inside { print }
	/^\$ kubectl kk rollout-watch/ { inside = 1; while ((getline line < golden) > 0) print line }
' docs/rollout.md >docs/rollout.md.new
mv docs/rollout.md.new docs/rollout.md
