// Package svcpath follows a Service from its addresses through the rules of one
// node to its Pods, and compares what the node does with what the API says.
//
// Gather reads, Analyze judges, Render shows.
package svcpath

import (
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
	"github.com/kubectl-kk/kubectl-kk/pkg/walk"
)

// The identity of the answer in JSON and YAML.
const (
	APIVersion = "kk/v1alpha1"
	Kind       = "ServicePath"
)

// Agreement says how the node and the API stand to each other.
type Agreement string

// The agreements. NotChecked means that no node was read: nothing is known of its
// rules, in either direction.
const (
	Agrees     Agreement = "agrees"
	Differs    Agreement = "differs"
	NotChecked Agreement = "not checked"
	// NoRules means that there is nothing to compare: kube-proxy makes no rules for
	// such a Service on any node.
	NoRules Agreement = "no rules"
)

// Path is the answer of svcpath.
type Path struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Service    Service   `json:"service"`
	Node       *Node     `json:"node,omitempty"`
	Agreement  Agreement `json:"agreement"`
	Ports      []Port    `json:"ports"`
	// DNS is the way of a Service that has no rules; null for the others.
	DNS *DNS `json:"dns,omitempty"`
	// HealthChecks are what the node answers at the healthCheckNodePort.
	HealthChecks []HealthCheck `json:"healthChecks,omitempty"`
	// Client is the one whose packets were walked, null where none was named.
	Client *Client `json:"client,omitempty"`
	// Walks are what becomes of packets to the Service's addresses; null where they were
	// not asked for, or what they meet was not read.
	Walks []Walk `json:"walks,omitzero"`
	// WalkNotes say what of the rules the walks rest on beside them.
	WalkNotes []string `json:"walkNotes,omitempty"`
	// Findings are sorted, errors first.
	Findings []explain.Finding `json:"findings"`
	// Unsettled are IPs of endpoints that came, went or changed while the node was read:
	// no difference is said of them.
	Unsettled []string `json:"unsettled,omitempty"`
	// NotChecked is what could not be read, and why.
	NotChecked []snapshot.Missing `json:"notChecked,omitempty"`
	// answers are the walks by address.
	answers []*walk.Walks
	// walked says that walks were asked for, and are not only shown where they differ.
	walked bool
}

// Service is the Service that was asked for.
type Service struct {
	Namespace    string            `json:"namespace"`
	Name         string            `json:"name"`
	Type         string            `json:"type"`
	ClusterIPs   []string          `json:"clusterIPs,omitempty"`
	ExternalName string            `json:"externalName,omitempty"`
	Selector     map[string]string `json:"selector,omitempty"`
	Settings     []Setting         `json:"settings,omitempty"`
}

// Node is the node whose rules were followed.
type Node struct {
	Name string `json:"name"`
	// Via and Pod say how it was read; both are empty where it was not.
	Via string `json:"via,omitempty"`
	Pod string `json:"pod,omitempty"`
	// Backend is the program that read the rules of the iptables mode, which tells the
	// kernel interface they are in: iptables-nft, iptables-legacy, or iptables where it has
	// one only. Else it is the mode of kube-proxy: nftables, ipvs.
	Backend string `json:"backend,omitempty"`
	// Proxy is its kube-proxy pod, nil where none was found.
	Proxy *Proxy `json:"proxy,omitempty"`
}

// Proxy is a kube-proxy pod.
type Proxy struct {
	Pod     string `json:"pod"`
	Version string `json:"version,omitempty"`
	Mode    string `json:"mode,omitempty"`
	// State is "running", or in Kubernetes' words why it is not.
	State string `json:"state"`
}

// Port is one port of the Service in one IP family.
type Port struct {
	Name       string     `json:"name,omitempty"`
	Protocol   string     `json:"protocol"`
	Family     string     `json:"family"`
	Number     int32      `json:"port"`
	TargetPort string     `json:"targetPort"`
	NodePort   int32      `json:"nodePort,omitempty"`
	Endpoints  []Endpoint `json:"endpoints"`
	Entries    []Entry    `json:"entries"`
	// Connections are those that the node translates now, by where they go; null where
	// they were not asked for, or not read.
	Connections []Connections `json:"connections,omitzero"`
}

