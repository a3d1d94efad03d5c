package kubeproxy

import (
	"context"
	"net"
	"os"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	sysctltest "k8s.io/component-helpers/node/util/sysctl/testing"
	"k8s.io/klog/v2"
	proxyconfig "k8s.io/kubernetes/pkg/proxy/apis/config"
	"k8s.io/kubernetes/pkg/proxy/conntrack"
	"k8s.io/kubernetes/pkg/proxy/healthcheck"
	"k8s.io/kubernetes/pkg/proxy/iptables"
	proxyutil "k8s.io/kubernetes/pkg/proxy/util"
	utiliptables "k8s.io/kubernetes/pkg/util/iptables"
	iptablestest "k8s.io/kubernetes/pkg/util/iptables/testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

func TestMain(m *testing.M) {
	// kube-proxy logs every odd object.
	klog.SetLogger(logr.Discard())
	os.Exit(m.Run())
}

// Ranges of the Pods and addresses of the node, as the rules of a proxier have them.
var (
	podCIDRs = map[corev1.IPFamily]string{corev1.IPv4Protocol: "10.244.0.0/16", corev1.IPv6Protocol: "fd00:10:244::/64"}
	nodeIPs  = map[corev1.IPFamily]string{corev1.IPv4Protocol: "10.0.0.1", corev1.IPv6Protocol: "fd00::1"}
)

// recorder is a fake iptables that keeps what it was told to load last.
type recorder struct {
	*iptablestest.FakeIPTables
	loaded string
}

func (r *recorder) RestoreAll(data []byte, _ utiliptables.FlushFlag, _ utiliptables.RestoreCountersFlag) error {
	r.loaded = string(data)
	return nil
}

// realRules has the real proxier of a node program the objects, and returns the input of
// iptables-restore that it wrote.
func realRules(t *testing.T, family corev1.IPFamily, node kubeproxy.NodeInfo, services []*corev1.Service, slices []discoveryv1.EndpointSlice) string {
	t.Helper()
	fake := &recorder{FakeIPTables: iptablestest.NewFake()}
	if family == corev1.IPv6Protocol {
		fake.FakeIPTables = iptablestest.NewIPv6Fake()
	}
	p, err := iptables.NewProxier(context.Background(), proxierConfig(), family, fake, sysctltest.NewFake(),
		proxyutil.NewDetectLocalByCIDR(podCIDRs[family]), node.Name, net.ParseIP(nodeIPs[family]), nil, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	detach(p)
	if node.Zone != "" {
		p.OnTopologyChange(map[string]string{corev1.LabelTopologyZone: node.Zone})
	}
	for _, svc := range services {
		p.OnServiceAdd(svc)
	}
	for i := range slices {
		// The watch of kube-proxy leaves these out, not the proxier.
		if _, headless := slices[i].Labels[corev1.IsHeadlessService]; !headless {
			p.OnEndpointSliceAdd(&slices[i])
		}
	}
	p.OnServiceSynced()
	p.OnEndpointSlicesSynced()
	return fake.loaded
}

func proxierConfig() *proxyconfig.KubeProxyConfiguration {
	config := &proxyconfig.KubeProxyConfiguration{}
	config.IPTables.LocalhostNodePorts = ptr(false)
	config.IPTables.MasqueradeBit = ptr[int32](14)
	return config
}

// detach takes the proxier off this machine. NewProxier connects it to conntrack, whose
// entries it would delete, to nfacct, and to a server that listens for health checks; it
// has no parameters for them, only fields that it keeps to itself.
func detach(p *iptables.Proxier) {
	set := func(field string, value any) {
		f := reflect.ValueOf(p).Elem().FieldByName(field)
		f = reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
		if value == nil {
			f.SetZero()
			return
		}
		f.Set(reflect.ValueOf(value))
	}
	set("conntrack", conntrack.NewFake())
	set("serviceHealthServer", healthcheck.NewFakeServiceHealthServer())
	set("nfacct", nil)
}

// rules are lines of iptables-restore by "table chain", in their order. A chain that is
// only declared is there too.
type rules map[string][]string

func parseRules(text string) rules {
	all := rules{}
	var table string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "*"):
			table = line[1:]
		case strings.HasPrefix(line, ":"):
			chain, _, _ := strings.Cut(line[1:], " ")
			all[table+" "+chain] = nil
		case strings.HasPrefix(line, "-A "):
			chain, rule, _ := strings.Cut(line[3:], " ")
			all[table+" "+chain] = append(all[table+" "+chain], rule)
		}
	}
	return all
}
