package dns

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// FactsOf takes from what was read all that Analyze is told. Its error says that the
// snapshot does not hold the Pod, or that neither its file was read nor what it should be
// can be computed.
func FactsOf(s *snapshot.Snapshot, req Request) (Facts, error) {
	pod, err := s.PodOf(req.Namespace, req.Target.String())
	if err != nil {
		return Facts{}, err
	}
	container, err := req.container(pod)
	if err != nil {
		return Facts{}, err
	}
	f := Facts{Pod: pod, Names: req.Names, Missing: s.Missing, Live: s.Answers, LiveWanted: req.Live, Windows: windows(pod)}
	f.Kubelet = kubeletOf(s, pod)
	r := s.Resolver(pod.Namespace, pod.Name, container)
	if r == nil {
		return Facts{}, fmt.Errorf("container %s of pod %s/%s is not in the snapshot", container, pod.Namespace, pod.Name)
	}
	if err := f.file(*r); err != nil {
		return Facts{}, err
	}
	if s.PickedFrom != "" {
		f.Source += ", picked from " + s.PickedFrom
	}
	if req.Libc != "" {
		f.Libc, f.LibcAssumed, f.LibcBecause = req.Libc, false, "--libc says so"
	}
	if !f.Windows {
		f.servers(s)
	}
	return f, nil
}

// servers finds who is at the nameservers' addresses, and what the names have there.
func (f *Facts) servers(s *snapshot.Snapshot) {
	base, pod := Analyze(*f), f.Pod
	if f.Cluster = base.Cluster; f.Cluster == nil && f.Kubelet != nil && f.Kubelet.ClusterDomain != "" {
		f.Cluster = &Cluster{pod.Namespace, f.Kubelet.ClusterDomain}
	}
	for _, address := range base.Config.Servers {
		f.Nameservers = append(f.Nameservers, nameserver(s, pod, f.Kubelet, address, base.Config.TCP))
	}
	f.Egress = egress(s, pod, f.Nameservers)
	f.records(s, base)
	f.Elsewhere = map[string][]string{}
	for _, svc := range s.Services {
		if svc.Namespace != pod.Namespace {
			f.Elsewhere[svc.Name] = append(f.Elsewhere[svc.Name], svc.Namespace)
		}
	}
}

// file is what was read, or else what the kubelet writes.
func (f *Facts) file(r snapshot.ResolverReading) error {
	f.Libc, f.LibcBecause, f.LibcAssumed = libcOf(r)
	f.IPv4Only = r.NotRead == "" && r.IPv4Only
	f.around(r)
	pod := f.Pod.Namespace + "/" + f.Pod.Name
	if r.NotRead == "" {
		f.File = r.ResolvConf
		f.Source = fmt.Sprintf("/etc/resolv.conf of container %s in pod %s%s", r.Container, pod, viaSource[r.Via])
		return nil
	}
	f.NotRead = r.NotRead
	f.Source = "the spec of pod " + pod
	if f.Windows {
		return nil
	}
	if f.Kubelet == nil && f.Pod.Spec.DNSPolicy != corev1.DNSNone {
		advice := "allow get on nodes/proxy, or take a file by --from-file"
		if f.Pod.Spec.NodeName == "" {
			advice = "it is on no node yet; take a file by --from-file"
		}
		return fmt.Errorf("read /etc/resolv.conf in pod %s: %s; and what its kubelet writes is not known: %s", pod, r.NotRead, advice)
	}
	k := Kubelet{}
	if f.Kubelet != nil {
		k = *f.Kubelet
		f.Source += " and " + k.From
	}
	should := Expect(f.Pod, k)
	if should.NodeUnknown && should.Policy == corev1.DNSDefault {
		return fmt.Errorf("read /etc/resolv.conf in pod %s: %s; it is the file of the node (dnsPolicy Default), which the API does not show: take it by --from-file", pod, r.NotRead)
	}
	f.File = should.text()
	return nil
}

// around is what decides besides the file.
func (f *Facts) around(r snapshot.ResolverReading) {
	f.Hosts, f.Hostname = r.Hosts, r.Hostname
	if f.Hostname == "" {
		f.Hostname = hostname(f.Pod, f.Kubelet)
	}
	if r.LocalDomain != "" {
		f.Environment += "search " + r.LocalDomain + "\n"
	}
	if r.ResOptions != "" {
		f.Environment += "options " + r.ResOptions + "\n"
	}
}

var viaSource = map[string]string{"exec": "", "debug": ", read by a debug pod on its node", "ephemeral": ", as the kubelet gives it to each of its containers, read by an ephemeral one"}

// text is the file as the kubelet's runtime writes it.
func (s Should) text() string {
	var b strings.Builder
	if len(s.Search) > 0 {
		fmt.Fprintf(&b, "search %s\n", joined(s.Search))
	}
	for _, e := range s.Servers {
		fmt.Fprintf(&b, "nameserver %s\n", e.Value)
	}
	if len(s.Options) > 0 {
		fmt.Fprintf(&b, "options %s\n", joined(s.Options))
	}
	return b.String()
}

// kubeletOf is what the Pod's kubelet was said to be told, nil where that is not known.
// The node's own file never is.
func kubeletOf(s *snapshot.Snapshot, pod *corev1.Pod) *Kubelet {
	for _, k := range s.Kubelets {
		if k.Node == pod.Spec.NodeName {
			return &Kubelet{ClusterDNS: k.ClusterDNS, ClusterDomain: k.ClusterDomain, From: k.From, NoResolvConf: k.ResolvConf == "", NodeFile: k.ResolvConf}
		}
	}
	return nil
}

// hostname is the kubelet's (kubelet_pods.go, GeneratePodHostNameAndDomain), as far as it
// matters: whether there is a domain behind it. On the host network it is the node's.
func hostname(pod *corev1.Pod, k *Kubelet) string {
	name := pod.Name
	switch {
	case pod.Spec.HostNetwork:
		return ""
	case pod.Spec.HostnameOverride != nil:
		return *pod.Spec.HostnameOverride
	case pod.Spec.Hostname != "":
		name = pod.Spec.Hostname
	}
	if pod.Spec.SetHostnameAsFQDN != nil && *pod.Spec.SetHostnameAsFQDN && pod.Spec.Subdomain != "" && k != nil {
		return fmt.Sprintf("%s.%s.%s.svc.%s", name, pod.Spec.Subdomain, pod.Namespace, k.ClusterDomain)
	}
	return name
}

// records finds what the names that the lookups try have, those of other resolvers
// included.
func (f *Facts) records(s *snapshot.Snapshot, base *Resolution) {
	if f.Cluster == nil {
		return
	}
	z := &zone{s: s, cluster: f.Cluster}
	seen := map[string]bool{}
	for _, l := range base.Lookups {
		for _, round := range l.Rounds {
			if seen[round.Name] {
				continue
			}
			seen[round.Name] = true
			if r, ok := z.record(round.Name); ok {
				f.Records = append(f.Records, r)
			}
		}
	}
	f.needs = z.needs
}

// Unread are the objects that the names depend on and that a recording does not hold.
func (f Facts) Unread() []snapshot.Missing {
	var out []snapshot.Missing
	for _, n := range f.needs {
		if !slices.ContainsFunc(f.Missing, func(m snapshot.Missing) bool { return strings.Contains(m.What, n.what()) }) {
			out = append(out, snapshot.Missing{What: n.what(), Why: "the recording does not hold it"})
		}
	}
	return out
}
