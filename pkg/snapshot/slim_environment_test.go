package snapshot

import (
	"bytes"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestSlimWithEnvironment: what decides about the environment stays, and nothing else.
func TestSlimWithEnvironment(t *testing.T) {
	off := false
	p := pod("web", "10.0.0.1", func(p *corev1.Pod) {
		p.Annotations = map[string]string{"note": "kept-note", "token": "hush", DefaultContainer: "kept-default"}
		p.Spec.EnableServiceLinks, p.Spec.NodeSelector = &off, map[string]string{corev1.LabelOSStable: "kept-os", "zone": "hush"}
		p.Spec.Volumes = []corev1.Volume{{Name: "hush"}}
		c := corev1.Container{
			Name: "web", Image: "web:1", Args: []string{"hush"}, Command: []string{"hush"}, WorkingDir: "hush",
			Env: []corev1.EnvVar{
				{Name: "LITERAL", Value: "kept-literal"},
				{Name: "NOTE", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.annotations['note']"}}},
				{Name: "PW", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{Key: "kept-key"}}},
			},
			EnvFrom: []corev1.EnvFromSource{{Prefix: "kept-prefix"}},
		}
		p.Spec.Containers, p.Spec.InitContainers = []corev1.Container{c}, []corev1.Container{c}
		p.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "kept-debug", Args: []string{"hush"}}}}
		p.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "hush"}}
	})
	svc := corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "kept-service", Annotations: map[string]string{"a": "hush"}}, Spec: corev1.ServiceSpec{
		ClusterIP: "kept-ip", Selector: map[string]string{"a": "hush"}, Ports: []corev1.ServicePort{{Name: "kept-port", Port: 80}},
	}}
	var out bytes.Buffer
	s := &Snapshot{APIVersion: APIVersion, Kind: Kind, Pods: []corev1.Pod{SlimWithEnvironment(&p)}, Services: []corev1.Service{SlimServiceLinks(&svc)}}
	if err := Encode(&out, s); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "hush") {
		t.Errorf("the snapshot holds more than it needs:\n%s", out.String())
	}
	for _, want := range []string{"note", "default", "os", "literal", "key", "prefix", "debug", "service", "ip", "port"} {
		if !strings.Contains(out.String(), `"kept-`+want+`"`) {
			t.Errorf("the snapshot lacks kept-%s", want)
		}
	}
	if !strings.Contains(out.String(), `"enableServiceLinks": false`) {
		t.Error("the snapshot lacks enableServiceLinks")
	}
}
