package downward

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// without takes the container's own limits away, and with them what they were set by.
func without(sc *scene) { sc.app.Resources = corev1.ResourceRequirements{} }

// podLimit is a limit of the Pod as a whole.
func podLimit(sc *scene) {
	without(sc)
	sc.pod.Spec.Resources = &corev1.ResourceRequirements{Limits: amountsOf("1500m", "1Gi")}
}

// resizing asks for two processors where one was granted.
func resizing(status corev1.ConditionStatus) func(*scene) {
	return func(sc *scene) {
		sc.app.Resources.Limits = amountsOf("2", "64Mi")
		sc.pod.Status.ContainerStatuses[0].Resources = &corev1.ResourceRequirements{Limits: amountsOf("1", "64Mi"), Requests: amountsOf("1", "64Mi")}
		sc.pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodResizePending, Status: status, Reason: "Deferred"}}
		sc.file(resourceFile("cpu", "limits.cpu", "app"), false, "2")
	}
}

// initialized has an init container with a limit of memory only.
func initialized(v corev1.EnvVar, holds string) func(*scene) {
	return func(sc *scene) {
		sc.pod.Spec.InitContainers = []corev1.Container{{Name: "init", Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{"memory": resource.MustParse("8Mi")}}}}
		sc.env(v, holds)
	}
}

// TestFindingsOfResources are those about amounts.
func TestFindingsOfResources(t *testing.T) {
	memory := resourceVariable("MEMORY", "limits.memory", "", "1Mi")
	for _, c := range []twin{
		{"a limit that is not set", "KK-DOWN-110", explain.Info,
			func(sc *scene) { without(sc); sc.env(memory, "4096") }, func(sc *scene) { sc.env(memory, "64") },
			Holds, map[string]string{"value": "4096 (in units of 1Mi)", "field": "limits.memory"}},
		{"a limit of zero", "KK-DOWN-110", explain.Info,
			func(sc *scene) { sc.app.Resources.Limits = amountsOf("0", "0"); sc.env(memory, "4096") }, func(sc *scene) { sc.env(memory, "64") }, Holds, nil},
		{"a limit and not a request", "KK-DOWN-110", explain.Info,
			func(sc *scene) { without(sc); sc.env(resourceVariable("CPU", "limits.cpu", "", ""), "2") },
			func(sc *scene) { without(sc); sc.env(resourceVariable("CPU", "requests.cpu", "", ""), "0") }, Holds, nil},
		{"a node that was not read", "KK-DOWN-110", explain.Info,
			func(sc *scene) { without(sc); sc.node.Name = "another"; sc.env(memory, "4096") },
			func(sc *scene) { sc.node.Name = "another"; sc.env(memory, "64") }, NotCompared, map[string]string{"value": "<unknown>"}},
		{"a Pod's limit in a variable", "KK-DOWN-110", explain.Info,
			func(sc *scene) {
				podLimit(sc)
				sc.node.Status.NodeInfo.KubeletVersion = "v1.33.4"
				sc.env(memory, "4096")
			},
			func(sc *scene) {
				podLimit(sc)
				sc.node.Status.NodeInfo.KubeletVersion = "v1.34.0"
				sc.env(memory, "1024")
			}, Holds, nil},
		{"a part of a processor", "KK-DOWN-111", explain.Info,
			func(sc *scene) {
				sc.app.Resources.Limits = amountsOf("250m", "64Mi")
				sc.env(resourceVariable("CPU", "limits.cpu", "", ""), "1")
			},
			func(sc *scene) {
				sc.app.Resources.Limits = amountsOf("250m", "64Mi")
				sc.env(resourceVariable("CPU", "limits.cpu", "", "1m"), "250")
			},
			Holds, map[string]string{"quantity": "250m", "divisor": "1", "value": "1"}},
		{"memory in another unit", "KK-DOWN-111", explain.Info,
			func(sc *scene) { sc.env(resourceVariable("M", "limits.memory", "", "1M"), "68") }, func(sc *scene) { sc.env(memory, "64") },
			Holds, map[string]string{"quantity": "64Mi", "value": "68 (in units of 1M)"}},
		{"an init container that is named", "KK-DOWN-112", explain.Warning,
			initialized(resourceVariable("CPU", "limits.cpu", "init", ""), "0"), initialized(resourceVariable("CPU", "limits.cpu", "app", ""), "1"),
			Holds, map[string]string{"named": "init", "field": "limits.cpu"}},
		{"an init container with a limit", "KK-DOWN-112", explain.Warning,
			initialized(resourceVariable("CPU", "limits.cpu", "init", ""), "0"), initialized(resourceVariable("M", "limits.memory", "init", ""), "8388608"), Holds, nil},
		{"an init container in a file", "KK-DOWN-112", explain.Warning,
			initialized(resourceVariable("CPU", "limits.cpu", "init", ""), "0"), func(sc *scene) {
				initialized(memory, "64")(sc)
				sc.file(resourceFile("cpu", "limits.cpu", "init"), false, "2")
			}, Holds, nil},
		{"a Pod's limit in a file", "KK-DOWN-113", explain.Info,
			func(sc *scene) { podLimit(sc); sc.file(resourceFile("cpu", "limits.cpu", "app"), false, "2") },
			func(sc *scene) { podLimit(sc); sc.env(resourceVariable("CPU", "limits.cpu", "", ""), "2") },
			Holds, map[string]string{"limit": "1500m", "value": "2"}},
		{"a container's limit in a file", "KK-DOWN-113", explain.Info,
			func(sc *scene) { podLimit(sc); sc.file(resourceFile("cpu", "limits.cpu", "app"), false, "2") },
			func(sc *scene) {
				podLimit(sc)
				sc.app.Resources.Limits = amountsOf("1", "1Gi")
				sc.file(resourceFile("cpu", "limits.cpu", "app"), false, "1")
			}, Holds, nil},
		{"a resize that waits", "KK-DOWN-116", explain.Warning, resizing(corev1.ConditionTrue), resizing(corev1.ConditionFalse),
			Holds, map[string]string{"value": "2", "granted": "1"}},
		{"a resize of another resource", "KK-DOWN-116", explain.Warning, resizing(corev1.ConditionTrue), func(sc *scene) {
			resizing(corev1.ConditionTrue)(sc)
			sc.pod.Spec.Volumes, sc.app.VolumeMounts = nil, nil
			sc.file(resourceFile("memory", "limits.memory", "app"), false, "67108864")
		}, Holds, nil},
		{"a static Pod", "KK-DOWN-117", explain.Info, func(sc *scene) {
			sc.pod.Annotations = map[string]string{"kubernetes.io/config.mirror": "aa", "kubernetes.io/config.hash": "aa", "kubernetes.io/config.source": "file"}
			sc.env(variable("U", "metadata.uid"), "aa")
		}, func(sc *scene) { sc.env(variable("U", "metadata.uid"), "11-22") }, Holds, map[string]string{"uid": "aa", "shown": "11-22"}},
	} {
		t.Run(c.code+" "+c.what, c.check)
	}
}

