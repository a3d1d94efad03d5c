package downward

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

func planned(t *testing.T, minor int, change func(*corev1.PodSpec, *corev1.Container)) *View {
	t.Helper()
	pod := podWith(nil)
	change(&pod.Spec, &pod.Spec.Containers[0])
	v, err := AnalyzeTemplate(Template{Kind: "Deployment", Namespace: "shop", Name: "web", Pod: pod}, Request{}, minor)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestFindingsOfTemplates: each reason why a manifest would be refused, and the same
// manifest with the one thing put right. No value is made up for a Pod that is not there.
func TestFindingsOfTemplates(t *testing.T) {
	type change = func(*corev1.PodSpec, *corev1.Container)
	env := func(v corev1.EnvVar) change {
		return func(_ *corev1.PodSpec, app *corev1.Container) { app.Env = []corev1.EnvVar{v} }
	}
	volume := func(f corev1.DownwardAPIVolumeFile) change {
		return func(spec *corev1.PodSpec, app *corev1.Container) {
			spec.Volumes, app.VolumeMounts = []corev1.Volume{infoVolume(f)}, []corev1.VolumeMount{mount("podinfo", "/p", "")}
		}
	}
	for _, c := range []struct {
		what, code string
		severity   explain.Severity
		minor      int
		has, lacks change
		status     Status
		args       map[string]string
	}{
		{"a map in a variable", "KK-DOWN-120", explain.Error, 37, env(variable("A", "metadata.labels")), volume(file("a", "metadata.labels")), Refused, map[string]string{"use": "app: $A"}},
		{"the node in a file", "KK-DOWN-121", explain.Error, 37, volume(file("a", "spec.nodeName")), env(variable("A", "spec.nodeName")), Refused, map[string]string{"use": "app: /p/a"}},
		{"the node's old name in a file", "KK-DOWN-121", explain.Error, 37, volume(file("a", "spec.host")), env(variable("A", "spec.host")), Refused, nil},
		{"an unknown field", "KK-DOWN-122", explain.Error, 37, env(variable("A", "status.podIp")), env(variable("A", "status.podIP")), Refused, map[string]string{"near": "status.podIP"}},
		{"a resource as a field", "KK-DOWN-122", explain.Error, 37, env(variable("A", "limits.cpu")), env(resourceVariable("A", "limits.cpu", "", "")), Refused, map[string]string{"near": "limits.cpu, resourceFieldRef"}},
		{"a field as a resource", "KK-DOWN-122", explain.Error, 37, env(resourceVariable("A", "metadata.name", "", "")), env(variable("A", "metadata.name")), Refused, nil},
		{"a unit of cpu", "KK-DOWN-123", explain.Error, 37, env(resourceVariable("A", "limits.cpu", "", "1Mi")), env(resourceVariable("A", "limits.cpu", "", "1m")), Refused, map[string]string{"divisor": "1Mi", "allowed": "1, 1m"}},
		{"a unit of memory", "KK-DOWN-123", explain.Error, 37, env(resourceVariable("A", "limits.memory", "", "10Mi")), env(resourceVariable("A", "limits.memory", "", "1Mi")), Refused, map[string]string{"divisor": "10Mi"}},
		{"a key that cannot be", "KK-DOWN-124", explain.Error, 37, env(variable("A", "metadata.labels['a b']")), env(variable("A", "metadata.labels['app']")), Refused, nil},
		{"a domain in capitals", "KK-DOWN-124", explain.Error, 37, env(variable("A", "metadata.labels['A.IO/x']")), env(variable("A", "metadata.annotations['A.IO/x']")), Refused, nil},
		{"a file of no container", "KK-DOWN-125", explain.Error, 37, volume(resourceFile("a", "limits.cpu", "")), volume(resourceFile("a", "limits.cpu", "app")), Refused, nil},
		{"a new field", "KK-DOWN-126", explain.Error, 28, env(variable("A", "status.hostIPs")), env(variable("A", "status.hostIP")), Refused, map[string]string{"since": "1.29", "gate": "PodHostIPs", "version": "1.28"}},
		{"a container that is not", "KK-DOWN-109", explain.Error, 37, env(resourceVariable("A", "limits.cpu", "nobody", "")), env(resourceVariable("A", "limits.cpu", "app", "")), NoStart, nil},
		{"a key that is not there", "KK-DOWN-105", explain.Warning, 37, env(variable("A", "metadata.labels['ap']")), env(variable("A", "metadata.labels['app']")), Valid, map[string]string{"near": "app"}},
		{"a variable twice", "KK-DOWN-106", explain.Warning, 37, func(_ *corev1.PodSpec, app *corev1.Container) {
			app.Env = []corev1.EnvVar{variable("A", "metadata.name"), {Name: "A", Value: "x"}}
		}, env(variable("A", "metadata.name")), Overridden, nil},
		{"no mount", "KK-DOWN-114", explain.Info, 37, func(spec *corev1.PodSpec, _ *corev1.Container) {
			spec.Volumes = []corev1.Volume{infoVolume(file("a", "metadata.name"))}
		}, volume(file("a", "metadata.name")), Valid, map[string]string{"volume": "podinfo", "files": "a"}},
	} {
		t.Run(c.code+" "+c.what, func(t *testing.T) {
			with, lacking := planned(t, c.minor, c.has), planned(t, c.minor, c.lacks)
			found := findingsOf(with, c.code)
			if len(found) != 1 || found[0].Severity != c.severity || found[0].Subject != "Deployment shop/web" || with.HasErrors() != (c.severity == explain.Error) {
				t.Fatalf("found %+v", with.Findings)
			}
			for name, want := range c.args {
				if got := found[0].Args[name]; got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			if with.Uses[0].Status != c.status || lacking.HasErrors() || len(findingsOf(lacking, c.code)) > 0 {
				t.Errorf("%s; the other: %s with %v", with.Uses[0].Status, lacking.Uses[0].Status, codes(lacking))
			}
			for _, u := range slices.Concat(with.Uses, lacking.Uses) {
				if u.Should.State != AtRunTime || u.Should.Text != "" || u.Has != nil {
					t.Errorf("%s: %+v", u.Name, u.Should)
				}
			}
			inWords(t, with)
		})
	}
}

// TestNewField: the versions in which a manifest with status.hostIPs is taken.
func TestNewField(t *testing.T) {
	for minor, refused := range map[int]bool{27: true, 28: true, 29: false, 37: false} {
		v := planned(t, minor, func(_ *corev1.PodSpec, app *corev1.Container) {
			app.Env = []corev1.EnvVar{variable("A", "status.hostIPs")}
		})
		if v.HasErrors() != refused {
			t.Errorf("1.%d: %v", minor, codes(v))
		}
	}
}

// TestNearestField: whatever somebody wrote, a field that there is is offered.
func TestNearestField(t *testing.T) {
	for typed, want := range map[string]string{
		"metadata.nam": "metadata.name", "Metadata.Name": "metadata.name", "podIP": "status.podIP", "hostips": "status.hostIPs", "nodename": "spec.nodeName",
		"serviceAccount": "spec.serviceAccountName", "spec.serviceAccount": "spec.serviceAccountName", "limits.cpus": "limits.cpu", "limit.memory": "limits.memory",
		"metadata.label": "metadata.labels", "uid": "metadata.uid", "status.phase": "", "x": "", "spec.containers[0].image": "",
	} {
		v := planned(t, 37, func(_ *corev1.PodSpec, app *corev1.Container) { app.Env = []corev1.EnvVar{variable("A", typed)} })
		near := v.Findings[0].Args["near"]
		if near == "" || !strings.HasPrefix(near, want) {
			t.Errorf("for %q: %q is offered, want %q", typed, near, want)
		}
	}
}
