package dns

import (
	"context"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
)

// contents is a container with these files. Its replies to queries are in dig.
type contents struct {
	files map[string]string
	goes  string
	dig   map[string]string
	err   error
	// asked are the queries that came.
	asked []node.Query
}

func (c *contents) Look(_ context.Context, _ *corev1.Pod, _ string, look node.Look) (*node.Looked, error) {
	if c.err != nil {
		return nil, c.err
	}
	file := func(path string) kube.File {
		text, there := c.files[path]
		if !there {
			return kube.File{Path: path, Complaint: "cat: " + path + ": No such file or directory"}
		}
		return kube.File{Path: path, Data: []byte(text)}
	}
	out := &node.Looked{Go: c.goes}
	for _, path := range look.Files {
		out.Files = append(out.Files, file(path))
	}
	for _, path := range look.Process {
		out.Process = append(out.Process, file(path))
	}
	for _, q := range look.Queries {
		c.asked = append(c.asked, q)
		out.Replies = append(out.Replies, c.dig[q.Type+" "+q.Name])
	}
	return out, nil
}

// holding is a container whose program is glibc's, with an IPv6 address.
func holding() *contents {
	return &contents{files: map[string]string{
		"/etc/resolv.conf": clusterFirst, "/etc/hostname": "web\n", "/etc/hosts": "127.0.0.1 localhost\n20.2.36.5 web\n",
		"maps":         "7f00 r-xp 00000000 00:7d 1 /usr/bin/sleep\n7f00 r-xp 00000000 00:7d 1 /usr/lib/libc.so.6\n",
		"net/if_inet6": "fd000020000200360000000000000005 02 40 00 80 eth0\n",
	}}
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

func anAlias(name, target string) *corev1.Service {
	return aService("shop", name, func(s *corev1.ServiceSpec) {
		s.Type, s.ClusterIP, s.ClusterIPs, s.ExternalName = corev1.ServiceTypeExternalName, "", nil, target
	})
}

// world is a Pod, and Services of each kind.
func world() *fake.Clientset {
	hostname := "db-0"
	return fake.NewClientset(
		&corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"},
			Spec:       corev1.PodSpec{NodeName: "node-1", Containers: []corev1.Container{{Name: "app"}}},
			Status:     corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "app", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}},
		},
		aService("shop", "cart", nil),
		aService("shop", "both", func(s *corev1.ServiceSpec) { s.ClusterIPs = []string{"20.1.0.9", "fd00::9"} }),
		aService("other", "cart", nil),
		aService("shop", "db", func(s *corev1.ServiceSpec) { s.ClusterIP, s.ClusterIPs = "None", []string{"None"} }),
		aService("shop", "empty", func(s *corev1.ServiceSpec) { s.ClusterIP, s.ClusterIPs = "None", []string{"None"} }),
		anAlias("outside", "example.com"), anAlias("inside", "cart.shop.svc.cluster.local"), anAlias("inside2", "INSIDE.shop.svc.cluster.local."),
		anAlias("loop", "pool.shop.svc.cluster.local"), anAlias("pool", "loop.shop.svc.cluster.local"), anAlias("self", "self.shop.svc.cluster.local"),
		anAlias("nowhere", "absent.shop.svc.cluster.local"), anAlias("address", "192.0.2.7"),
		&corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "done"},
			Spec:       corev1.PodSpec{NodeName: "node-1", Containers: []corev1.Container{{Name: "app"}}},
			Status:     corev1.PodStatus{Phase: corev1.PodSucceeded, ContainerStatuses: []corev1.ContainerStatus{{Name: "app", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed"}}}}},
		},
		&discoveryv1.EndpointSlice{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cart-x", Labels: map[string]string{discoveryv1.LabelServiceName: "cart"}},
			Endpoints:  []discoveryv1.Endpoint{{Addresses: []string{"20.2.0.7"}}},
		},
		&discoveryv1.EndpointSlice{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "db-x", Labels: map[string]string{discoveryv1.LabelServiceName: "db"}},
			Endpoints:  []discoveryv1.Endpoint{{Addresses: []string{"20.2.0.4"}, Hostname: &hostname}},
		},
	)
}

func gathered(t *testing.T, c *contents, names ...string) (Facts, *fake.Clientset) {
	t.Helper()
	client := world()
	req := Request{Namespace: "shop", Target: kube.Target{Kind: "Pod", Name: "web"}, Names: names}
	return factsFrom(t, client, req, Way{"exec", c}), client
}

func factsFrom(t *testing.T, client *fake.Clientset, req Request, ways ...Way) Facts {
	t.Helper()
	s, err := Gather(context.Background(), Source{Client: client, Ways: ways, Configz: configz}, req)
	if err != nil {
		t.Fatal(err)
	}
	f, err := FactsOf(s, req)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func configz(context.Context, string) ([]byte, error) {
	return []byte(`{"kubeletconfig":{"clusterDNS":["20.1.0.10"],"clusterDomain":"cluster.local","resolvConf":"/etc/resolv.conf"}}`), nil
}