// Connections are those of a port that go to one address.
type Connections struct {
	// Endpoint is the address that the destination was translated to, or the Service's
	// own where it was not translated.
	Endpoint string `json:"endpoint"`
	// Count is the number of entries in the kernel's table, Clients that of the addresses
	// they come from, States how many are in which state of the protocol (UDP has none).
	Count   int            `json:"count"`
	Clients int            `json:"clients"`
	States  map[string]int `json:"states,omitempty"`
	// Translated is false for those that no rule caught.
	Translated bool `json:"translated"`
	// Gone is set where no EndpointSlice lists the endpoint any more.
	Gone bool `json:"gone,omitempty"`
}

// Endpoint is an address that the API lists, or that a rule of the node leads to.
type Endpoint struct {
	Address string `json:"address"`
	// Pod is "namespace/name" of the Pod that has the address, "" where none does
	// or where that is not known.
	Pod string `json:"pod,omitempty"`
	// Target is the Pod that the slice names, where that one does not have the address.
	Target string `json:"target,omitempty"`
	Node   string `json:"node,omitempty"`
	// State is "ready", "not ready", "terminating" or "serving, terminating" by the
	// EndpointSlice, with "published, " before it where publishNotReadyAddresses has it
	// used all the same; "" where no slice lists the address.
	State string `json:"state,omitempty"`
	InAPI bool   `json:"inAPI"`
	// Expected says whether the rules of Kubernetes have this node send new
	// connections here.
	Expected bool `json:"expected"`
	// Unused says why it is not, for an endpoint that the API lists: "not ready",
	// "terminating", "hinted for elsewhere" or "on another node".
	Unused string `json:"unused,omitempty"`
	// OnNode says whether the node does so, null where it was not read.
	OnNode *bool `json:"onNode"`
}

// Entry is one address under which the Service can be reached, and what becomes of
// a new connection to it on the node.
type Entry struct {
	// Kind is "clusterIP", "nodePort", "externalIP" or "loadBalancerIP".
	Kind    string `json:"kind"`
	Address string `json:"address"`
	Port    int32  `json:"port"`
	// IPMode is "Proxy" for the address of a load balancer that kube-proxy leaves to it.
	IPMode string `json:"ipMode,omitempty"`
	// SourceRanges are the clients that may use the address, where not all may: others'
	// packets are dropped. They bind at a load balancer's address only.
	SourceRanges []string `json:"sourceRanges,omitempty"`
	// Expected is what the rules of Kubernetes have the node do: "endpoints",
	// "reject" or "drop"; "none" for a NodePort at an address that kube-proxy's
	// nodePortAddresses leave out, and for ipMode Proxy.
	Expected string `json:"expected"`
	// Found is what its rules do: the same words, "none" where no rule is there for
	// the address, "another service" where one of another Service comes first, and ""
	// where the node was not read.
	Found string `json:"found,omitempty"`
	// Steps are the rules that a connection meets.
	Steps []Step `json:"steps,omitempty"`
}

// Step is one rule that a connection can meet.
type Step struct {
	// Table is "nat" or "filter" of iptables, or "kube-proxy" of nftables.
	Table string `json:"table"`
	// Chain holds the rule; of an element of a named map of nftables it is the map.
	Chain string `json:"chain"`
	// Rule is the rule as the kernel gave it, without its chain and its counters; of an
	// element of a map it is "KEY : DATA".
	Rule string `json:"rule"`
	// Target is a chain, a named map, "map" for the rule's own, or a verdict in capitals as
	// iptables has them: DNAT, REJECT, DROP. MARK is nftables' mark for masquerading.
	Target string `json:"target"`
	// Share of the connections that enter and fulfil the conditions on the way, 0…1.
	Share float64 `json:"share"`
	// Packets counts what the rule matched since kube-proxy wrote it. In the nat
	// table only the first packet of a connection counts. Null where not printed: rules of
	// nftables have no counters.
	Packets *uint64 `json:"packets"`
	// Conditions are what the rule asks of a connection besides its destination.
	Conditions []Condition `json:"conditions,omitempty"`
	// Endpoint is the address behind the step, "" where it leads to none or several.
	Endpoint string `json:"endpoint,omitempty"`
	// Unread is set where the target is a chain that is not on the node, or that was
	// not read.
	Unread bool   `json:"unread,omitempty"`
	Steps  []Step `json:"steps,omitempty"`
}

// Condition is a match of a rule that the destination does not decide.
type Condition struct {
	Module string `json:"module,omitempty"`
	Option string `json:"option"`
	Not    bool   `json:"not,omitempty"`
	Value  string `json:"value,omitempty"`
}

// HasErrors says whether a finding is an error, for the exit status.
func (p *Path) HasErrors() bool {
	return p.errors() > 0
}