// TestGrantedForVariables: while a resize waits, a variable is computed by what was
// granted: one that holds it is not old.
func TestGrantedForVariables(t *testing.T) {
	v := analyzed(t, scened(func(sc *scene) {
		resizing(corev1.ConditionTrue)(sc)
		sc.env(resourceVariable("CPU", "limits.cpu", "", ""), "1")
		sc.env(resourceVariable("NAMED", "limits.cpu", "app", ""), "1")
	}), ofPod)
	for _, u := range v.Uses {
		if u.Status != Holds {
			t.Errorf("%s: %s, should be %q", u.Name, u.Status, u.Should.Text)
		}
	}
}

// TestOneFindingForMany: what is said of several uses is said once, and names them all.
func TestOneFindingForMany(t *testing.T) {
	v := analyzed(t, scened(func(sc *scene) {
		without(sc)
		sc.env(resourceVariable("A", "limits.cpu", "", ""), "2")
		sc.env(resourceVariable("B", "limits.cpu", "app", ""), "2")
		sc.env(resourceVariable("C", "limits.cpu", "", "1m"), "2000")
		sc.env(variable("D", "metadata.labels['x']"), "old")
		sc.env(variable("E", "metadata.labels['x']"), "old")
	}), ofPod)
	// By 1 and by 1m the value is another, and so is the sentence; an old variable has
	// a sentence of its own.
	for code, want := range map[string][]string{
		"KK-DOWN-110": {"app: $A, app: $B", "app: $C"}, "KK-DOWN-105": {"app: $D, app: $E"}, "KK-DOWN-101": {"app: $D", "app: $E"},
	} {
		found := findingsOf(v, code)
		if len(found) != len(want) {
			t.Fatalf("%s: %+v", code, found)
		}
		for i := range want {
			if found[i].Args["use"] != want[i] {
				t.Errorf("%s is of %q, want %q", code, found[i].Args["use"], want[i])
			}
		}
	}
	inWords(t, v)
}

// TestNotScheduled: a Pod without a node has the values that it has already.
func TestNotScheduled(t *testing.T) {
	v := analyzed(t, scened(func(sc *scene) {
		without(sc)
		sc.pod.Spec.NodeName, sc.pod.Status, sc.reading = "", corev1.PodStatus{Phase: corev1.PodPending}, nil
		for _, field := range []string{"spec.nodeName", "status.podIP", "status.podIPs", "status.hostIP", "status.hostIPs"} {
			sc.env(variable(field, field), "")
		}
		sc.env(resourceVariable("limits.cpu", "limits.cpu", "", ""), "")
	}), ofPod)
	for _, u := range v.Uses {
		if u.Should.State != NotScheduled || u.Status != NotRead {
			t.Errorf("%s: %+v, %s", u.Name, u.Should, u.Status)
		}
	}
	for _, f := range v.Fields {
		if f.Field == "metadata.name" && f.Env.Value.Text != "web" || f.Field == "requests.cpu" && f.Env.Value.Text != "0" {
			t.Errorf("%s: %+v", f.Field, f.Env.Value)
		}
	}
}
