//go:build e2e

package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-kk/kubectl-kk/pkg/downward"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// rich is a Pod whose values are of every kind: odd keys, hostile texts, limits that are
// set and not set, an init container and a sidecar.
func rich(pod *corev1.Pod) *corev1.Pod {
	always := corev1.ContainerRestartPolicyAlways
	pod.Name, pod.Namespace = "kk-rich", "default"
	pod.Labels = map[string]string{
		"app": "rich", "app.kubernetes.io/name": strings.Repeat("x", 63), "empty": "", "UPPER_case.and-dots": "1",
	}
	pod.Annotations = map[string]string{
		"quotes": `a "b" \ 'c' $(POD) $HOME`, "lines": "one\ntwo\r\n\tthree\n", "controls": "\x1b[31mred\x07 \u202eevil\u200b",
		"utf8": "日本語 🙂 é", "empty": "", "Mixed.Case/KEY": "kept", "kubernetes.io/config.source": "not what the kubelet says",
	}
	quantity := resource.MustParse
	app := &pod.Spec.Containers[0]
	app.Resources = corev1.ResourceRequirements{
		Limits:   corev1.ResourceList{corev1.ResourceCPU: quantity("250m"), corev1.ResourceMemory: quantity("64Mi")},
		Requests: corev1.ResourceList{corev1.ResourceEphemeralStorage: quantity("1M")},
	}
	other := corev1.Container{
		Name: "other", Image: "curl:1", ImagePullPolicy: corev1.PullIfNotPresent, Env: app.Env, VolumeMounts: app.VolumeMounts,
		Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: quantity("1500m"), corev1.ResourceMemory: quantity("123456789")}},
	}
	pod.Spec.Containers = append(pod.Spec.Containers, other)
	pod.Spec.InitContainers = []corev1.Container{
		{Name: "first", Image: "curl:1", ImagePullPolicy: corev1.PullIfNotPresent, Command: []string{"sh", "-c", ":"}, Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceMemory: quantity("10M")}}},
		{Name: "sidecar", Image: "curl:1", ImagePullPolicy: corev1.PullIfNotPresent, RestartPolicy: &always, Env: app.Env, VolumeMounts: app.VolumeMounts},
	}
	return pod
}

// TestDownwardEveryField sends a Pod for every field and way to the API server, which must
// accept it exactly where the table says so; then all that were accepted run, and what
// the containers print must be the values.
func TestDownwardEveryField(t *testing.T) {
	client := api(t)
	running(t, rich(withUses(nil, []downward.Field{{Field: "metadata.name"}})))
	all := view(t, 0, "kk-rich").Fields
	if len(all) < 40 {
		t.Fatalf("only %d fields", len(all))
	}
	var env, files []downward.Field
	for _, f := range all {
		if ok, why := accepted(t, client, withUses([]downward.Field{f}, nil)); ok != f.Env.Allowed {
			t.Errorf("%s by a variable: the API server accepts: %v (%s), the table says %v", f.Field, ok, why, f.Env.Allowed)
		}
		if ok, why := accepted(t, client, withUses(nil, []downward.Field{f})); ok != f.Volume.Allowed {
			t.Errorf("%s by a file: the API server accepts: %v (%s), the table says %v", f.Field, ok, why, f.Volume.Allowed)
		}
		if f.Env.Allowed {
			env = append(env, f)
		}
		if f.Volume.Allowed {
			files = append(files, f)
		}
	}
	t.Logf("%d fields, %d by a variable, %d by a file", len(all), len(env), len(files))
	if len(env) < 35 || len(files) < 30 {
		t.Errorf("%d fields by a variable and %d by a file are too few", len(env), len(files))
	}
	for _, field := range []string{"status.phase", "metadata.generation", "spec.schedulerName", "metadata.labels['']", "limits.nvidia.com/gpu"} {
		for _, group := range []downward.Group{downward.EnvOrVolume, downward.Resources} {
			f := []downward.Field{{Field: field, Group: group, Container: "app"}}
			envOK, _ := accepted(t, client, withUses(f, nil))
			fileOK, _ := accepted(t, client, withUses(nil, f))
			if envOK || fileOK {
				t.Errorf("%s is accepted, and not in the table", field)
			}
		}
	}
	kubectl(t, "delete", "pod", "kk-rich", "--wait=true")
	running(t, rich(withUses(env, files)))
	holds(t, view(t, 0, "kk-rich"))
	table := kk(t, "downward", "kk-rich", "-o", "wide").stdout
	if strings.ContainsAny(table, "\x1b\x07\u202e\u200b\r") {
		t.Error("what a terminal acts on reached the table")
	}
}

