package downward

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// TestPick: of an environment only the variables that were asked for are kept, whole,
// and of two entries of one name the first, as getenv(3) does.
func TestPick(t *testing.T) {
	environ := "POD_NAME=web\x00PASSWORD=hush\x00POD_NAME_2=hush\x00XPOD_NAME=hush\x00pod_name=hush\x00POD=a=b\nc\x00EMPTY=\x00POD_NAME=hush\x00BARE\x00=hush\x00"
	for _, c := range []struct {
		names []string
		want  map[string]string
	}{
		{[]string{"POD_NAME"}, map[string]string{"POD_NAME": "web"}},
		{[]string{"POD", "EMPTY", "BARE", "ABSENT"}, map[string]string{"POD": "a=b\nc", "EMPTY": ""}},
		{nil, map[string]string{}},
	} {
		if diff := cmp.Diff(c.want, pick([]byte(environ), c.names)); diff != "" {
			t.Errorf("%v: (-want +got)\n%s", c.names, diff)
		}
	}
}

// TestNoSecretIsRecorded: what a container holds besides its fields, and what its spec
// says of them, is neither read on purpose nor kept.
func TestNoSecretIsRecorded(t *testing.T) {
	const environ = "app /proc/1/environ"
	for what, c := range map[string]struct {
		change func(*corev1.PodSpec, *corev1.Container)
		asked  []string
		files  map[string]string
	}{
		"variables beside": {func(_ *corev1.PodSpec, app *corev1.Container) {
			app.Env = []corev1.EnvVar{variable("POD_NAME", "metadata.name"), secretVariable("PASSWORD"), {Name: "TOKEN", Value: "hush"}}
			app.Command, app.Args = []string{"run", "hush"}, []string{"--password=hush"}
		}, []string{"shop/web app: /proc/1/environ /proc/self/environ"}, map[string]string{environ: "PASSWORD=hush\x00POD_NAME=web\x00TOKEN=hush\x00HUSH=hush\x00"}},
		"a Secret in place of a field": {func(_ *corev1.PodSpec, app *corev1.Container) {
			app.Env = []corev1.EnvVar{variable("PASSWORD", "metadata.name"), secretVariable("PASSWORD")}
		}, nil, map[string]string{environ: "PASSWORD=hush\x00"}},
		"a Secret in place of one of two": {func(_ *corev1.PodSpec, app *corev1.Container) {
			app.Env = []corev1.EnvVar{variable("PASSWORD", "metadata.name"), variable("POD_NAME", "metadata.name"), secretVariable("PASSWORD")}
		}, []string{"shop/web app: /proc/1/environ /proc/self/environ"}, map[string]string{environ: "PASSWORD=hush\x00POD_NAME=web\x00"}},
		"a Secret mounted over a file": {func(spec *corev1.PodSpec, app *corev1.Container) {
			spec.Volumes = []corev1.Volume{infoVolume(file("name", "metadata.name"), file("key", "metadata.labels")), {
				Name: "secret", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "hush"}},
			}}
			app.VolumeMounts = []corev1.VolumeMount{mount("podinfo", "/p", ""), mount("secret", "/p/key", "key")}
		}, []string{"shop/web app: /p/name"}, map[string]string{"app /p/name": "web", "app /p/key": "hush"}},
		"a Secret in the same projected volume": {func(spec *corev1.PodSpec, app *corev1.Container) {
			volume := projectedVolume("podinfo", file("name", "metadata.name"))
			volume.Projected.Sources = append(volume.Projected.Sources, corev1.VolumeProjection{Secret: &corev1.SecretProjection{
				LocalObjectReference: corev1.LocalObjectReference{Name: "hush"}, Items: []corev1.KeyToPath{{Key: "hush", Path: "key"}},
			}})
			spec.Volumes, app.VolumeMounts = []corev1.Volume{volume}, []corev1.VolumeMount{mount("podinfo", "/p", "")}
		}, []string{"shop/web app: /p/name"}, map[string]string{"app /p/name": "web", "app /p/key": "hush"}},
		"a Secret whose files may be anywhere in the volume": {func(spec *corev1.PodSpec, app *corev1.Container) {
			volume := projectedVolume("podinfo", file("key", "metadata.name"))
			volume.Projected.Sources = append(volume.Projected.Sources, corev1.VolumeProjection{Secret: &corev1.SecretProjection{
				LocalObjectReference: corev1.LocalObjectReference{Name: "hush"},
			}})
			app.Env = []corev1.EnvVar{variable("POD_NAME", "metadata.name")}
			spec.Volumes, app.VolumeMounts = []corev1.Volume{volume}, []corev1.VolumeMount{mount("podinfo", "/p", "")}
		}, []string{"shop/web app: /proc/1/environ /proc/self/environ"}, map[string]string{"app /p/key": "hush", "app /proc/1/environ": "POD_NAME=web\x00"}},
		// Process 1 of a container that shares the processes of another is the other's, whose
		// variables of the same name are its own affair.
		"a debug container beside a Secret": {func(spec *corev1.PodSpec, app *corev1.Container) {
			app.Env = []corev1.EnvVar{secretVariable("PASSWORD")}
			spec.EphemeralContainers = []corev1.EphemeralContainer{ephemeral("app", variable("PASSWORD", "metadata.name"))}
		}, []string{"shop/web debugger: /proc/self/environ"}, map[string]string{"debugger /proc/1/environ": "PASSWORD=hush\x00", "debugger /proc/self/environ": "PASSWORD=web\x00"}},
	} {
		t.Run(what, func(t *testing.T) {
			pod := podWith(func(pod *corev1.Pod) {
				c.change(&pod.Spec, &pod.Spec.Containers[0])
				pod.Status.EphemeralContainerStatuses = []corev1.ContainerStatus{runs("debugger")}
			})
			inside := &containersInside{files: c.files}
			s, err := Gather(context.Background(), Source{Client: apiServer(nil, pod, nodeOne()), Reader: inside}, ofPod)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.asked, inside.asked); diff != "" {
				t.Errorf("asked (-want +got)\n%s", diff)
			}
			if text := recorded(t, s); strings.Contains(text, "hush") {
				t.Errorf("the recording holds a secret:\n%s", text)
			}
		})
	}
}
