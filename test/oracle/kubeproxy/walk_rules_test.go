package kubeproxy

import (
	"bytes"
	"context"
	"net"
	"reflect"
	"testing"
	"unsafe"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	sysctltest "k8s.io/component-helpers/node/util/sysctl/testing"
	"k8s.io/kubernetes/pkg/proxy/conntrack"
	"k8s.io/kubernetes/pkg/proxy/healthcheck"
	"k8s.io/kubernetes/pkg/proxy/iptables"
	"k8s.io/kubernetes/pkg/proxy/nftables"
	proxyutil "k8s.io/kubernetes/pkg/proxy/util"
	proxyutiltest "k8s.io/kubernetes/pkg/proxy/util/testing"
	iptablestest "k8s.io/kubernetes/pkg/util/iptables/testing"
	"sigs.k8s.io/knftables"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// world is a node, and what there is in the cluster.
type world struct {
	family   corev1.IPFamily
	node     kubeproxy.NodeInfo
	services []*corev1.Service
	slices   []discoveryv1.EndpointSlice
	// nodePortAddresses is kube-proxy's setting, and localhost whether it serves NodePorts
	// there.
	nodePortAddresses []string
	localhost         bool
	// masqueradeAll and anyPod are settings too: the second is that of a cluster whose
	// kube-proxy was not told how to know a Pod.
	masqueradeAll, anyPod bool
}

func (w world) detector() proxyutil.LocalTrafficDetector {
	if w.anyPod {
		return proxyutil.NewNoOpLocalDetector()
	}
	return proxyutil.NewDetectLocalByCIDR(podCIDRs[w.family])
}

// serviceCIDRs are the ranges of clusterIPs.
var serviceCIDRs = map[corev1.IPFamily]string{corev1.IPv4Protocol: "10.96.0.0/12", corev1.IPv6Protocol: "fd00:10:96::/112"}

// handler is what a proxier of either kind learns of the objects by.
type handler interface {
	OnServiceAdd(*corev1.Service)
	OnEndpointSliceAdd(*discoveryv1.EndpointSlice)
	OnServiceSynced()
	OnEndpointSlicesSynced()
	OnTopologyChange(map[string]string)
}

func (w world) tell(p handler) {
	if w.node.Zone != "" {
		p.OnTopologyChange(map[string]string{corev1.LabelTopologyZone: w.node.Zone})
	}
	for _, svc := range w.services {
		p.OnServiceAdd(svc)
	}
	for i := range w.slices {
		if _, headless := w.slices[i].Labels[corev1.IsHeadlessService]; !headless {
			p.OnEndpointSliceAdd(&w.slices[i])
		}
	}
	p.OnServiceSynced()
	p.OnEndpointSlicesSynced()
}

// network is that of the node.
func (w world) network() *proxyutiltest.FakeNetwork {
	n := proxyutiltest.NewFakeNetwork()
	for i, list := range [][]string{{"127.0.0.1/8", "::1/128"}, {nodeIPs[corev1.IPv4Protocol] + "/24", nodeIPs[corev1.IPv6Protocol] + "/64"}} {
		var addrs []net.Addr
		for _, s := range list {
			ip, network, _ := net.ParseCIDR(s)
			addrs = append(addrs, &net.IPNet{IP: ip, Mask: network.Mask})
		}
		n.AddInterfaceAddr(&net.Interface{Index: i, Name: []string{"lo", "eth0"}[i]}, addrs)
	}
	return n
}

// iptables is what iptables-save prints after the real proxier has programmed a fake.
func (w world) iptables(t *testing.T) string {
	t.Helper()
	fake := iptablestest.NewFake()
	if w.family == corev1.IPv6Protocol {
		fake = iptablestest.NewIPv6Fake()
	}
	config := proxierConfig()
	config.IPTables.LocalhostNodePorts = &w.localhost
	config.Linux.MasqueradeAll = w.masqueradeAll
	config.NodePortAddresses = w.nodePortAddresses
	p, err := iptables.NewProxier(context.Background(), config, w.family, fake, sysctltest.NewFake(),
		w.detector(), w.node.Name, net.ParseIP(nodeIPs[w.family]), nil, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	detach(p)
	setField(p, "networkInterfacer", w.network())
	w.tell(p)
	var out bytes.Buffer
	if err := fake.SaveInto("", &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// nftables is what a fake nft has after the real proxier has programmed it.
func (w world) nftables(t *testing.T) *knftables.Fake {
	t.Helper()
	config := proxierConfig()
	config.NFTables.MasqueradeBit = ptr[int32](14)
	config.Linux.MasqueradeAll = w.masqueradeAll
	config.NodePortAddresses = w.nodePortAddresses
	t.Setenv("KUBE_PROXY_NFTABLES_SKIP_KERNEL_VERSION_CHECK", "yes")
	p, err := nftables.NewProxier(context.Background(), config, w.family, w.detector(),
		w.node.Name, net.ParseIP(nodeIPs[w.family]), nil, nil, false)
	if err != nil {
		t.Skipf("the proxier of nftables wants nft on this machine: %v", err)
	}
	kind := map[corev1.IPFamily]knftables.Family{corev1.IPv4Protocol: knftables.IPv4Family, corev1.IPv6Protocol: knftables.IPv6Family}[w.family]
	fake := knftables.NewFake(kind, "kube-proxy")
	setField(p, "nftables", fake)
	setField(p, "conntrack", conntrack.NewFake())
	setField(p, "serviceHealthServer", healthcheck.NewFakeServiceHealthServer())
	setField(p, "networkInterfacer", w.network())
	setField(p, "serviceCIDRs", serviceCIDRs[w.family])
	w.tell(p)
	return fake
}

// setField sets a field that a proxier keeps to itself.
func setField(proxier any, name string, value any) {
	f := reflect.ValueOf(proxier).Elem().FieldByName(name)
	reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem().Set(reflect.ValueOf(value))
}
