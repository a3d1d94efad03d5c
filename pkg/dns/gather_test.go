package dns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
)

// contents is a Reader whose container has these files.
type contents map[string]string

func (c contents) Files(_ context.Context, _, _, _ string, paths ...string) ([]kube.File, error) {
	if c == nil {
		return nil, kube.ErrNoShell
	}
	var out []kube.File
	for _, path := range paths {
		text, there := c[path]
		file := kube.File{Path: path, Data: []byte(text)}
		if !there {
			file.Complaint = "cat: " + path + ": No such file or directory"
		}
		out = append(out, file)
	}
	return out, nil
}

const clusterFirst = "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 20.1.0.10\noptions ndots:5\n"

func aService(namespace, name string, set func(*corev1.ServiceSpec)) *corev1.Service {
	svc := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	svc.Spec.ClusterIP, svc.Spec.ClusterIPs = "20.1.0.9", []string{"20.1.0.9"}
	if set != nil {
		set(&svc.Spec)
	}
	return svc
}

// world is a Pod, and Services of each kind.
func world() *fake.Clientset {
	hostname := "db-0"
	return fake.NewClientset(
		&corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "app"}}},
			Status:     corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "app", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}},
		},
		aService("shop", "cart", nil),
		aService("shop", "both", func(s *corev1.ServiceSpec) { s.ClusterIPs = []string{"20.1.0.9", "fd00::9"} }),
		aService("other", "cart", nil),
		aService("shop", "db", func(s *corev1.ServiceSpec) { s.ClusterIP, s.ClusterIPs = "None", []string{"None"} }),
		aService("shop", "empty", func(s *corev1.ServiceSpec) { s.ClusterIP, s.ClusterIPs = "None", []string{"None"} }),
		aService("shop", "outside", func(s *corev1.ServiceSpec) { s.Type, s.ClusterIP = corev1.ServiceTypeExternalName, "" }),
		&discoveryv1.EndpointSlice{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "db-x", Labels: map[string]string{discoveryv1.LabelServiceName: "db"}},
			Endpoints:  []discoveryv1.Endpoint{{Addresses: []string{"20.2.0.4"}, Hostname: &hostname}},
		},
	)
}

func gathered(t *testing.T, reader Reader, names ...string) (Facts, *fake.Clientset) {
	t.Helper()
	client := world()
	f, err := Gather(context.Background(), Source{Client: client, Reader: reader}, Request{Namespace: "shop", Target: kube.Target{Kind: "Pod", Name: "web"}, Names: names})
	if err != nil {
		t.Fatal(err)
	}
	return f, client
}

// TestRecords: how each kind of name ends, "" where the API cannot tell.
func TestRecords(t *testing.T) {
	for name, want := range map[string]string{
		"cart": "found as cart.shop.svc.cluster.local", "cart.other": "found as cart.other.svc.cluster.local",
		"both": "found as both.shop.svc.cluster.local", "db": "found as db.shop.svc.cluster.local", "db-0.db": "found as db-0.db.shop.svc.cluster.local",
		"cart.shop.svc.cluster.local.": "found as cart.shop.svc.cluster.local",
		"empty":                        "", "outside": "", "absent": "", "www.example.com": "", "db-1.db": "",
	} {
		f, client := gathered(t, contents{resolvConf: clusterFirst, firstMaps: "7f00 r-xp /usr/lib/libc.so.6\n", inet6: "fd000020000200360000000000000005 02 40 00 80 eth0\n"}, name)
		l := Analyze(f).Lookups[0]
		got := ""
		if l.FoundAs != "" {
			got = "found as " + l.FoundAs
		}
		if got != want || (want == "") != (l.Result == "") {
			t.Errorf("%s: %q (%s), want %q", name, got, l.Result, want)
		}
		if n := len(client.Actions()); n > 5 {
			t.Errorf("%s: %d requests beside the exec", name, n)
		}
	}
}

// TestRequestsAreBounded: many names do not make many requests.
func TestRequestsAreBounded(t *testing.T) {
	var names []string
	for i := range 50 {
		names = append(names, fmt.Sprintf("name-%d", i))
	}
	f, client := gathered(t, contents{resolvConf: clusterFirst}, names...)
	if n := len(client.Actions()); n != 1+maxRequests {
		t.Errorf("%d requests", n)
	}
	if len(f.Names) != 50 {
		t.Errorf("%d names", len(f.Names))
	}
}

// TestResolverOfContainer: which C library a process has mapped.
func TestResolverOfContainer(t *testing.T) {
	for maps, want := range map[string]struct {
		libc    Libc
		assumed bool
	}{
		"7f00 r-xp /lib/ld-musl-x86_64.so.1\n":                {Musl, false},
		"7f00 r-xp /usr/lib/x86_64-linux-gnu/libc.so.6\n":     {Glibc, false},
		"7f00 r-xp /lib64/libc-2.17.so\n":                     {Glibc, false},
		"00400000 r-xp /app\n7f00 rw-p [heap]\n":              {Go, true},
		"00400000 r-xp /opt/musl/app\n7f00 r-xp /libcrypt.so": {Go, true},
	} {
		f, _ := gathered(t, contents{resolvConf: clusterFirst, firstMaps: maps})
		if f.Libc != want.libc || f.LibcAssumed != want.assumed {
			t.Errorf("%q: %s, assumed %v", maps, f.Libc, f.LibcAssumed)
		}
	}
	if f, _ := gathered(t, contents{resolvConf: clusterFirst}); f.Libc != Glibc || !f.LibcAssumed || !f.IPv4Only {
		t.Errorf("without maps and IPv6: %s, %v, %v", f.Libc, f.LibcAssumed, f.IPv4Only)
	}
	f, _ := gathered(t, contents{resolvConf: clusterFirst, inet6: "00000000000000000000000000000001 01 80 10 80 lo\n"})
	if !f.IPv4Only {
		t.Error("the loopback address is taken for one of IPv6")
	}
}

// TestGatherErrors: without the file there is no answer, and it is said what to do.
func TestGatherErrors(t *testing.T) {
	gather := func(reader Reader, req Request) error {
		req.Namespace, req.Target.Kind = "shop", "Pod"
		_, err := Gather(context.Background(), Source{Client: world(), Reader: reader}, req)
		return err
	}
	web := kube.Target{Name: "web"}
	for what, c := range map[string]struct {
		err  error
		says string
	}{
		"no shell":     {gather(contents(nil), Request{Target: web}), "kubectl kk dns --from-file FILE"},
		"no file":      {gather(contents{}, Request{Target: web}), "No such file"},
		"no Pod":       {gather(contents{}, Request{Target: kube.Target{Name: "wbe"}}), "pods in shop: web"},
		"no container": {gather(contents{}, Request{Target: web, Container: "ap"}), "its containers: app"},
		"refused":      {gather(refusing{}, Request{Target: web}), "allow get and create on pods/exec"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", what, c.err, c.says)
		}
	}
}

type refusing struct{}

func (refusing) Files(context.Context, string, string, string, ...string) ([]kube.File, error) {
	return nil, errors.New(`pods "web" is forbidden: User "jane" cannot get resource "pods/exec"`)
}

// TestGatherAsks: the verbs and resources, which plugins.yaml lists.
func TestGatherAsks(t *testing.T) {
	_, client := gathered(t, contents{resolvConf: clusterFirst}, "db")
	var got []string
	for _, a := range client.Actions() {
		got = append(got, a.GetVerb()+" "+a.GetResource().Resource)
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"get pods", "get services", "list endpointslices"}, got); diff != "" {
		t.Errorf("asked (-want +got)\n%s", diff)
	}
}
