//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-kk/kubectl-kk/internal/registry"
	"github.com/kubectl-kk/kubectl-kk/pkg/downward"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// simple is a Pod with a variable, a file, and a limit that is not set.
func simple(name string) *corev1.Pod {
	pod := withUses([]downward.Field{{Field: "metadata.name"}, {Field: "limits.cpu", Group: downward.Resources}}, []downward.Field{{Field: "metadata.labels"}})
	pod.Name, pod.Namespace, pod.Labels = name, "default", map[string]string{"app": name}
	return pod
}

// TestDownwardExactRBAC runs downward as a user who may do what plugins.yaml says and
// nothing else, and then without each single rule: what is missing is named, and the rest
// is answered.
func TestDownwardExactRBAC(t *testing.T) {
	running(t, simple("kk-access"))
	config := user(t, "downward-exact", rolesFor(t, "downward", "--via exec"))
	got := as(t, config, "downward", "kk-access", "-o", "json")
	v := viewFrom(t, 0, got)
	if got.stderr != "" || len(v.NotChecked) != 0 {
		t.Errorf("not checked %v, warnings %q; the roles should allow all of it", v.NotChecked, got.stderr)
	}
	holds(t, v)
	t.Run("without exec", func(t *testing.T) {
		got := as(t, user(t, "downward-no-exec", rolesFor(t, "downward")), "downward", "kk-access", "-o", "json")
		v := viewFrom(t, 0, got)
		lacks(t, v, got, "pods/exec")
		if !slices.Contains(found(v), explain.ContainerNotRead) || v.Uses[0].Status != downward.NotRead || v.Uses[0].Should.Text != "kk-access" {
			t.Errorf("findings %v, use %+v", found(v), v.Uses[0])
		}
	})
	t.Run("without nodes", func(t *testing.T) {
		roles := slices.DeleteFunc(rolesFor(t, "downward", "--via exec"), func(a registry.Access) bool { return a.Namespace == "" })
		got := as(t, user(t, "downward-no-nodes", roles), "downward", "kk-access", "-o", "json")
		v := viewFrom(t, 0, got)
		lacks(t, v, got, "nodes")
		if v.Uses[1].Should.State != downward.Unknown || v.Uses[1].Status != downward.NotCompared {
			t.Errorf("a limit of a node that was not read: %+v", v.Uses[1])
		}
	})
	t.Run("without pods", func(t *testing.T) {
		got := as(t, user(t, "downward-nobody", nil), "downward", "kk-access")
		if got.exit != 1 || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, `cannot get resource "pods"`) || got.stdout != "" {
			t.Errorf("exit %d, %q, %q", got.exit, got.stdout, got.stderr)
		}
	})
	t.Run("a workload", func(t *testing.T) {
		got := as(t, user(t, "downward-workload", rolesFor(t, "downward", "--via exec", "TYPE/NAME")), "downward", "deploy/hellok8s-go-http", "-o", "json")
		if v := viewFrom(t, 0, got); v.Object.Of != "deployment/hellok8s-go-http, 1 of 2 Pods" || got.stderr != "" {
			t.Errorf("picked from %q, warnings %q", v.Object.Of, got.stderr)
		}
	})
}

func lacks(t *testing.T, v *downward.View, got result, resource string) {
	t.Helper()
	if len(v.NotChecked) != 1 || v.NotChecked[0].Allow == nil || v.NotChecked[0].Allow.Resources[0] != resource || !strings.Contains(got.stderr, resource) {
		t.Errorf("not checked %+v, warnings %q; want %s named", v.NotChecked, got.stderr, resource)
	}
}

// TestDownwardRequests counts what one run asks of the API server.
func TestDownwardRequests(t *testing.T) {
	running(t, simple("kk-requests"))
	counted := &recorder{}
	config := counted.inFrontOfAPI(t)
	for _, c := range []struct {
		args []string
		most int
	}{
		{[]string{"kk-requests"}, 3}, {[]string{"deploy/hellok8s-go-http"}, 4}, {[]string{"kk-requests", "--via", "none"}, 2},
		{[]string{"kk-requests", "--yaml", "metadata.name"}, 2}, {[]string{"--list"}, 0},
		{[]string{"-f", "../../docs/examples/pod_use_downwardAPI.yaml"}, 0},
	} {
		counted.requests = nil
		if got := as(t, config, append([]string{"downward"}, c.args...)...); got.exit != 0 {
			t.Errorf("%v: exit %d: %s", c.args, got.exit, got.stderr)
		}
		t.Logf("%v: %d requests", c.args, len(counted.requests))
		if len(counted.requests) > c.most {
			t.Errorf("%v: %d requests, want %d at most:\n%s", c.args, len(counted.requests), c.most, strings.Join(counted.requests, "\n"))
		}
	}
}

