package downward

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// TestSnippetContainer: the fields go to the container that is named, else to the one
// that kubectl would take, and never to one that no manifest can hold.
func TestSnippetContainer(t *testing.T) {
	pod := podWith(func(pod *corev1.Pod) {
		pod.Spec.InitContainers = []corev1.Container{{Name: "sidecar", Env: []corev1.EnvVar{variable("POD_NAME", "metadata.name")}}}
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: "other"})
		pod.Spec.EphemeralContainers = []corev1.EphemeralContainer{ephemeral("app")}
	})
	const annotation = "kubectl.kubernetes.io/default-container"
	for what, c := range map[string]struct {
		named, annotated string
		want             string // the first line, "" for an error
		variable         string
	}{
		"none":                         {"", "", "# in the container app", "POD_NAME"},
		"the default":                  {"", "other", "# in the container other", "POD_NAME"},
		"the default that is not":      {"", "gone", "# in the container app", "POD_NAME"},
		"named":                        {"other", "", "# in the container other", "POD_NAME"},
		"named, beside a default":      {"app", "other", "# in the container app", "POD_NAME"},
		"a sidecar":                    {"sidecar", "", "# in the container sidecar", "POD_NAME_2"},
		"a debug container":            {"debugger", "", "", ""},
		"a container that is not":      {"gone", "", "", ""},
		"a container of another Pod":   {"gone", "app", "", ""},
		"a debug container, annotated": {"", "debugger", "# in the container app", "POD_NAME"},
	} {
		t.Run(what, func(t *testing.T) {
			pod := pod.DeepCopy()
			if c.annotated != "" {
				pod.Annotations[annotation] = c.annotated
			}
			text, err := Snippet(pod, SnippetRequest{Fields: []string{"metadata.name", "limits.cpu"}, Container: c.named}, newest)
			first, _, _ := strings.Cut(text, "\n")
			if (err != nil) != (c.want == "") || first != c.want {
				t.Fatalf("%q, %v; want %q", first, err, c.want)
			}
			if err == nil && !strings.Contains(text, "name: "+c.variable+"\n") {
				t.Errorf("%s has no variable %s:\n%s", what, c.variable, text)
			}
		})
	}
}

// TestSnippetForVersion: what a node does not know yet is refused for its Pods, and
// offered without a cluster.
func TestSnippetForVersion(t *testing.T) {
	for version, says := range map[string]string{
		"v1.28.9": "status.hostIPs: it came with Kubernetes 1.29 (before, with the feature gate PodHostIPs), and this is 1.28", "v1.29.0": "", "": "",
	} {
		node := nodeOne()
		node.Status.NodeInfo.KubeletVersion = version
		s := &snapshot.Snapshot{Pods: []corev1.Pod{*podWith(nil)}, Nodes: []corev1.Node{*node}}
		text, err := SnippetFor(s, ofPod, SnippetRequest{Fields: []string{"status.hostIPs"}})
		if says == "" && (err != nil || !strings.Contains(text, "fieldPath: status.hostIPs")) || says != "" && (err == nil || err.Error() != says) {
			t.Errorf("%s: %v, %q", version, err, text)
		}
	}
}

// TestSnippetKeys: a key is understood with the quotes that a shell leaves or takes.
func TestSnippetKeys(t *testing.T) {
	for typed, want := range map[string]string{
		"metadata.labels['app']": "metadata.labels['app']", "metadata.labels[app]": "metadata.labels['app']", `metadata.labels["app"]`: "metadata.labels['app']",
		"metadata.annotations[example.com/a]": "metadata.annotations['example.com/a']", "spec.host": "spec.host",
		"metadata.labels[app": "", "metadata.labels app]": "", "metadata.labels[]": "", "metadata.labels['']": "", "metadata.name[x]": "", "limits.cpu[x]": "", "[app]": "", "": "",
	} {
		text, err := Snippet(podWith(nil), SnippetRequest{Fields: []string{typed}}, newest)
		if (err == nil) != (want != "") || err == nil && !strings.Contains(text, "fieldPath: "+want+"\n") {
			t.Errorf("%q: %v\n%s", typed, err, text)
		}
		if err != nil && (!strings.HasPrefix(err.Error(), typed+": ") || strings.Contains(err.Error(), "near: ;")) {
			t.Errorf("%q: %v", typed, err)
		}
	}
}
