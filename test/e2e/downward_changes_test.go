//go:build e2e

package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/downward"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// changing is a Pod that takes a label, an annotation and its limits by variables V0 to V4,
// by files and by files under subPath, and whose container ends when it is asked to.
func changing() *corev1.Pod {
	fields := []downward.Field{
		{Field: "metadata.labels['tier']"}, {Field: "metadata.annotations['note']"},
		{Field: "limits.cpu", Group: downward.Resources, Container: "app"},
		{Field: "limits.memory", Group: downward.Resources, Container: "app"},
		{Field: "requests.memory", Group: downward.Resources, Container: "app"},
	}
	pod := withUses(fields, fields)
	pod.Name, pod.Namespace = "kk-changing", "default"
	pod.Labels, pod.Annotations = map[string]string{"tier": "one"}, map[string]string{"note": "first"}
	app := &pod.Spec.Containers[0]
	app.Command = []string{"sh", "-c", `trap "exit 0" TERM; sleep infinity & wait`}
	app.Resources.Limits = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1"), corev1.ResourceMemory: resource.MustParse("64Mi")}
	for _, item := range []string{"0", "1", "3"} {
		app.VolumeMounts = append(app.VolumeMounts, corev1.VolumeMount{Name: "kk", MountPath: "/sub/" + item, SubPath: item})
	}
	return pod
}

// restart ends the container's process and waits until the next one runs.
func restart(t *testing.T, pod string) {
	t.Helper()
	count := func() string {
		return kubectl(t, "get", "pod", pod, "-o", `jsonpath={.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.running.startedAt}`)
	}
	before, _, _ := strings.Cut(count(), " ")
	// The process may end before its exec has answered.
	run(t, nil, os.Getenv("KK_CLUSTER_KUBECTL"), "exec", pod, "--", "sh", "-c", "kill 1")
	eventually(t, 60*time.Second, "the container runs again", func() bool {
		n, started, _ := strings.Cut(count(), " ")
		return n != before && started != ""
	})
}

// of is the status of a use, with what the container prints for it.
func of(t *testing.T, v *downward.View, name string) (downward.Status, string) {
	t.Helper()
	i := slices.IndexFunc(v.Uses, func(u downward.Use) bool { return u.Name == name })
	if i < 0 {
		t.Fatalf("no use %s", name)
	}
	printed := inside(t, v.Object.Namespace, v.Object.Name, v.Uses[i].Container).value(v.Uses[i])
	if v.Uses[i].Has == nil || *v.Uses[i].Has != printed {
		t.Errorf("%s: the container prints %q, kk read %v", name, printed, v.Uses[i].Has)
	}
	return v.Uses[i].Status, printed
}

// expect holds uses to a status and to what the container prints.
func expect(t *testing.T, v *downward.View, status downward.Status, want map[string]string) {
	t.Helper()
	for name, text := range want {
		if got, printed := of(t, v, name); got != status || printed != text {
			t.Errorf("%s: %s, and the container prints %q; want %s, %q", name, got, printed, status, text)
		}
	}
}

// TestDownwardChanges relabels, annotates, resizes in place and restarts, and holds the
// column CHANGES, the statuses and the findings to what the container prints each time.
func TestDownwardChanges(t *testing.T) {
	running(t, changing())
	v := view(t, 0, "kk-changing")
	holds(t, v)
	if got := found(v); !slices.Equal(got, []string{explain.SubPathFrozen, explain.SubPathFrozen, explain.SubPathFrozen}) {
		t.Errorf("before any change: %v", got)
	}
	kubectl(t, "label", "pod", "kk-changing", "--overwrite", "tier=two")
	kubectl(t, "annotate", "pod", "kk-changing", "--overwrite", "note=second")
	v = eventuallyView(t, "the file follows the label", func(v *downward.View) bool { return !slices.Contains(found(v), explain.FileBehind) }, "kk-changing")
	expect(t, v, downward.Old, map[string]string{"V0": "one", "V1": "first", "/sub/0": "one", "/sub/1": "first"})
	expect(t, v, downward.Holds, map[string]string{"/kk/0": "two", "/kk/1": "second"})
	changes(t, v, map[string]downward.Change{"V0": downward.AtRestart, "/kk/0": downward.Live, "V3": downward.AtRestart, "/kk/3": downward.AtResize})
	for _, f := range []struct{ code, name string }{{explain.VariableOld, "V0"}, {explain.VariableOld, "V1"}, {explain.SubPathOld, "/sub/0"}, {explain.SubPathOld, "/sub/1"}} {
		if !has(v, f.code, f.name) {
			t.Errorf("findings %v lack %s of %s", found(v), f.code, f.name)
		}
	}
	restart(t, "kk-changing")
	v = view(t, 0, "kk-changing")
	holds(t, v)
	if slices.Contains(found(v), explain.VariableOld) || slices.Contains(found(v), explain.SubPathOld) {
		t.Errorf("after the restart: %v", found(v))
	}

	resize(t, "kk-changing", `{"limits":{"cpu":"500m","memory":"96Mi"},"requests":{"cpu":"500m","memory":"96Mi"}}`)
	v = eventuallyView(t, "the file follows the resize", func(v *downward.View) bool { return !slices.Contains(found(v), explain.FileBehind) }, "kk-changing")
	expect(t, v, downward.Old, map[string]string{"V3": "67108864", "V4": "67108864", "/sub/3": "67108864"})
	expect(t, v, downward.Holds, map[string]string{"/kk/2": "1", "/kk/3": "100663296", "/kk/4": "100663296", "V2": "1"})
	if !has(v, explain.VariableOld, "V3") || !has(v, explain.SubPathOld, "/sub/3") || !has(v, explain.RoundedUp, "V2") {
		t.Errorf("after the resize: %v", found(v))
	}
	restart(t, "kk-changing")
	holds(t, view(t, 0, "kk-changing"))
}