// TestDownwardDivisors holds values by divisor to what containers print.
func TestDownwardDivisors(t *testing.T) {
	pod := rich(withUses(nil, nil))
	app := &pod.Spec.Containers[0]
	for _, f := range view(t, 0, "curl").Fields {
		if f.Group != downward.Resources {
			continue
		}
		divisors := []string{"0", "1", "1k", "1M", "1Ki", "1Mi", "1Gi", "1E"}
		if strings.HasSuffix(f.Field, ".cpu") {
			divisors = []string{"0", "1", "1m"}
		}
		for _, d := range divisors {
			for _, c := range []string{"app", "other", "first", "sidecar"} {
				name := strings.NewReplacer(".", "_", "-", "_").Replace(f.Field + "_" + d + "_" + c)
				ref := &corev1.ResourceFieldSelector{Resource: f.Field, ContainerName: c, Divisor: resource.MustParse(d)}
				app.Env = append(app.Env, corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{ResourceFieldRef: ref}})
				pod.Spec.Volumes[0].DownwardAPI.Items = append(pod.Spec.Volumes[0].DownwardAPI.Items, corev1.DownwardAPIVolumeFile{Path: name, ResourceFieldRef: ref})
			}
		}
	}
	pod.Spec.InitContainers[1].VolumeMounts, pod.Spec.Containers[1].VolumeMounts = nil, nil
	running(t, pod)
	v := view(t, 0, "kk-rich", "-c", "app")
	if len(v.Uses) < 200 {
		t.Fatalf("only %d uses", len(v.Uses))
	}
	// One exec for all files: a separate one for each would take minutes.
	variables := inside(t, "default", "kk-rich", "app").variables
	files := strings.Split(kubectl(t, "exec", "kk-rich", "-c", "app", "--", "grep", "-R", "^", "/kk/"), "\n")
	for _, u := range v.Uses {
		if u.Token {
			continue
		}
		got := variables[u.Name]
		if u.As == "volume" {
			i := slices.IndexFunc(files, func(line string) bool { return strings.HasPrefix(line, u.Name+":") })
			if i < 0 {
				t.Fatalf("no file %s", u.Name)
			}
			got = strings.TrimPrefix(files[i], u.Name+":")
		}
		if got != u.Should.Text || got == "" || u.Status != downward.Holds {
			t.Errorf("%s (%s of %s by %s): the container prints %q, kk says %q, %s", u.Name, u.Field, u.Of, u.Divisor, got, u.Should.Text, u.Status)
		}
	}
	for _, code := range []string{explain.LimitOfNode, explain.RoundedUp, explain.InitLimitZero} {
		if !slices.Contains(found(v), code) {
			t.Errorf("findings %v lack %s", found(v), code)
		}
	}
}

// TestDownwardPodLimits: a variable shows the Pod's own limit where the container has
// none, a file what the node can give.
func TestDownwardPodLimits(t *testing.T) {
	var fields []downward.Field
	for _, f := range []string{"limits.cpu", "limits.memory", "requests.cpu", "requests.memory", "limits.ephemeral-storage"} {
		fields = append(fields, downward.Field{Field: f, Group: downward.Resources, Container: "app"})
	}
	pod := withUses(fields, fields)
	pod.Name, pod.Namespace = "kk-pod-limits", "default"
	pod.Spec.Resources = &corev1.ResourceRequirements{Limits: corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("1"), corev1.ResourceMemory: resource.MustParse("100Mi"),
	}}
	running(t, pod)
	v := view(t, 0, "kk-pod-limits")
	holds(t, v)
	// Before 1.34 the API server drops the field (gate PodLevelResources).
	if dropped := kubectl(t, "get", "pod", "kk-pod-limits", "-o", "jsonpath={.spec.resources.limits}") == ""; dropped {
		if slices.Contains(found(v), explain.PodLimitIgnored) || !strings.HasPrefix(v.Object.Version, "v1.33.") {
			t.Errorf("%s dropped the Pod's limits, findings %v", v.Object.Version, found(v))
		}
		return
	}
	if !slices.Contains(found(v), explain.PodLimitIgnored) {
		t.Errorf("findings %v; want %s", found(v), explain.PodLimitIgnored)
	}
	if f := v.Fields[slices.IndexFunc(v.Fields, func(f downward.Field) bool { return f.Field == "limits.memory" })]; f.Env.Value.Text != "104857600" || f.Volume.Value.Origin != downward.FromNode {
		t.Errorf("limits.memory: variable %+v, file %+v", f.Env.Value, f.Volume.Value)
	}
}

// TestDownwardTutorial is the tutorial's own example.
func TestDownwardTutorial(t *testing.T) {
	text, err := os.ReadFile("../../docs/examples/pod_use_downwardAPI.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var pod corev1.Pod
	if err := yaml.Unmarshal(text, &pod); err != nil {
		t.Fatal(err)
	}
	pod.Namespace = metav1.NamespaceDefault
	running(t, &pod)
	v := view(t, 0, pod.Name)
	holds(t, v)
	want := map[string]string{
		"POD_NAME": "busybox-use-downwardapi", "LIMITS_CPU": "1", "/config/downward_api_info/LABELS": "app=\"busybox\"\nlabel_test=\"some_value\"",
		"/config/downward_api_info/POD_NAME": "busybox-use-downwardapi",
	}
	address := kubectl(t, "get", "pod", pod.Name, "-o", "jsonpath={.status.podIP}")
	want["POD_IP"] = address
	for _, u := range v.Uses {
		if text, ok := want[u.Name]; ok && text == u.Should.Text {
			delete(want, u.Name)
		}
	}
	if len(want) > 0 {
		t.Errorf("not among the uses: %v", want)
	}
	if log := kubectl(t, "logs", pod.Name); log != "hellok8s, downwardAPI! PodName=busybox-use-downwardapi LIMITS_CPU=1 POD_IP="+address+"\n" {
		t.Errorf("the container printed %q", log)
	}
	out := kk(t, "downward", pod.Name).stdout
	if first, _, _ := strings.Cut(out, "\n"); first != "Pod default/busybox-use-downwardapi: 5 uses of the Downward API, and the container holds what it should now." {
		t.Errorf("the first line is %q", first)
	}
}
