package walk

import "github.com/kubectl-kk/kubectl-kk/pkg/netfilter"

// The identity of the answer in JSON and YAML.
const (
	APIVersion = "kk/v1alpha1"
	Kind       = "PacketWalks"
)

// Walks is the answer.
type Walks struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// To is where the packet is sent, as ADDRESS:PORT.
	To       string `json:"to"`
	Protocol string `json:"protocol"`
	// Backends are the kinds of rules that were given: iptables, nftables, ipvs.
	Backends []string `json:"backends"`
	Walks    []Walk   `json:"walks"`
	// Notes say what of the rules the answer rests on beside them.
	Notes []string `json:"notes,omitempty"`
}

// Walk is what becomes of the first packet of a connection.
type Walk struct {
	// From is an address, or "pod", "node" or "outside" where none was asked for. A
	// prefix is a client outside of the cluster that has an address in it.
	From    string            `json:"from"`
	To      string            `json:"to"`
	Verdict netfilter.Verdict `json:"verdict"`
	// Endpoints are where connections arrive, sorted.
	Endpoints []Endpoint `json:"endpoints"`
	// Masquerade is true where any of the connections gets another source.
	Masquerade bool `json:"masquerade"`
	// Others are the connections that end otherwise, beside those to endpoints.
	Others []Other `json:"others,omitempty"`
	// Stopped are the rules that ended connections with DROP or REJECT.
	Stopped []Stopped `json:"stopped,omitempty"`
	// DependsOn lists what the packet does not decide, or what is not understood.
	DependsOn []string `json:"dependsOn,omitempty"`
	// Cases are the outcomes, where they depend on that.
	Cases []Case `json:"cases,omitempty"`
	// Rules are those that the packet matches on one of its ways, in order.
	Rules []string `json:"rules"`
	// Affinity are rules that send a client where it was before. They matter from its
	// second connection on.
	Affinity []string `json:"affinity,omitempty"`
	hits     []netfilter.Hit
	places   []netfilter.Place
}

// Endpoint is where connections arrive.
type Endpoint struct {
	// Address is IP:PORT, or [IP]:PORT.
	Address string `json:"address"`
	// Share is of 1.
	Share      float64 `json:"share"`
	Masquerade bool    `json:"masquerade"`
}

// Other is a share of connections with another verdict.
type Other struct {
	Verdict netfilter.Verdict `json:"verdict"`
	Share   float64           `json:"share"`
}

// Case is the outcome where some conditions hold and others do not.
type Case struct {
	Holds      []string          `json:"holds,omitempty"`
	Fails      []string          `json:"fails,omitempty"`
	Verdict    netfilter.Verdict `json:"verdict"`
	Endpoints  []Endpoint        `json:"endpoints"`
	Masquerade bool              `json:"masquerade"`
	Others     []Other           `json:"others,omitempty"`
}
