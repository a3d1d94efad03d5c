//go:build e2e

package e2e

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/downward"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

const second = time.Second

// created makes a Pod without waiting for it.
func created(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	client := api(t)
	if _, err := client.CoreV1().Pods(pod.Namespace).Create(context.Background(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		kubectl(t, "delete", "pod", pod.Name, "-n", pod.Namespace, "--ignore-not-found", "--wait=true")
	})
}

// value is the value of a field in a view, by env where it can be had so.
func value(t *testing.T, v *downward.View, field string) downward.Value {
	t.Helper()
	i := slices.IndexFunc(v.Fields, func(f downward.Field) bool { return f.Field == field })
	if i < 0 {
		t.Fatalf("no field %s", field)
	}
	if v.Fields[i].Env.Value != nil {
		return *v.Fields[i].Env.Value
	}
	return *v.Fields[i].Volume.Value
}

// TestDownwardPodOnNoNode: what only a node decides is said to be not known.
func TestDownwardPodOnNoNode(t *testing.T) {
	pod := simple("kk-nowhere")
	pod.Spec.NodeSelector = map[string]string{"kk": "nowhere"}
	created(t, pod)
	v := view(t, 0, "kk-nowhere")
	for _, field := range []string{"spec.nodeName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs", "limits.cpu"} {
		if got := value(t, v, field); got.State != downward.NotScheduled || got.Text != "" {
			t.Errorf("%s: %+v", field, got)
		}
	}
	if v.Object.Version != "v1.37.2" && !strings.HasPrefix(v.Object.Version, "v1.3") {
		t.Errorf("the version is %q", v.Object.Version)
	}
	if out := kk(t, "downward", "kk-nowhere").stdout; strings.Count(out, "<not scheduled>") < 6 || !strings.Contains(out, "on no node yet") {
		t.Errorf("the table does not say that the Pod is not scheduled:\n%s", out)
	}
}

// TestDownwardFinishedPod: its container is gone, and its values are computed.
func TestDownwardFinishedPod(t *testing.T) {
	pod := simple("kk-finished")
	pod.Spec.RestartPolicy, pod.Spec.Containers[0].Command = corev1.RestartPolicyNever, []string{"sh", "-c", ":"}
	created(t, pod)
	eventually(t, 60*second, "the Pod has finished", func() bool {
		return kubectl(t, "get", "pod", "kk-finished", "-o", "jsonpath={.status.phase}") == "Succeeded"
	})
	v := view(t, 0, "kk-finished")
	if !slices.Contains(found(v), explain.ContainerNotRead) || v.Uses[0].Status != downward.NotRead || v.Uses[0].Should.Text != "kk-finished" {
		t.Errorf("findings %v, %+v", found(v), v.Uses[0])
	}
}

// TestDownwardDeletedMeanwhile: the Pod goes away after it was read, and before its
// container is.
func TestDownwardDeletedMeanwhile(t *testing.T) {
	pod := simple("kk-deleted")
	running(t, pod)
	between := &recorder{before: func(req *http.Request) {
		if strings.HasSuffix(req.URL.Path, "/exec") {
			kubectl(t, "delete", "pod", "kk-deleted", "--ignore-not-found", "--wait=true")
		}
	}}
	got := as(t, between.inFrontOfAPI(t), "downward", "kk-deleted", "-o", "json")
	v := viewFrom(t, 0, got)
	i := slices.IndexFunc(v.Findings, func(f explain.Finding) bool { return f.Code == explain.ContainerNotRead })
	if i < 0 || !strings.Contains(v.Findings[i].Args["reason"], "deleted meanwhile") || v.Uses[0].Should.Text != "kk-deleted" {
		t.Errorf("findings %+v, %+v", v.Findings, v.Uses[0])
	}
}

