package dns

import (
	"slices"
	"strings"
)

// Cluster is what a search list tells of a cluster.
type Cluster struct {
	Namespace string `json:"namespace"`
	Domain    string `json:"domain"`
}

// clusterOf finds the three domains that a kubelet puts first (dns.go,
// generateSearchesForDNSClusterFirst).
func clusterOf(search []string) *Cluster {
	for _, domain := range search {
		namespace, cluster, found := strings.Cut(strings.TrimSuffix(domain, "."), ".svc.")
		if found && namespace != "" && !strings.Contains(namespace, ".") && contains(search, "svc."+cluster) && contains(search, cluster) {
			return &Cluster{namespace, cluster}
		}
	}
	return nil
}

func contains(search []string, domain string) bool {
	return slices.ContainsFunc(search, func(d string) bool { return strings.TrimSuffix(d, ".") == domain })
}

// Meaning is what a full name stands for in a cluster's DNS.
type Meaning struct {
	Kind      MeaningKind `json:"kind"`
	Namespace string      `json:"namespace,omitempty"`
	Service   string      `json:"service,omitempty"`
	// Host is the Pod's hostname, its address with dashes, or the port of a SRV name.
	Host string `json:"host,omitempty"`
}

// MeaningKind says what sort of thing a name stands for.
type MeaningKind string

// The kinds, by the schema that CoreDNS serves
// (github.com/kubernetes/dns, docs/specification.md).
const (
	MeansService MeaningKind = "Service"
	MeansPod     MeaningKind = "Pod of a headless Service"
	MeansPodIP   MeaningKind = "Pod by its address"
	MeansPort    MeaningKind = "port of a Service"
	// MeansNothing: below the cluster's domain, and no name that Kubernetes gives.
	MeansNothing MeaningKind = "nothing"
	MeansOutside MeaningKind = "outside"
	// MeansTopLevel: a name without a dot, which only the root of DNS could know.
	MeansTopLevel MeaningKind = "top-level name"
	MeansUnknown  MeaningKind = "unknown"
)

func (c *Cluster) meaning(name string) Meaning {
	name = strings.ToLower(name)
	switch {
	case !strings.Contains(name, "."):
		return Meaning{Kind: MeansTopLevel}
	case c == nil:
		return Meaning{Kind: MeansUnknown}
	case name == strings.ToLower(c.Domain):
		return Meaning{Kind: MeansNothing}
	}
	rest, inside := strings.CutSuffix(name, "."+strings.ToLower(c.Domain))
	if !inside {
		return Meaning{Kind: MeansOutside}
	}
	labels := strings.Split(rest, ".")
	n := len(labels)
	switch {
	case labels[n-1] == "pod" && n == 3:
		return Meaning{Kind: MeansPodIP, Host: labels[0], Namespace: labels[1]}
	case labels[n-1] == "svc":
		return ofService(labels[:n-1])
	default:
		return Meaning{Kind: MeansNothing}
	}
}

// ofService is what the labels before svc stand for.
func ofService(labels []string) Meaning {
	switch {
	case len(labels) == 2:
		return Meaning{Kind: MeansService, Service: labels[0], Namespace: labels[1]}
	case len(labels) == 3:
		return Meaning{Kind: MeansPod, Host: labels[0], Service: labels[1], Namespace: labels[2]}
	case len(labels) == 4 && strings.HasPrefix(labels[0], "_") && strings.HasPrefix(labels[1], "_"):
		return Meaning{Kind: MeansPort, Host: labels[0] + "." + labels[1], Service: labels[2], Namespace: labels[3]}
	default:
		return Meaning{Kind: MeansNothing}
	}
}

// short is the shortest name by which a program in the cluster's namespace reaches what
// is meant, "" where there is none but the full one.
func (c *Cluster) short(m Meaning) string {
	if c == nil {
		return ""
	}
	name := m.Service
	switch m.Kind {
	case MeansService:
	case MeansPod:
		name = m.Host + "." + m.Service
	default:
		return ""
	}
	if m.Namespace != c.Namespace {
		name += "." + m.Namespace
	}
	return name
}
