package dns

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// FactsOf takes from what was read all that Analyze is told. Its error says that the
// snapshot does not hold the Pod, or that neither its file was read nor what it should be
// can be computed.
func FactsOf(s *snapshot.Snapshot, req Request) (Facts, error) {
	pod, err := req.pod(s)
	if err != nil {
		return Facts{}, err
	}
	container, err := req.container(pod)
	if err != nil {
		return Facts{}, err
	}
	f := Facts{Pod: pod, Hostname: hostname(pod), Names: req.Names, Missing: s.Missing, Live: s.Answers, Windows: windows(pod)}
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
	if f.Windows {
		return f, nil
	}
	base := Analyze(f)
	for _, address := range base.Config.Servers {
		f.Nameservers = append(f.Nameservers, nameserver(s, pod, address))
	}
	f.Egress = egress(s, pod, f.Nameservers)
	f.PoliciesKnown = len(s.PoliciesOf) > 0
	f.records(s, base)
	f.Elsewhere = map[string][]string{}
	for _, svc := range s.Services {
		if svc.Namespace != pod.Namespace {
			f.Elsewhere[svc.Name] = append(f.Elsewhere[svc.Name], svc.Namespace)
		}
	}
	return f, nil
}

// file is what was read, or else what the kubelet writes.
func (f *Facts) file(r snapshot.ResolverReading) error {
	f.Libc, f.LibcBecause, f.LibcAssumed = libcOf(r)
	f.IPv4Only = r.NotRead == "" && r.IPv4Only
	f.Hosts = r.Hosts
	pod := f.Pod.Namespace + "/" + f.Pod.Name
	if r.NotRead == "" {
		f.File = r.ResolvConf
		f.Source = fmt.Sprintf("/etc/resolv.conf of container %s in pod %s%s", r.Container, pod, viaSource[r.Via])
		return nil
	}
	f.NotRead = r.NotRead
	f.Source = "the spec of pod " + pod
	if f.Kubelet == nil && f.Pod.Spec.DNSPolicy != corev1.DNSNone {
		if f.Windows {
			return nil
		}
		return fmt.Errorf("read /etc/resolv.conf in pod %s: %s; and what its kubelet writes is not known: allow get on nodes/proxy, or take a file by --from-file", pod, r.NotRead)
	}
	k := Kubelet{}
	if f.Kubelet != nil {
		k = *f.Kubelet
		f.Source += " and " + k.From
	}
	should := Expect(f.Pod, k)
	if should.NodeUnknown && should.Policy == corev1.DNSDefault && !f.Windows {
		return fmt.Errorf("read /etc/resolv.conf in pod %s: %s; it is the file of the node (dnsPolicy Default), which the API does not show: take it by --from-file", pod, r.NotRead)
	}
	f.File = should.text()
	return nil
}

var viaSource = map[string]string{"exec": "", "debug": ", read by a debug pod on its node", "ephemeral": ", read by an ephemeral container"}

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
// matters: whether there is a domain behind it, which setHostnameAsFQDN decides.
func hostname(pod *corev1.Pod) string {
	if pod.Spec.Hostname != "" {
		return pod.Spec.Hostname
	}
	return pod.Name
}

// records finds what the names that the lookups try have, those of other resolvers
// included.
func (f *Facts) records(s *snapshot.Snapshot, base *Resolution) {
	if base.Cluster == nil {
		return
	}
	z := &zone{s: s, cluster: base.Cluster}
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
