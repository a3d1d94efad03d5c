package rollout

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	quantity "k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// TestDifferences: images first, each field by its name, and no value that may be secret.
func TestDifferences(t *testing.T) {
	veil := snapshot.NewVeil()
	for name, c := range map[string]struct {
		change func(before, after *corev1.PodTemplateSpec)
		want   string
	}{
		"nothing": {func(_, _ *corev1.PodTemplateSpec) {}, ""},
		"hash":    {func(_, after *corev1.PodTemplateSpec) { after.Labels["pod-template-hash"] = "x" }, ""},
		"image":   {func(_, after *corev1.PodTemplateSpec) { after.Spec.Containers[0].Image = "web:2" }, "container app: image web:1 → web:2"},
		"label":   {func(_, after *corev1.PodTemplateSpec) { after.Labels["tier"] = "front" }, "label tier added: front"},
		"restart": {func(_, after *corev1.PodTemplateSpec) {
			after.Annotations = map[string]string{"kubectl.kubernetes.io/restartedAt": "2026"}
		}, "annotation kubectl.kubernetes.io/restartedAt added: 2026"},
		"other annotation": {func(_, after *corev1.PodTemplateSpec) { after.Annotations = map[string]string{"vault": "s3cret"} }, "annotation vault added (value not shown)"},
		"variables": {func(before, after *corev1.PodTemplateSpec) {
			before.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "SAME", Value: "x"}, {Name: "A", Value: "s3cret"}, {Name: "B", Value: "b"}}
			after.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "A", Value: "other"}, {Name: "SAME", Value: "x"}, {Name: "C", Value: "s3cret"}}
		}, "container app: env A changed (values not shown)\ncontainer app: env B removed (value not shown)\ncontainer app: env C added (value not shown)"},
		"arguments": {func(before, after *corev1.PodTemplateSpec) {
			before.Spec.Containers[0].Args, after.Spec.Containers[0].Args = []string{"--token=s3cret"}, []string{"--token=other"}
		}, "container app: args changed (values not shown)"},
		"sidecar": {func(_, after *corev1.PodTemplateSpec) {
			after.Spec.Containers[0].Image = "web:2"
			after.Spec.Containers = append(after.Spec.Containers, corev1.Container{Name: "a-proxy", Image: "envoy:1"})
		}, "container app: image web:1 → web:2\ncontainer a-proxy added: envoy:1"},
		"limit": {func(_, after *corev1.PodTemplateSpec) {
			after.Spec.Containers[0].Resources.Limits = corev1.ResourceList{"memory": quantity.MustParse("64Mi")}
		}, "container app: resources.limits.memory added: 64Mi"},
		"volume": {func(_, after *corev1.PodTemplateSpec) {
			after.Spec.Volumes = []corev1.Volume{{Name: "tls", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "tls"}}}}
		}, "volume tls added: secret"},
		"node":  {func(_, after *corev1.PodTemplateSpec) { after.Spec.NodeSelector = map[string]string{"disk": "ssd"} }, "nodeSelector.disk added: ssd"},
		"grace": {func(_, after *corev1.PodTemplateSpec) { after.Spec.TerminationGracePeriodSeconds = ptr(int64(60)) }, "terminationGracePeriodSeconds added: 60"},
	} {
		before, after := template("web:1"), template("web:1")
		c.change(&before, &after)
		before, after = veil.Template(before), veil.Template(after)
		var got []string
		for _, d := range differences(&before, &after) {
			got = append(got, d.String())
		}
		if diff := cmp.Diff(c.want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
