package downward

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// line is a use in one line, with what a container does with it.
func (u use) line() string {
	text := u.words() + " = " + u.field
	if u.of != "" {
		text += " of " + u.of
	}
	for _, mark := range []struct {
		on   bool
		word string
	}{{u.subPath, "subPath"}, {u.overridden, "overridden"}, {u.token, "token"}, {u.hidden != "", u.hidden}, {u.somewhere, "somewhere"}} {
		if mark.on {
			text += "; " + mark.word
		}
	}
	return text
}

// TestUses: which variables and files of a Pod's spec take a field, and where a
// container finds them, by the rules of the kubelet and of mounts.
func TestUses(t *testing.T) {
	name, labels := file("name", "metadata.name"), file("labels", "metadata.labels")
	volume := infoVolume(name, labels)
	folders := infoVolume(file("d/a", "metadata.name"), file("d/b", "metadata.uid"), file("dd/c", "metadata.namespace"))
	mounted := func(v corev1.Volume, mounts ...corev1.VolumeMount) func(*corev1.PodSpec) {
		return func(spec *corev1.PodSpec) {
			spec.Volumes, spec.Containers[0].VolumeMounts = []corev1.Volume{v, {Name: "cache"}}, mounts
		}
	}
	env := func(all ...corev1.EnvVar) func(*corev1.PodSpec) {
		return func(spec *corev1.PodSpec) { spec.Containers[0].Env = all }
	}
	for what, c := range map[string]struct {
		change func(*corev1.PodSpec)
		only   string
		want   []string
	}{
		"none":                {func(*corev1.PodSpec) {}, "", nil},
		"a variable":          {env(variable("A", "metadata.name"), corev1.EnvVar{Name: "B", Value: "x"}, secretVariable("C")), "", []string{"app: $A = metadata.name"}},
		"a resource":          {env(resourceVariable("A", "limits.cpu", "init", "1m")), "", []string{"app: $A = limits.cpu of init"}},
		"overridden by field": {env(variable("A", "metadata.name"), variable("A", "metadata.uid")), "", []string{"app: $A = metadata.name; overridden", "app: $A = metadata.uid"}},
		"overridden by value": {env(variable("A", "metadata.name"), corev1.EnvVar{Name: "A"}), "", []string{"app: $A = metadata.name; overridden"}},
		"overrides a value":   {env(corev1.EnvVar{Name: "A", Value: "x"}, variable("A", "metadata.name")), "", []string{"app: $A = metadata.name"}},
		"a whole volume": {mounted(volume, mount("podinfo", "/etc/podinfo", "")), "", []string{
			"app: /etc/podinfo/name = metadata.name", "app: /etc/podinfo/labels = metadata.labels",
		}},
		"no mount":                    {mounted(volume), "", []string{"podinfo: name = metadata.name", "podinfo: labels = metadata.labels"}},
		"another volume is mounted":   {mounted(volume, mount("cache", "/etc/podinfo", "")), "", []string{"podinfo: name = metadata.name", "podinfo: labels = metadata.labels"}},
		"subPath of one file":         {mounted(volume, mount("podinfo", "/etc/pod-name", "name")), "", []string{"app: /etc/pod-name = metadata.name; subPath", "podinfo: labels = metadata.labels"}},
		"subPath in another spelling": {mounted(volume, mount("podinfo", "/x/", "./name")), "", []string{"app: /x = metadata.name; subPath", "podinfo: labels = metadata.labels"}},
		"subPath of a folder": {mounted(folders, mount("podinfo", "/x", "d")), "", []string{
			"app: /x/a = metadata.name; subPath", "app: /x/b = metadata.uid; subPath", "podinfo: dd/c = metadata.namespace",
		}},
		"subPath of nothing": {mounted(volume, mount("podinfo", "/x", "nam")), "", []string{"podinfo: name = metadata.name", "podinfo: labels = metadata.labels"}},
		"subPath of all":     {mounted(volume, mount("podinfo", "/x", ".")), "", []string{"app: /x/name = metadata.name", "app: /x/labels = metadata.labels"}},
		"subPathExpr without a variable": {mounted(volume, corev1.VolumeMount{Name: "podinfo", MountPath: "/x", SubPathExpr: "name"}), "", []string{
			"app: /x = metadata.name; subPath", "podinfo: labels = metadata.labels",
		}},
		"subPathExpr": {mounted(infoVolume(name), corev1.VolumeMount{Name: "podinfo", MountPath: "/x", SubPathExpr: "$(POD_NAME)"}), "", []string{
			"app: /x = metadata.name; subPath; somewhere",
		}},
		"two mounts": {mounted(infoVolume(name), mount("podinfo", "/a", ""), mount("podinfo", "/b/n", "name")), "", []string{
			"app: /a/name = metadata.name", "app: /b/n = metadata.name; subPath",
		}},
		"a file under another mount": {mounted(volume, mount("podinfo", "/etc/podinfo", ""), mount("cache", "/etc/podinfo/labels", "")), "", []string{
			"app: /etc/podinfo/name = metadata.name", "app: /etc/podinfo/labels = metadata.labels; volume cache is mounted over it at /etc/podinfo/labels",
		}},
		"a mount above, and one beside": {mounted(infoVolume(name), mount("podinfo", "/etc/podinfo", ""), mount("cache", "/etc", ""), mount("cache", "/etc/podinfo/nam", "")), "", []string{
			"app: /etc/podinfo/name = metadata.name",
		}},
		"a relative folder":   {mounted(infoVolume(name), mount("podinfo", "etc/podinfo/", "")), "", []string{"app: /etc/podinfo/name = metadata.name"}},
		"a path twice":        {mounted(infoVolume(name, file("./name", "metadata.uid")), mount("podinfo", "/x", "")), "", []string{"app: /x/name = metadata.name; overridden", "app: /x/name = metadata.uid"}},
		"a projected volume":  {mounted(projectedVolume("podinfo", name, resourceFile("cpu", "limits.cpu", "app")), mount("podinfo", "/x", "")), "", []string{"app: /x/name = metadata.name", "app: /x/cpu = limits.cpu of app"}},
		"a token":             {mounted(projectedVolume("kube-api-access-x7k2p", name), mount("kube-api-access-x7k2p", "/var/run", "")), "", []string{"app: /var/run/name = metadata.name; token"}},
		"all containers":      {everywhere, "", []string{"init: $I = metadata.name", "app: $A = metadata.name", "debugger: $D = metadata.name", "init: /i/name = metadata.name", "app: /a/name = metadata.name"}},
		"one container":       {everywhere, "init", []string{"init: $I = metadata.name", "init: /i/name = metadata.name"}},
		"one that uses none":  {everywhere, "debugger", []string{"debugger: $D = metadata.name"}},
		"one, and no mount":   {mounted(volume), "app", nil},
		"a volume of no item": {mounted(infoVolume(), mount("podinfo", "/x", "")), "", nil},
	} {
		t.Run(what, func(t *testing.T) {
			pod := podWith(func(pod *corev1.Pod) { c.change(&pod.Spec) })
			var got []string
			for _, u := range usesOf(&pod.Spec, c.only) {
				got = append(got, u.line())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// everywhere has a use in a container of each kind.
func everywhere(spec *corev1.PodSpec) {
	spec.Volumes = []corev1.Volume{infoVolume(file("name", "metadata.name"))}
	spec.InitContainers = []corev1.Container{{Name: "init", Env: []corev1.EnvVar{variable("I", "metadata.name")}, VolumeMounts: []corev1.VolumeMount{mount("podinfo", "/i", "")}}}
	spec.Containers[0].Env, spec.Containers[0].VolumeMounts = []corev1.EnvVar{variable("A", "metadata.name")}, []corev1.VolumeMount{mount("podinfo", "/a", "")}
	spec.EphemeralContainers = []corev1.EphemeralContainer{ephemeral("", variable("D", "metadata.name"))}
}
