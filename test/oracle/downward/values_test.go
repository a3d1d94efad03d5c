package downward

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/downward"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// maker makes random Pods.
type maker struct{ *rand.Rand }

func newMaker() maker { return maker{rand.New(rand.NewPCG(*seed, 0))} }

func oneOf[T any](m maker, values ...T) T { return values[m.IntN(len(values))] }

// amounts are quantities with all that a conversion can stumble over: none, parts of a
// byte, more than a float64 holds exactly, more than an int64 has thousandths.
var amounts = []string{
	"0", "1m", "100m", "999m", "1500m", "1", "2", "0.5", "100u", "1n", "1k", "1Ki", "9Gi", "10G", "123456789123", "9007199254740993",
	"9223372036854775807", "7Ei", "9E", "1e3", "12e6", "1023", "1024", "1025", "2Mi",
}

var (
	containerNames = []string{"init", "sidecar", "app", "other"}
	names          = []corev1.ResourceName{"cpu", "memory", "ephemeral-storage", "hugepages-2Mi", "hugepages-1Gi"}
)

func (m maker) list(names ...corev1.ResourceName) corev1.ResourceList {
	out := corev1.ResourceList{}
	for _, name := range names {
		if m.IntN(3) > 0 {
			out[name] = resource.MustParse(oneOf(m, amounts...))
		}
	}
	return out
}

func (m maker) container(name string) corev1.Container {
	return corev1.Container{Name: name, Resources: corev1.ResourceRequirements{Limits: m.list(names...), Requests: m.list(names...)}}
}

// pod has two init containers and two regular ones; each takes some resources of itself
// or of another by variables, and all see a volume with more of them.
func (m maker) pod() *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}, Spec: corev1.PodSpec{
		NodeName:       "node-1",
		InitContainers: []corev1.Container{m.container("init"), m.container("sidecar")},
		Containers:     []corev1.Container{m.container("app"), m.container("other")},
	}}
	if m.IntN(3) == 0 {
		pod.Spec.Resources = &corev1.ResourceRequirements{Limits: m.list("cpu", "memory", "hugepages-2Mi")}
	}
	volume := &corev1.DownwardAPIVolumeSource{}
	for i := range 8 {
		ref := m.resourceRef(containerNames...)
		volume.Items = append(volume.Items, corev1.DownwardAPIVolumeFile{Path: fmt.Sprint(i), ResourceFieldRef: ref})
	}
	pod.Spec.Volumes = []corev1.Volume{{Name: "podinfo", VolumeSource: corev1.VolumeSource{DownwardAPI: volume}}}
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			list[i].VolumeMounts = []corev1.VolumeMount{{Name: "podinfo", MountPath: "/etc/podinfo"}}
			for n := range 4 {
				ref := m.resourceRef(append(containerNames, "", "", "", "")...)
				list[i].Env = append(list[i].Env, corev1.EnvVar{Name: fmt.Sprint("V", n), ValueFrom: &corev1.EnvVarSource{ResourceFieldRef: ref}})
			}
		}
	}
	return pod
}

func (m maker) resourceRef(containers ...string) *corev1.ResourceFieldSelector {
	ref := &corev1.ResourceFieldSelector{Resource: oneOf(m, "limits.", "requests.") + string(oneOf(m, names...)), ContainerName: oneOf(m, containers...)}
	if divisor := oneOf(m, units(ref.Resource)...); divisor != "" {
		ref.Divisor = resource.MustParse(divisor)
	}
	return ref
}

// units are the divisors that the API server takes for a resource.
func units(path string) []string {
	if strings.HasSuffix(path, ".cpu") {
		return []string{"", "0", "1", "1m"}
	}
	return []string{"", "0", "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"}
}

