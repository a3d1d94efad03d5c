package kubeproxy

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	sysctltest "k8s.io/component-helpers/node/util/sysctl/testing"
	"k8s.io/kubernetes/pkg/proxy/conntrack"
	"k8s.io/kubernetes/pkg/proxy/healthcheck"
	"k8s.io/kubernetes/pkg/proxy/ipvs"
	"k8s.io/kubernetes/pkg/proxy/ipvs/ipset"
	ipsettest "k8s.io/kubernetes/pkg/proxy/ipvs/ipset/testing"
	netlinktest "k8s.io/kubernetes/pkg/proxy/ipvs/testing"
	ipvstest "k8s.io/kubernetes/pkg/proxy/ipvs/util/testing"
	proxyutil "k8s.io/kubernetes/pkg/proxy/util"
	iptablestest "k8s.io/kubernetes/pkg/util/iptables/testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// TestWalkIPVS is TestWalk for ipvs mode: virtual services, sets and the few rules of
// iptables that go with them.
func TestWalkIPVS(t *testing.T) {
	packets := map[string]int{}
	for batch := range walks / 2 {
		m := maker{rand.New(rand.NewPCG(*seed, uint64(3000+batch)))}
		w := world{node: kubeproxy.NodeInfo{Name: oneOf(m, nodeNames...), Zone: oneOf(m, append(zoneNames, "")...)}}
		for i := range servicesPerBatch {
			w.services = append(w.services, m.service(i))
			w.slices = append(w.slices, m.slices(w.services[i])...)
		}
		for _, w.family = range []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol} {
			held{t, w, "ipvs", read(t, w.ipvs(t)), fmt.Sprintf("-seed %d, batch %d", *seed, batch), packets}.all()
			if t.Failed() {
				t.FailNow()
			}
		}
	}
	t.Logf("packets by what became of them: %v", packets)
	for _, kind := range []string{"ipvs DNAT", "ipvs REJECT", "ipvs DROP"} {
		if packets[kind] < 100 {
			t.Errorf("%s came up %d times", kind, packets[kind])
		}
	}
}

// ipvs is what iptables-save, ipset save and ipvsadm -Sn print after the real proxier has
// programmed fakes.
func (w world) ipvs(t *testing.T) string {
	t.Helper()
	fake := iptablestest.NewFake()
	if w.family == corev1.IPv6Protocol {
		fake = iptablestest.NewIPv6Fake()
	}
	virtual, sets := ipvstest.NewFake(), ipsettest.NewFake("v6.19")
	config := proxierConfig()
	config.NodePortAddresses = w.nodePortAddresses
	p, err := ipvs.NewProxier(context.Background(), config, w.family, fake, virtual, sets, sysctltest.NewFake(),
		proxyutil.NewDetectLocalByCIDR(podCIDRs[w.family]), w.node.Name, net.ParseIP(nodeIPs[w.family]), nil, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	links := netlinktest.NewFakeNetlinkHandle(w.family == corev1.IPv6Protocol)
	if err := links.SetLocalAddresses("eth0", nodeIPs[w.family]); err != nil {
		t.Fatal(err)
	}
	setField(p, "netlinkHandle", links)
	setField(p, "conntrack", conntrack.NewFake())
	setField(p, "serviceHealthServer", healthcheck.NewFakeServiceHealthServer())
	setField(p, "networkInterfacer", w.network())
	w.tell(p)
	var out bytes.Buffer
	if err := fake.SaveInto("", &out); err != nil {
		t.Fatal(err)
	}
	return out.String() + printSets(sets) + printVirtual(virtual)
}

func printSets(sets *ipsettest.FakeIPSet) string {
	var out strings.Builder
	for name, set := range sets.Sets {
		kind := string(set.SetType)
		if set.SetType == ipset.BitmapPort {
			kind += " range 0-65535"
		} else {
			kind += " family " + set.HashFamily
		}
		fmt.Fprintf(&out, "create %s %s\n", name, kind)
		for _, entry := range sets.Entries[name].List() {
			fmt.Fprintf(&out, "add %s %s\n", name, entry)
		}
	}
	return out.String()
}

func printVirtual(virtual *ipvstest.FakeIPVS) string {
	option := map[string]string{"TCP": "-t", "UDP": "-u", "SCTP": "--sctp-service"}
	var out strings.Builder
	for key, s := range virtual.Services {
		at := option[strings.ToUpper(key.Protocol)] + " " + net.JoinHostPort(s.Address.String(), fmt.Sprint(s.Port))
		fmt.Fprintf(&out, "-A %s -s %s", at, s.Scheduler)
		if s.Timeout > 0 {
			fmt.Fprintf(&out, " -p %d", s.Timeout)
		}
		out.WriteString("\n")
		for _, r := range virtual.Destinations[key] {
			fmt.Fprintf(&out, "-a %s -r %s -m -w %d\n", at, net.JoinHostPort(r.Address.String(), fmt.Sprint(r.Port)), r.Weight)
		}
	}
	return out.String()
}

// ipvsEnding is what the Service's fields come to in ipvs mode: the policy Local falls back to
// endpoints of other nodes, who comes from the node is not exempt from it, and a virtual
// service without endpoints refuses.
func (m model) ipvsEnding(c walkClient, d destination) ending {
	internal := d.kind == "clusterIP"
	local := m.p.ExternalLocal
	if internal {
		local = m.p.InternalLocal
	}
	eps := m.u.Cluster
	if local && len(m.u.Local) > 0 {
		eps = m.u.Local
	}
	walled := d.kind == "loadBalancer" && m.p.UsesFirewall() && !m.allowed(c.source)
	switch {
	case walled && c.kind != fromNode:
		return ending{Verdict: "DROP"}
	case len(eps) == 0:
		return ending{Verdict: "REJECT"}
	case internal:
		return endingAt(eps, c.kind != fromPod, c.source)
	default:
		return endingAt(eps, !m.p.ExternalLocal, c.source)
	}
}
