package downward

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubernetes/pkg/fieldpath"
	kubetypes "k8s.io/kubernetes/pkg/kubelet/types"

	"github.com/kubectl-kk/kubectl-kk/pkg/downward"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// hostile are values that a file of lines key="value" has to quote.
var hostile = []string{
	"", "web", "a b", "two\nlines", "\n", `a "quoted" one`, `back\slash`, "tab\there", "\x00\x1b[31m\x7f", "中文", "é", "\u202e\u200b\u2028\ufeff",
	"\U000e0001\U0001f600", "bad \xff utf8", "\u0085\u009b", "a=\"b\"\nkubernetes.io/config.seen=\"1999-01-01T00:00:00Z\"", strings.Repeat("long ", 5000),
}

func (m maker) stringMap(keys ...string) map[string]string {
	out := map[string]string{}
	for _, key := range keys {
		if m.IntN(3) > 0 {
			out[key] = oneOf(m, hostile...)
		}
	}
	return out
}

var mapKeys = []string{"app", "App", "a.b", "a-b", "a_b", "z/a", "a/z", "kubernetes.io/name", "a.kubernetes.io/config.seen", "9", kubetypes.ConfigFirstSeenAnnotationKey, kubetypes.ConfigSourceAnnotationKey}

const seen = "2026-03-04T05:06:07.123456789Z"

// inKubelet is the Pod as its kubelet has it, which adds two annotations to its own copy
// (pkg/kubelet/config, localAnnotations).
func inKubelet(pod *corev1.Pod) *corev1.Pod {
	out := pod.DeepCopy()
	if out.Annotations == nil {
		out.Annotations = map[string]string{}
	}
	out.Annotations[kubetypes.ConfigSourceAnnotationKey], out.Annotations[kubetypes.ConfigFirstSeenAnnotationKey] = "api", seen
	return out
}

// mapped is a Pod that takes both maps by files, and each key of them by a file and by a
// variable.
func (m maker) mapped() *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: "web", UID: "8d1f", Labels: m.stringMap(mapKeys[:10]...), Annotations: m.stringMap(mapKeys...),
		},
		Spec: corev1.PodSpec{NodeName: "node-1", Containers: []corev1.Container{{Name: "app", VolumeMounts: []corev1.VolumeMount{{Name: "podinfo", MountPath: "/p"}}}}},
	}
	paths := []string{"metadata.labels", "metadata.annotations", "metadata.name", "metadata.namespace", "metadata.uid"}
	for _, key := range append(mapKeys, "nobody-has-it") {
		paths = append(paths, "metadata.labels['"+key+"']", "metadata.annotations['"+key+"']")
	}
	var items []corev1.DownwardAPIVolumeFile
	for _, path := range paths {
		ref := &corev1.ObjectFieldSelector{FieldPath: path}
		items = append(items, corev1.DownwardAPIVolumeFile{Path: strings.ReplaceAll(path, "/", "-"), FieldRef: ref})
		if !slices.Contains(paths[:2], path) {
			app := &pod.Spec.Containers[0]
			app.Env = append(app.Env, corev1.EnvVar{Name: path, ValueFrom: &corev1.EnvVarSource{FieldRef: ref}})
		}
	}
	pod.Spec.Volumes = []corev1.Volume{{Name: "podinfo", VolumeSource: corev1.VolumeSource{DownwardAPI: &corev1.DownwardAPIVolumeSource{Items: items}}}}
	return pod
}

// TestMaps: what kk expects in a container that holds all is what the kubelet's own code
// makes of the kubelet's Pod, byte for byte, and kk says that it is there.
func TestMaps(t *testing.T) {
	m := newMaker()
	for range 300 {
		pod := m.mapped()
		kubelets := inKubelet(pod)
		reading := snapshot.ContainerReading{Namespace: "shop", Pod: "web", Container: "app", Environ: "/proc/1/environ", Variables: map[string]string{}}
		want := map[string]string{}
		for _, v := range pod.Spec.Containers[0].Env {
			text, err := fieldpath.ExtractFieldPathAsString(kubelets, v.ValueFrom.FieldRef.FieldPath)
			if err != nil {
				t.Fatal(err)
			}
			want[v.Name], reading.Variables[v.Name] = text, text
		}
		for name, file := range filesOf(t, kubelets, pod.Spec.Volumes[0].DownwardAPI.Items, nil) {
			want["/p/"+name] = string(file.Data)
			reading.Files = append(reading.Files, snapshot.FileReading{Path: "/p/" + name, Text: string(file.Data)})
		}
		view := analyzed(t, pod, nil, reading)
		if len(view.Uses) != len(want) {
			t.Fatalf("%d uses, want %d", len(view.Uses), len(want))
		}
		for _, u := range view.Uses {
			if u.Should.Text != want[u.Name] || u.Should.State != "" || u.Status != downward.Holds {
				t.Errorf("-seed %d: %s: kk says %q (%s), %s; the kubelet gives %q", *seed, u.Name, u.Should.Text, u.Should.State, u.Status, want[u.Name])
			}
		}
		for _, f := range view.Fields {
			if f.Group != downward.VolumeOnly {
				continue
			}
			if text := f.Volume.Value.Text; text != want["/p/"+f.Field] {
				t.Errorf("-seed %d: %s: kk says %q, the kubelet gives %q", *seed, f.Field, text, want["/p/"+f.Field])
			}
		}
	}
}

// linesWithout are the lines of a file but the one of a key.
func linesWithout(file, key string) []string {
	return slices.DeleteFunc(strings.Split(file, "\n"), func(line string) bool { return strings.HasPrefix(line, key) })
}

// TestMapsUnread: where nothing was read, the time that only the kubelet knows is not
// made up, and all else is still right.
func TestMapsUnread(t *testing.T) {
	m := newMaker()
	for range 100 {
		pod := m.mapped()
		kubelets := inKubelet(pod)
		for _, u := range analyzed(t, pod, nil).Uses {
			want, err := fieldpath.ExtractFieldPathAsString(kubelets, u.Field)
			if err != nil {
				t.Fatal(err)
			}
			switch u.Field {
			case "metadata.annotations":
				own := kubetypes.ConfigFirstSeenAnnotationKey + "="
				got, want := linesWithout(u.Should.Text, own), linesWithout(want, own)
				if u.Should.State != downward.Partly || strings.Contains(u.Should.Text, seen) || !slices.Equal(got, want) {
					t.Errorf("-seed %d: %s: %q\n%.200q\n%.200q", *seed, u.Field, u.Should.State, got, want)
				}
			case "metadata.annotations['" + kubetypes.ConfigFirstSeenAnnotationKey + "']":
				if u.Should.State != downward.Unknown {
					t.Errorf("%s: %q, %q", u.Field, u.Should.State, u.Should.Text)
				}
			default:
				if u.Should.State != "" || u.Should.Text != want {
					t.Errorf("-seed %d: %s: kk says %q (%s), the kubelet gives %q", *seed, u.Field, u.Should.Text, u.Should.State, want)
				}
			}
		}
	}
}