func analyzed(t *testing.T, pod *corev1.Pod, allocatable corev1.ResourceList, readings ...snapshot.ContainerReading) *downward.View {
	t.Helper()
	node := corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node-1"}, Status: corev1.NodeStatus{
		Allocatable: allocatable, NodeInfo: corev1.NodeSystemInfo{KubeletVersion: "v1.37.2"},
	}}
	s := &snapshot.Snapshot{Pods: []corev1.Pod{snapshot.SlimWithFields(pod)}, Nodes: []corev1.Node{snapshot.SlimNode(&node)}, Containers: readings}
	view, err := downward.Analyze(s, downward.Request{Namespace: "shop", Target: kube.Target{Kind: "Pod", Name: "web"}})
	if err != nil {
		t.Fatal(err)
	}
	return view
}

func containersOf(pod *corev1.Pod) []corev1.Container {
	return slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers)
}

// TestResourcesOfUses: each variable and each file should have what the kubelet gives.
func TestResourcesOfUses(t *testing.T) {
	m := newMaker()
	compared, filledIn := 0, 0
	for range 400 {
		pod, allocatable := m.pod(), m.list("cpu", "memory", "ephemeral-storage", "hugepages-2Mi")
		want := map[string]string{}
		for _, c := range containersOf(pod) {
			for _, v := range c.Env {
				want[c.Name+" "+v.Name] = byVariable(t, pod, &c, v.ValueFrom.ResourceFieldRef, allocatable)
			}
			for name, file := range filesOf(t, pod, pod.Spec.Volumes[0].DownwardAPI.Items, allocatable) {
				want[c.Name+" /etc/podinfo/"+name] = string(file.Data)
			}
		}
		view := analyzed(t, pod, allocatable)
		if len(view.Uses) != len(want) {
			t.Fatalf("%d uses, want %d", len(view.Uses), len(want))
		}
		for _, u := range view.Uses {
			compared++
			if u.Should.Origin == downward.FromNode || u.Should.Origin == downward.FromPodLimit {
				filledIn++
			}
			if got := u.Should.Text; got != want[u.Container+" "+u.Name] {
				t.Errorf("-seed %d: %s of %s, %s of %q in units of %s: kk says %s, the kubelet gives %s\n%+v\n%v", *seed, u.Name, u.Container,
					u.Field, u.Of, u.Divisor, got, want[u.Container+" "+u.Name], pod.Spec, allocatable)
			}
		}
	}
	if compared != 400*4*(4+8) || filledIn < compared/20 {
		t.Errorf("%d values were compared, %d of them not the container's own", compared, filledIn)
	}
}

// TestResourcesOfFields: the table shows for each resource of each container what its
// own variable, and a file, would get by each divisor that is shown.
func TestResourcesOfFields(t *testing.T) {
	m := newMaker()
	compared := 0
	for range 300 {
		pod, allocatable := m.pod(), m.list("cpu", "memory", "ephemeral-storage")
		all := containersOf(pod)
		for _, f := range analyzed(t, pod, allocatable).Fields {
			if f.Container == "" {
				continue
			}
			own := all[slices.IndexFunc(all, func(c corev1.Container) bool { return c.Name == f.Container })]
			for divisor, text := range f.Env.Value.ByDivisor {
				ref := &corev1.ResourceFieldSelector{Resource: f.Field, Divisor: resource.MustParse(divisor)}
				if want := byVariable(t, pod, &own, ref, allocatable); text != want {
					t.Errorf("-seed %d: %s of %s by %s in a variable: kk says %s, the kubelet gives %s", *seed, f.Field, f.Container, divisor, text, want)
				}
				ref.ContainerName = f.Container
				items := []corev1.DownwardAPIVolumeFile{{Path: "file", ResourceFieldRef: ref}}
				want := string(filesOf(t, pod, items, allocatable)["file"].Data)
				if text := f.Volume.Value.ByDivisor[divisor]; text != want {
					t.Errorf("-seed %d: %s of %s by %s in a file: kk says %s, the kubelet gives %s", *seed, f.Field, f.Container, divisor, text, want)
				}
				compared++
			}
			if f.Env.Value.Text != f.Env.Value.ByDivisor["1"] {
				t.Errorf("%s of %s: %s, and by 1 it is %s", f.Field, f.Container, f.Env.Value.Text, f.Env.Value.ByDivisor["1"])
			}
		}
	}
	if compared < 300*4*15 {
		t.Errorf("only %d values were compared", compared)
	}
}
