package snapshot

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func pod(name, ip string, change func(*corev1.Pod)) corev1.Pod {
	p := corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
		Spec:       corev1.PodSpec{NodeName: "node-1"},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning, PodIP: ip, PodIPs: []corev1.PodIP{{IP: ip}}},
	}
	if change != nil {
		change(&p)
	}
	return p
}

func TestPodWithIP(t *testing.T) {
	s := Snapshot{Pods: []corev1.Pod{
		pod("finished", "10.0.0.1", func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }),
		pod("living", "10.0.0.1", nil),
		pod("on-host", "10.0.0.2", func(p *corev1.Pod) { p.Spec.HostNetwork = true }),
		pod("second-family", "10.0.0.3", func(p *corev1.Pod) { p.Status.PodIPs = append(p.Status.PodIPs, corev1.PodIP{IP: "fd00::3"}) }),
	}}
	for ip, want := range map[string]string{"10.0.0.1": "living", "10.0.0.2": "", "fd00::3": "second-family", "10.0.0.9": ""} {
		got := ""
		if p := s.PodWithIP(ip); p != nil {
			got = p.Name
		}
		if got != want {
			t.Errorf("%s is of %q, want %q", ip, got, want)
		}
	}
	if s.NodeWithIP("10.0.0.2") != "node-1" || s.NodeWithIP("10.0.0.1") != "" {
		t.Errorf("node of 10.0.0.2 is %q, of 10.0.0.1 %q", s.NodeWithIP("10.0.0.2"), s.NodeWithIP("10.0.0.1"))
	}
}

// TestSlim: what could be a secret does not stay in a snapshot.
func TestSlim(t *testing.T) {
	p := pod("web", "10.0.0.1", func(p *corev1.Pod) {
		p.Annotations = map[string]string{"token": "hush"}
		p.Spec.Containers = []corev1.Container{{
			Name: "web", Image: "web:1", Args: []string{"--password=hush"}, Command: []string{"run", "hush"},
			Env: []corev1.EnvVar{{Name: "PASSWORD", Value: "hush"}},
		}}
		p.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "hush"}}
	})
	var out bytes.Buffer
	if err := Encode(&out, &Snapshot{APIVersion: APIVersion, Kind: Kind, Pods: []corev1.Pod{Slim(&p)}}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "hush") {
		t.Errorf("the snapshot holds a secret:\n%s", out.String())
	}
	for _, want := range []string{`"name": "web"`, "10.0.0.1", "node-1"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the snapshot lacks %s", want)
		}
	}
}

func TestSlimService(t *testing.T) {
	svc := SlimService(&corev1.Service{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{
		corev1.AnnotationTopologyMode: "Auto", "kubectl.kubernetes.io/last-applied-configuration": "{}",
	}}})
	if diff := cmp.Diff(map[string]string{corev1.AnnotationTopologyMode: "Auto"}, svc.Annotations); diff != "" {
		t.Error(diff)
	}
}

func TestFileRoundTrip(t *testing.T) {
	s := &Snapshot{
		APIVersion: APIVersion, Kind: Kind, Pods: []corev1.Pod{pod("web", "10.0.0.1", nil)},
		Readings: []Reading{{Node: "node-1", Via: "debug", Outputs: []Output{{Argv: []string{"iptables", "-S"}, Text: "-N A\n<&>\n", Exit: 1}}}},
		Missing:  []Missing{{What: "get node", Why: "forbidden"}},
	}
	var out bytes.Buffer
	if err := Encode(&out, s); err != nil {
		t.Fatal(err)
	}
	got, err := Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, got); diff != "" {
		t.Error(diff)
	}
}
