//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// manyServices is how many there are in a namespace that is full.
const manyServices = 2500

// fill creates Services of several ports each, which kube-proxy leaves alone: this test is
// about the kubelet.
func fill(t *testing.T, namespace string, ports int) {
	t.Helper()
	client := api(t)
	var spec []corev1.ServicePort
	for i := range ports {
		spec = append(spec, corev1.ServicePort{Name: fmt.Sprintf("port-number-%d", i), Port: int32(10000 + i)})
	}
	work, failed := make(chan int), make(chan error, manyServices)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := range work {
				svc := &corev1.Service{
					ObjectMeta: metav1.ObjectMeta{
						Name: fmt.Sprintf("one-of-many-services-%04d", i), Labels: map[string]string{"service.kubernetes.io/service-proxy-name": "none"},
					},
					Spec: corev1.ServiceSpec{Ports: spec},
				}
				if _, err := client.CoreV1().Services(namespace).Create(context.Background(), svc, metav1.CreateOptions{}); err != nil {
					failed <- err
				}
			}
		})
	}
	for i := range manyServices {
		work <- i
	}
	close(work)
	wg.Wait()
	close(failed)
	for err := range failed {
		t.Fatalf("create a Service: %v", err)
	}
}

// TestEnvFull fills a namespace with Services: the answer says that the container will not
// start again while it still runs, and then it does not. A Pod without the variables does.
func TestEnvFull(t *testing.T) {
	const ns = "kk-env-full"
	envNamespace(t, ns)
	pod, off := envPod(ns, "web"), false
	running(t, pod)
	before := environment(t, 0, "web", "-n", ns)
	agreesWithProcess(t, before)
	if before.Size.StackFrom != "/proc/1/limits" || before.Size.Arguments == nil {
		t.Errorf("the limit and the arguments were to be read in the container: %+v", before.Size)
	}
	// A port gives five variables of some 60 bytes, and a pointer each.
	ports := 1 + int(before.Size.Limit)/manyServices/(5*60)
	fill(t, ns, ports)

	got := kk(t, "env", "web", "-n", ns)
	first, _, _ := strings.Cut(got.stdout, "\n")
	if got.exit != 2 || !strings.Contains(first, "will not start again") {
		t.Fatalf("exit %d, %s\n%s", got.exit, first, got.stderr)
	}
	v := environment(t, 2, "web", "-n", ns)
	agreesWithProcess(t, v)
	f := envFinding(t, v, explain.EnvironmentTooLarge)
	t.Logf("%d Services of %d ports: %s", manyServices, ports, f.Args)
	if len(v.Services) != manyServices+1 || f.Severity != explain.Error || int64(v.Size.AfterRestart.Total) <= v.Size.Limit {
		t.Errorf("%d Services, %+v, %+v", len(v.Services), f, v.Size)
	}
	if phase := kubectl(t, "get", "pod", "-n", ns, "web", "-o", "jsonpath={.status.containerStatuses[0].state.running.startedAt}"); phase == "" {
		t.Fatal("the container does not run any more, so this was no prediction")
	}

	endProcess(t, ns, "web")
	eventually(t, 180*time.Second, "the container does not start: argument list too long", func() bool {
		started := kubectl(t, "get", "pod", "-n", ns, "web", "-o", "jsonpath={.status.containerStatuses[0].state.running.startedAt}")
		return started == "" && tooLong(t, ns, "web")
	})
	// What does not run cannot be read, and is still told.
	v = environment(t, 2, "web", "-n", ns)
	envFinding(t, v, explain.EnvironmentTooLarge)
	envFinding(t, v, explain.EnvironmentNotRead)

	without := envPod(ns, "without")
	without.Spec.EnableServiceLinks = &off
	running(t, without)
	agreesWithProcess(t, environment(t, 0, "without", "-n", ns))
}

// tooLong says whether the runtime has refused a container for its environment: in the
// Pod's status, in an event, or in the log of the container, by versions of runc.
func tooLong(t *testing.T, namespace, pod string) bool {
	t.Helper()
	said := kubectl(t, "get", "pod", "-n", namespace, pod, "-o", "json") + kubectl(t, "get", "events", "-n", namespace, "-o", "json") +
		run(t, nil, kubectlPath(), "logs", "-n", namespace, pod, "-c", "app").stdout
	return strings.Contains(strings.ToLower(said), "argument list too long")
}

// TestEnvFits is the other side: a container that is said to fit, near the limit, starts
// again, and one byte decides for a single variable.
func TestEnvFits(t *testing.T) {
	const ns = "kk-env-fits"
	envNamespace(t, ns)
	// 128 KiB with name, equals sign and end: one byte more is too long.
	const most = 128<<10 - len("LONG=") - 1
	apply(t, configMap(ns, "fits", most))
	apply(t, configMap(ns, "not", most+1))
	for name, exit := range map[string]int{"fits": 0, "not": 2} {
		pod := envPod(ns, name)
		pod.Spec.Containers[0].EnvFrom = []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}}}}
		created(t, pod)
		if exit == 0 {
			kubectl(t, "wait", "--for=condition=Ready", "pod/"+name, "-n", ns, "--timeout=60s")
			agreesWithProcess(t, environment(t, 0, name, "-n", ns))
			continue
		}
		eventually(t, 120*time.Second, "the container does not start: argument list too long", func() bool { return tooLong(t, ns, name) })
		envFinding(t, environment(t, exit, name, "-n", ns), explain.StringTooLong)
	}
}

// configMap has one key LONG of so many bytes.
func configMap(namespace, name string, length int) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + ", namespace: " + namespace + "}\ndata: {LONG: " + strings.Repeat("x", length) + "}\n"
}
