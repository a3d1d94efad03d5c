package downward

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// TestFindings: each finding about a variable or a file is there when it should be, and
// not where only the one thing that it is about is different.
func TestFindings(t *testing.T) {
	label, all := variable("APP", "metadata.labels['app']"), file("labels", "metadata.labels")
	for _, c := range []twin{
		{"a variable of an old label", "KK-DOWN-101", explain.Warning,
			func(sc *scene) { sc.env(label, "old") }, func(sc *scene) { sc.env(label, "web") },
			Old, map[string]string{"variable": "APP", "container": "app", "has": `"old"`, "should": `"web"`}},
		{"a variable of a label that is gone", "KK-DOWN-101", explain.Warning,
			func(sc *scene) { sc.env(variable("X", "metadata.labels['x']"), "old") }, func(sc *scene) { sc.env(variable("X", "metadata.labels['x']"), "") },
			Old, map[string]string{"has": `"old"`, "should": `""`}},
		{"a variable of a limit before a resize", "KK-DOWN-101", explain.Warning,
			func(sc *scene) { sc.env(resourceVariable("CPU", "limits.cpu", "", "1m"), "500") }, func(sc *scene) { sc.env(resourceVariable("CPU", "limits.cpu", "", "1m"), "1000") },
			Old, map[string]string{"has": `"500"`, "should": `"1000"`}},
		{"an old file by subPath", "KK-DOWN-102", explain.Warning,
			func(sc *scene) { sc.file(all, true, `app="old"`) }, func(sc *scene) { sc.file(all, false, `app="old"`) },
			Old, map[string]string{"file": "/p/labels", "has": `"app=\"old\""`, "should": `"app=\"web\""`}},
		{"a file by subPath that is right", "KK-DOWN-103", explain.Info,
			func(sc *scene) { sc.file(all, true, `app="web"`) }, func(sc *scene) { sc.file(all, false, `app="web"`) }, Holds, nil},
		{"a file by subPath of what changes", "KK-DOWN-103", explain.Info,
			func(sc *scene) { sc.file(all, true, `app="web"`) }, func(sc *scene) { sc.file(file("name", "metadata.name"), true, "web") }, Holds, nil},
		{"a file behind", "KK-DOWN-104", explain.Warning,
			func(sc *scene) { sc.file(all, false, `app="old"`) }, func(sc *scene) { sc.file(all, false, `app="web"`) },
			Behind, map[string]string{"file": "/p/labels"}},
		{"a key that is not there", "KK-DOWN-105", explain.Warning,
			func(sc *scene) { sc.env(variable("A", "metadata.labels['App']"), "") }, func(sc *scene) { sc.pod.Labels["App"] = ""; sc.env(variable("A", "metadata.labels['App']"), "") },
			Holds, map[string]string{"near": "app", "use": "app: $A"}},
		{"a key that is the kubelet's", "KK-DOWN-105", explain.Warning,
			func(sc *scene) { sc.env(variable("A", "metadata.annotations['kubernetes.io/config.sourc']"), "") },
			func(sc *scene) { sc.env(variable("A", "metadata.annotations['kubernetes.io/config.source']"), "api") }, Holds, nil},
		{"a label's key among annotations", "KK-DOWN-105", explain.Warning,
			func(sc *scene) { sc.env(variable("A", "metadata.annotations['app']"), "") }, func(sc *scene) { sc.env(variable("A", "metadata.annotations['note']"), "hello") },
			Holds, map[string]string{"near": "note"}},
		{"a variable twice", "KK-DOWN-106", explain.Warning,
			func(sc *scene) { sc.env(label, "x"); sc.env(corev1.EnvVar{Name: "APP", Value: "x"}, "x") }, func(sc *scene) { sc.env(label, "web"); sc.env(corev1.EnvVar{Name: "APP_2", Value: "x"}, "x") },
			Overridden, nil},
		{"a file twice", "KK-DOWN-106", explain.Warning,
			func(sc *scene) {
				sc.file(all, false, "web")
				items := &sc.pod.Spec.Volumes[0].DownwardAPI.Items
				*items = append(*items, file("labels", "metadata.name"))
			},
			func(sc *scene) {
				sc.file(all, false, `app="web"`)
				items := &sc.pod.Spec.Volumes[0].DownwardAPI.Items
				*items = append(*items, file("label", "metadata.name"))
			}, Overridden, nil},
		{"a variable that is not in the process", "KK-DOWN-107", explain.Warning,
			func(sc *scene) { sc.env(label, "web"); delete(sc.holds, "$APP") }, func(sc *scene) { sc.pod.Labels["app"] = ""; sc.env(label, "") },
			Absent, map[string]string{"reason": "it is not in /proc/1/environ"}},
		{"a file that is hidden", "KK-DOWN-107", explain.Warning,
			func(sc *scene) {
				sc.file(all, false, `app="web"`)
				sc.app.VolumeMounts = append(sc.app.VolumeMounts, mount("cache", "/p/labels", ""))
			},
			func(sc *scene) {
				sc.file(all, false, `app="web"`)
				sc.app.VolumeMounts = append(sc.app.VolumeMounts, mount("cache", "/p/label", ""))
			}, Absent, map[string]string{"reason": "volume cache is mounted over it at /p/labels"}},
		{"a name that was replaced", "KK-DOWN-108", explain.Warning,
			func(sc *scene) { sc.env(variable("N", "metadata.name"), "other") }, func(sc *scene) { sc.env(variable("N", "metadata.name"), "web") },
			Other, map[string]string{"has": `"other"`, "should": `"web"`}},
		{"a name and not a label", "KK-DOWN-108", explain.Warning,
			func(sc *scene) { sc.file(file("name", "metadata.name"), false, "other") }, func(sc *scene) { sc.file(file("app", "metadata.labels['app']"), false, "other") }, Other, nil},
		{"a container that is not", "KK-DOWN-109", explain.Error,
			func(sc *scene) { sc.env(resourceVariable("CPU", "limits.cpu", "ap", ""), "") }, func(sc *scene) { sc.env(resourceVariable("CPU", "limits.cpu", "app", ""), "1") },
			NoStart, map[string]string{"named": "ap", "containers": "app"}},
		{"a debug container is none that can be named", "KK-DOWN-109", explain.Error,
			func(sc *scene) {
				sc.pod.Spec.EphemeralContainers = []corev1.EphemeralContainer{ephemeral("")}
				sc.file(resourceFile("cpu", "limits.cpu", "debugger"), false, "")
			},
			func(sc *scene) {
				sc.pod.Spec.InitContainers = []corev1.Container{{Name: "init"}}
				sc.file(resourceFile("cpu", "limits.cpu", "init"), false, "2")
			}, NoStart, nil},
		{"a volume that is not mounted", "KK-DOWN-114", explain.Info,
			func(sc *scene) {
				sc.pod.Spec.Volumes = []corev1.Volume{infoVolume(all, file("name", "metadata.name"))}
			},
			func(sc *scene) { sc.file(all, false, `app="web"`) }, NotMounted, map[string]string{"volume": "podinfo", "files": "labels, name"}},
		{"a container that was not read", "KK-DOWN-115", explain.Warning,
			func(sc *scene) { sc.env(label, ""); sc.reading.NotRead = "it has ended" }, func(sc *scene) { sc.env(label, "web") },
			NotRead, map[string]string{"container": "app", "reason": "it has ended"}},
		{"a container that was not looked into", "KK-DOWN-115", explain.Warning,
			func(sc *scene) { sc.env(label, ""); sc.reading.NotRead = "it waits" }, func(sc *scene) { sc.env(label, ""); sc.reading = nil }, NotRead, nil},
	} {
		t.Run(c.code+" "+c.what, c.check)
	}
}

// TestUnknownIsNotAbsent: a file whose place in the container is not known is not said
// to be missing there, and nothing that was not read is proved by the node.
func TestUnknownIsNotAbsent(t *testing.T) {
	v := analyzed(t, scened(func(sc *scene) {
		sc.file(file("labels", "metadata.labels"), true, "")
		sc.app.VolumeMounts[0].SubPath, sc.app.VolumeMounts[0].SubPathExpr = "", "$(POD_NAME)"
	}), ofPod)
	for _, u := range v.Uses {
		if u.Status == Absent {
			t.Errorf("%s: %s, found %v", u.Name, u.Status, codes(v))
		}
	}
	hidden := analyzed(t, scened(func(sc *scene) {
		sc.file(file("labels", "metadata.labels"), false, "")
		sc.app.VolumeMounts = append(sc.app.VolumeMounts, mount("cache", "/p/labels", ""))
		sc.reading = nil
	}), ofPod)
	for _, f := range hidden.Findings {
		if f.Proof == explain.ProofNode {
			t.Errorf("%s is proved by the node, where nothing was read", f.Code)
		}
	}
}