// TestDownwardSnippets merges the YAML for every field into Pods and has the API server
// judge them.
func TestDownwardSnippets(t *testing.T) {
	client := api(t)
	running(t, rich(withUses(nil, []downward.Field{{Field: "metadata.name"}})))
	tried := 0
	for _, f := range view(t, 0, "kk-rich").Fields {
		for _, as := range []string{"env", "volume"} {
			args := []string{"downward", "kk-rich", "--yaml", f.Field, "--as", as}
			if f.Container != "" {
				args = append(args, "-c", f.Container)
			}
			got := kk(t, args...)
			allowed := f.Env.Allowed && as == "env" || f.Volume.Allowed && as == "volume"
			if !allowed {
				if got.exit != 1 || got.stdout != "" || !strings.Contains(got.stderr, "--as ") {
					t.Errorf("%v: exit %d, %q; want the way that works", args, got.exit, got.stderr)
				}
				continue
			}
			tried++
			pod := rich(withUses(nil, nil))
			merge(t, pod, got.stdout, max(0, slices.IndexFunc(pod.Spec.Containers, func(c corev1.Container) bool { return c.Name == f.Container })))
			if ok, why := accepted(t, client, pod); !ok {
				t.Errorf("%v: the API server refuses the Pod: %s\n%s", args, why, got.stdout)
			}
		}
	}
	if tried < 70 {
		t.Errorf("only %d snippets", tried)
	}
}

// merge puts a snippet into a Pod, as a person would.
func merge(t *testing.T, pod *corev1.Pod, snippet string, container int) {
	t.Helper()
	inContainer, inSpec, _ := strings.Cut(snippet, "---\n")
	var c corev1.Container
	var spec corev1.PodSpec
	for text, into := range map[string]any{inContainer: &c, inSpec: &spec} {
		if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	into := &pod.Spec.Containers[container]
	into.Env, into.VolumeMounts = append(into.Env, c.Env...), append(into.VolumeMounts, c.VolumeMounts...)
	pod.Spec.Volumes = append(pod.Spec.Volumes, spec.Volumes...)
	if len(c.Env)+len(c.VolumeMounts) == 0 {
		t.Errorf("the snippet holds nothing for the container:\n%s", snippet)
	}
}

// TestDownwardSecrets: neither the answer nor a recording holds what is not the Downward
// API's, not even under the name of one of its variables.
func TestDownwardSecrets(t *testing.T) {
	const secret = "kk-very-secret"
	apply(t, "apiVersion: v1\nkind: Secret\nmetadata: {name: kk-secret}\nstringData: {key: "+secret+"}\n")
	pod := simple("kk-secrets")
	from := &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "kk-secret"}, Key: "key"}}
	pod.Spec.Containers[0].Env = append(pod.Spec.Containers[0].Env, corev1.EnvVar{Name: "PASSWORD", ValueFrom: from}, corev1.EnvVar{Name: "V0", ValueFrom: from})
	running(t, pod)
	if got := inside(t, "default", pod.Name, "app").variables["V0"]; got != secret {
		t.Fatalf("V0 is %q, so this test shows nothing", got)
	}
	file := t.TempDir() + "/recording"
	got := kk(t, "downward", pod.Name, "-o", "json", "--record", file)
	v := viewFrom(t, 0, got)
	recorded, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(got.stdout+got.stderr, secret) || strings.Contains(string(recorded), secret) {
		t.Error("the Secret's value is in the answer or in the recording")
	}
	if !slices.Contains(found(v), explain.UseOverridden) || v.Uses[0].Status != downward.Overridden {
		t.Errorf("findings %v, %+v", found(v), v.Uses[0])
	}
	replayed := kk(t, "downward", pod.Name, "-o", "json", "--replay", file)
	if replayed.stdout != got.stdout {
		t.Error("the recording answers otherwise than the cluster")
	}
}

// TestDownwardStaticPod: a static Pod's UID in the container is not the one in the API.
func TestDownwardStaticPod(t *testing.T) {
	pod := withUses([]downward.Field{{Field: "metadata.uid"}, {Field: "metadata.name"}}, []downward.Field{{Field: "metadata.annotations"}})
	pod.Name, pod.Namespace, pod.Spec.NodeSelector = "kk-static", "default", nil
	text, err := yaml.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	file := "/var/lib/kk-cluster/nodes/" + workNode + "/static-pods/kk-static.yaml"
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	name := "kk-static-" + workNode
	gone := func() bool {
		_, err := api(t).CoreV1().Pods("default").Get(context.Background(), name, metav1.GetOptions{})
		return err != nil
	}
	t.Cleanup(func() {
		os.Remove(file)
		eventually(t, 60*second, "the static Pod is gone", gone)
	})
	eventually(t, 60*second, "the static Pod is in the API", func() bool { return !gone() })
	kubectl(t, "wait", "--for=condition=Ready", "pod/"+name, "--timeout=60s")
	v := view(t, 0, name)
	holds(t, v)
	shown := kubectl(t, "get", "pod", name, "-o", "jsonpath={.metadata.uid}")
	if !slices.Contains(found(v), explain.StaticPodIdentity) || v.Uses[0].Should.Text == shown {
		t.Errorf("findings %v, UID %s and in the API %s", found(v), v.Uses[0].Should.Text, shown)
	}
	if want := fmt.Sprintf("%s-%s", "kk-static", workNode); v.Uses[1].Should.Text != want {
		t.Errorf("name %q, want %q", v.Uses[1].Should.Text, want)
	}
}