// TestDownwardContainerThatIsNotThere: the API server takes the Pod, and it never starts.
func TestDownwardContainerThatIsNotThere(t *testing.T) {
	pod := withUses([]downward.Field{{Field: "limits.cpu", Group: downward.Resources, Container: "nobody"}}, nil)
	pod.Name, pod.Namespace = "kk-nobody", "default"
	created(t, pod)
	eventually(t, 60*second, "the container waits", func() bool {
		return kubectl(t, "get", "pod", "kk-nobody", "-o", "jsonpath={.status.containerStatuses[0].state.waiting.reason}") == "CreateContainerConfigError"
	})
	if v := view(t, 2, "kk-nobody"); !slices.Contains(found(v), explain.ContainerAbsent) {
		t.Errorf("findings %v", found(v))
	}
}

// TestDownwardNoShell: hellok8s is one static program, as many images are.
func TestDownwardNoShell(t *testing.T) {
	pod := simple("kk-no-shell")
	pod.Spec.Containers[0].Image = "hellok8s:v3"
	running(t, pod)
	v := view(t, 0, "kk-no-shell")
	i := slices.IndexFunc(v.Findings, func(f explain.Finding) bool { return f.Code == explain.ContainerNotRead })
	if i < 0 || !strings.Contains(v.Findings[i].Args["reason"], "no sh and cat") || v.Uses[0].Status != downward.NotRead {
		t.Errorf("findings %+v, %+v", v.Findings, v.Uses[0])
	}
}

// TestDownwardMistypedKey: nothing in Kubernetes says that the value is empty.
func TestDownwardMistypedKey(t *testing.T) {
	pod := withUses([]downward.Field{{Field: "metadata.labels['teir']"}}, []downward.Field{{Field: "metadata.annotations['Note']"}})
	pod.Name, pod.Namespace = "kk-mistyped", "default"
	pod.Labels, pod.Annotations = map[string]string{"tier": "web"}, map[string]string{"note": "x"}
	running(t, pod)
	v := view(t, 0, "kk-mistyped")
	holds(t, v)
	near := []string{}
	for _, f := range v.Findings {
		if f.Code == explain.KeyMissing {
			near = append(near, f.Args["near"])
		}
	}
	if len(near) != 2 || near[0] != "tier" || !strings.HasPrefix(near[1], "note") || v.Uses[0].Should.Text != "" {
		t.Errorf("near %q, %+v", near, v.Uses[0])
	}
}

// TestDownwardLargeAnnotation: cut in the table, whole in JSON.
func TestDownwardLargeAnnotation(t *testing.T) {
	pod := simple("kk-large")
	large := strings.Repeat("0123456789abcdef", 200<<10/16)
	pod.Annotations = map[string]string{"large": large}
	pod.Spec.Volumes[0].DownwardAPI.Items = append(pod.Spec.Volumes[0].DownwardAPI.Items, corev1.DownwardAPIVolumeFile{
		Path: "large", FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.annotations['large']"},
	})
	created(t, pod)
	kubectl(t, "wait", "--for=condition=Ready", "pod/kk-large", "--timeout=60s")
	v := view(t, 0, "kk-large")
	holds(t, v)
	if got := value(t, v, "metadata.annotations['large']").Text; got != large {
		t.Errorf("%d bytes in JSON, want %d", len(got), len(large))
	}
	for line := range strings.Lines(kk(t, "downward", "kk-large").stdout) {
		if len(line) > 400 {
			t.Errorf("a line of %d bytes in the table", len(line))
		}
	}
}

// TestDownwardOtherNamespaceAndAbsent: the names that there are instead.
func TestDownwardOtherNamespaceAndAbsent(t *testing.T) {
	if v := view(t, 0, "deploy/coredns", "-n", "kube-system"); v.Object.Namespace != "kube-system" || !strings.HasPrefix(v.Object.Of, "deployment/coredns, 1 of 2") {
		t.Errorf("%+v", v.Object)
	}
	got := kk(t, "downward", "crul")
	if got.exit != 1 || !strings.Contains(got.stderr, "get pod default/crul: not found; pods in default: curl") {
		t.Errorf("exit %d, %q", got.exit, got.stderr)
	}
}