// TestDownwardSubPathFolder: the first change takes the files of such a folder away.
func TestDownwardSubPathFolder(t *testing.T) {
	pod := withUses(nil, []downward.Field{{Field: "metadata.labels"}})
	pod.Name, pod.Namespace, pod.Labels = "kk-folder", "default", map[string]string{"tier": "one"}
	pod.Spec.Volumes[0].DownwardAPI.Items[0].Path = "folder/labels"
	pod.Spec.Containers[0].VolumeMounts[0].SubPath = "folder"
	running(t, pod)
	v := view(t, 0, "kk-folder")
	holds(t, v)
	if !slices.Equal(found(v), []string{explain.SubPathFolder}) {
		t.Errorf("before the change: %v", found(v))
	}
	kubectl(t, "label", "pod", "kk-folder", "--overwrite", "tier=two")
	v = eventuallyView(t, "the file is gone", func(v *downward.View) bool { return v.Uses[0].Status == downward.Absent }, "kk-folder")
	listed := run(t, nil, os.Getenv("KK_CLUSTER_KUBECTL"), "exec", "kk-folder", "--", "ls", "/kk")
	if !has(v, explain.SubPathFolder, "/kk/labels") || listed.stdout != "" {
		t.Errorf("findings %v, and the folder holds %q", found(v), listed.stdout)
	}
}

func changes(t *testing.T, v *downward.View, want map[string]downward.Change) {
	t.Helper()
	for _, u := range v.Uses {
		if c, asked := want[u.Name]; asked && u.Changes != c {
			t.Errorf("%s changes %q, want %q", u.Name, u.Changes, c)
		}
	}
}

func resize(t *testing.T, pod, resources string) {
	t.Helper()
	kubectl(t, "patch", "pod", pod, "--subresource=resize", "-p", `{"spec":{"containers":[{"name":"app","resources":`+resources+`}]}}`)
}

// TestDownwardResizeThatWaits: while the node has no room for a resize, files show what was
// asked for, and a container that restarts gets what it had.
func TestDownwardResizeThatWaits(t *testing.T) {
	pod := changing()
	running(t, pod)
	free := resource.MustParse(strings.TrimSpace(kubectl(t, "get", "node", workNode, "-o", "jsonpath={.status.allocatable.memory}")))
	half := resource.NewQuantity(free.Value()*6/10, resource.BinarySI)
	filler := withUses(nil, []downward.Field{{Field: "metadata.name"}})
	filler.ObjectMeta = metav1.ObjectMeta{Name: "kk-filler", Namespace: "default"}
	filler.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceMemory: *half}
	running(t, filler)
	amount := half.String()
	resize(t, pod.Name, `{"limits":{"cpu":"1","memory":"`+amount+`"},"requests":{"cpu":"1","memory":"`+amount+`"}}`)
	v := eventuallyView(t, "the resize waits", func(v *downward.View) bool {
		return slices.Contains(found(v), explain.ResizeNotGranted) && !slices.Contains(found(v), explain.FileBehind)
	}, pod.Name)
	if status, printed := of(t, v, "/kk/3"); status != downward.Holds || printed == "67108864" {
		t.Errorf("the file: %s, %s", status, printed)
	}
	expect(t, v, downward.Holds, map[string]string{"V3": "67108864", "V4": "67108864"})
	restart(t, pod.Name)
	v = view(t, 0, pod.Name)
	expect(t, v, downward.Holds, map[string]string{"V3": "67108864", "V4": "67108864"})
	kubectl(t, "delete", "pod", filler.Name, "--wait=true")
	v = eventuallyView(t, "the resize is granted", func(v *downward.View) bool { return !slices.Contains(found(v), explain.ResizeNotGranted) }, pod.Name)
	if status, _ := of(t, v, "V3"); status != downward.Old {
		t.Errorf("the variable after the resize: %s", status)
	}
}
