package snapshot

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// ResolverReading is what decides how a container looks names up.
type ResolverReading struct {
	Namespace string `json:"namespace"`
	Pod       string `json:"pod"`
	Container string `json:"container"`
	// Via says how it was read: "exec", "debug" or "ephemeral"; "" where nothing was.
	Via string `json:"via,omitempty"`
	// ResolvConf is /etc/resolv.conf, Hosts /etc/hosts as the container has them.
	ResolvConf string `json:"resolvConf"`
	Hosts      string `json:"hosts,omitempty"`
	// Libraries are the mapped files of the first process that are a C library, null where
	// its mappings were not read. Program is that process's own file.
	Libraries []string `json:"libraries,omitempty"`
	Program   string   `json:"program,omitempty"`
	// NoMaps is true where they were not read. Go is "go" where the program is built by Go,
	// "no" where it is not, "" where that was not read.
	NoMaps bool   `json:"noMaps,omitempty"`
	Go     string `json:"go,omitempty"`
	// Hostname is /etc/hostname, which the container runtime writes.
	Hostname string `json:"hostname,omitempty"`
	// LocalDomain and ResOptions are LOCALDOMAIN and RES_OPTIONS as the manifest sets them,
	// by which glibc overrides the file.
	LocalDomain string `json:"localDomain,omitempty"`
	ResOptions  string `json:"resOptions,omitempty"`
	// Shared is true where the first process is not the container's, but that of the
	// program that read the files.
	Shared bool `json:"shared,omitempty"`
	// IPv4Only is true where there is no IPv6 address but ::1.
	IPv4Only bool `json:"ipv4Only,omitempty"`
	// NotRead says why nothing was read.
	NotRead string `json:"notRead,omitempty"`
}

// KubeletReading is what a node's kubelet is told about DNS.
type KubeletReading struct {
	Node string `json:"node"`
	// From is the object or endpoint that said so.
	From          string   `json:"from"`
	ClusterDNS    []string `json:"clusterDNS,omitempty"`
	ClusterDomain string   `json:"clusterDomain,omitempty"`
	// ResolvConf is the path of the node's file, "" where the kubelet uses none.
	ResolvConf string `json:"resolvConf"`
}

// DNSAnswer is the reply of a server to one query that was sent from a Pod's network.
type DNSAnswer struct {
	Server string `json:"server"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	// Rcode is the code in the reply, "" where none came; then Failure says why.
	Rcode   string `json:"rcode,omitempty"`
	Failure string `json:"failure,omitempty"`
	// Aliases are the names behind CNAMEs in their order, Addresses what they end at.
	Aliases   []string `json:"aliases,omitempty"`
	Addresses []string `json:"addresses,omitempty"`
	// Milliseconds is how long the reply took, by dig.
	Milliseconds int `json:"milliseconds"`
}

// SlimWithDNS returns the Pod as Slim does, with all that decides about its
// resolv.conf.
func SlimWithDNS(pod *corev1.Pod) corev1.Pod {
	out := Slim(pod)
	out.Spec.DNSPolicy, out.Spec.DNSConfig = pod.Spec.DNSPolicy, pod.Spec.DNSConfig
	out.Spec.Hostname, out.Spec.Subdomain, out.Spec.SetHostnameAsFQDN = pod.Spec.Hostname, pod.Spec.Subdomain, pod.Spec.SetHostnameAsFQDN
	out.Spec.OS, out.Spec.HostnameOverride = pod.Spec.OS, pod.Spec.HostnameOverride
	for i := range pod.Spec.EphemeralContainers {
		c := &pod.Spec.EphemeralContainers[i]
		out.Spec.EphemeralContainers = append(out.Spec.EphemeralContainers, corev1.EphemeralContainer{
			EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: c.Name, Image: c.Image}, TargetContainerName: c.TargetContainerName,
		})
	}
	out.Status.EphemeralContainerStatuses = slimStatuses(pod.Status.EphemeralContainerStatuses)
	if name, ok := pod.Annotations[DefaultContainer]; ok {
		out.Annotations = map[string]string{DefaultContainer: name}
	}
	if os, ok := pod.Spec.NodeSelector[corev1.LabelOSStable]; ok {
		out.Spec.NodeSelector = map[string]string{corev1.LabelOSStable: os}
	}
	return out
}

// SlimPolicy returns the NetworkPolicy without managed fields and annotations.
func SlimPolicy(p *networkingv1.NetworkPolicy) networkingv1.NetworkPolicy {
	return networkingv1.NetworkPolicy{ObjectMeta: slimMeta(p.ObjectMeta), Spec: p.Spec}
}

// Resolver returns what was read of a container's resolver, or nil.
func (s *Snapshot) Resolver(namespace, pod, container string) *ResolverReading {
	for i := range s.Resolvers {
		if r := &s.Resolvers[i]; r.Namespace == namespace && r.Pod == pod && r.Container == container {
			return r
		}
	}
	return nil
}
