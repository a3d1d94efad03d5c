package dns

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// The identity of the answer in JSON and YAML.
const (
	APIVersion = "kk/v1alpha1"
	Kind       = "Resolution"
)

// Resolution is the answer of dns.
type Resolution struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// Source is where the file is from.
	Source string `json:"source"`
	// Pod is "namespace/name", "" where the answer is about a file alone.
	Pod string `json:"pod,omitempty"`
	// Lines are the file as it is.
	Lines []Line `json:"lines"`
	// Config is what the resolver makes of the file, Ignored what it leaves out.
	Config  Config    `json:"config"`
	Ignored []Ignored `json:"ignored,omitempty"`
	// LibcAssumed is true where nobody said which resolver the program uses.
	LibcAssumed bool `json:"libcAssumed,omitempty"`
	// Cluster is what the search list tells of the cluster, null where it tells nothing.
	Cluster *Cluster `json:"cluster,omitempty"`
	// Windows is true for a Pod that has no resolv.conf.
	Windows bool `json:"windows,omitempty"`
	// NotRead says why the file is one that was computed, "" where it was read.
	NotRead string `json:"notRead,omitempty"`
	// NotAsked is true where the nameservers were to be asked and could not be.
	NotAsked bool `json:"notAsked,omitempty"`
	// LibcBecause says how it is known which resolver the program uses.
	LibcBecause string `json:"libcBecause,omitempty"`
	// Nameservers say who is at each server's address, null where no Pod is known.
	Nameservers []Nameserver `json:"nameservers,omitempty"`
	// Origins say where each entry of the file comes from, null where that is not known.
	Origins []Entry `json:"origins,omitempty"`
	// Egress is what NetworkPolicies say of the queries, null where none restricts them.
	Egress []Egress `json:"egress,omitempty"`
	// Should is what the kubelet writes for the Pod, null where that is not known.
	Should  *Should  `json:"should,omitempty"`
	Lookups []Lookup `json:"lookups"`
	// Findings are sorted, errors first.
	Findings []explain.Finding `json:"findings"`
	// NotChecked is what could not be read, and why.
	NotChecked []snapshot.Missing `json:"notChecked,omitempty"`
}

// Lookup is what looking one name up does.
type Lookup struct {
	Name string `json:"name"`
	// Result is how it ends, "" where that depends on names of which nothing is known.
	Result string `json:"result,omitempty"`
	// FoundAs is the full name that has the addresses.
	FoundAs string `json:"foundAs,omitempty"`
	// InHosts are the addresses that /etc/hosts of the container has for the name: then
	// no DNS server is asked.
	InHosts []string `json:"inHosts,omitempty"`
	// Refusal says why the resolver asks nothing at all, "" where it asks.
	Refusal Refusal       `json:"refusal,omitempty"`
	Rounds  []LookupRound `json:"rounds"`
	// Queries is how many are sent, where nothing is known: at most.
	Queries int `json:"queries"`
	// Wasted are those that do not lead to the addresses, null where that is not known.
	Wasted *int `json:"wasted,omitempty"`
	// Seconds are spent waiting for servers that do not answer.
	Seconds int      `json:"seconds,omitempty"`
	Savings []Saving `json:"savings,omitempty"`
	// Others are the resolvers that ask otherwise, where it is assumed which one it is.
	Others []Other `json:"others,omitempty"`
}

// Other is the same lookup by another resolver.
type Other struct {
	Libc Libc `json:"libc"`
	// Names are the full names that it tries, Queries how many queries it sends at most.
	Names   []string `json:"names"`
	Queries int      `json:"queries"`
	Result  string   `json:"result,omitempty"`
}

// LookupRound is one full name that is tried.
type LookupRound struct {
	// Name has no dot at its end.
	Name string `json:"name"`
	// Domain is what was put behind the name, "" for the name as typed.
	Domain  string        `json:"domain,omitempty"`
	Means   Meaning       `json:"means"`
	Queries []LookupQuery `json:"queries"`
	// Total are the queries up to here: what the lookup costs if it ends here.
	Total int `json:"total"`
	// Reply is what came back, "" where nothing is known of the name.
	Reply string `json:"reply,omitempty"`
	// Addresses are what the name has, Aliases the names that lead to them.
	Addresses []string `json:"addresses,omitempty"`
	Aliases   []string `json:"aliases,omitempty"`
}

// LookupQuery is one query of a round.
type LookupQuery struct {
	Type   string `json:"type"`
	Server string `json:"server"`
	// Together is true where it is sent without waiting for the one before.
	Together bool `json:"together,omitempty"`
	// Broken is true where what is sent is no question.
	Broken bool   `json:"broken,omitempty"`
	Reply  string `json:"reply,omitempty"`
	// Live is the reply of the server itself, null where it was not asked; Predicted is
	// then what the API says it is, "" where it says nothing.
	Live      *LiveReply `json:"live,omitempty"`
	Predicted string     `json:"predicted,omitempty"`
}

// LiveReply is what a server replied, asked from the Pod's network.
type LiveReply struct {
	// Rcode is the code in the reply, "" where none came; then Failure says why.
	Rcode     string   `json:"rcode,omitempty"`
	Failure   string   `json:"failure,omitempty"`
	Addresses []string `json:"addresses,omitempty"`
	Aliases   []string `json:"aliases,omitempty"`
	// Milliseconds is how long the reply took.
	Milliseconds int `json:"milliseconds"`
}

// Saving is a way to ask for the same name with fewer queries.
type Saving struct {
	// Target is the full name that is meant.
	Target string `json:"target"`
	// Type is what to type instead, "" where Ndots is set in the Pod's dnsConfig.
	Type      string `json:"type,omitempty"`
	Ndots     *int   `json:"ndots,omitempty"`
	Queries   int    `json:"queries"`
	InsteadOf int    `json:"insteadOf"`
}

// Facts is all that Analyze is told: values that were read or typed.
type Facts struct {
	// Source is where the file is from, in words for the user.
	Source string
	File   string
	// NotRead says why File is computed and not read, "" where it was read.
	NotRead string
	// Libc is the resolver, LibcAssumed true where it is a guess, LibcBecause says why.
	Libc        Libc
	LibcAssumed bool
	LibcBecause string
	// Windows is true where the Pod has no resolv.conf at all.
	Windows bool
	// Hosts is /etc/hosts of the container. Environment is what LOCALDOMAIN and RES_OPTIONS of
	// the container add for glibc, as lines of a file.
	Hosts, Environment string
	// Cluster is that of the Pod, nil where only the search list tells.
	Cluster *Cluster
	// LiveWanted is true where the nameservers were to be asked.
	LiveWanted bool
	// Hostname is that of the Pod.
	Hostname string
	// IPv4Only is true where the Pod has no IPv6 address but ::1. glibc then asks for A
	// only, unless the program wants it otherwise (AI_ADDRCONFIG, the default).
	IPv4Only bool
	// Pod and Kubelet are nil where they are not known.
	Pod     *corev1.Pod
	Kubelet *Kubelet
	Names   []string
	// Records are what is known of names. A name below a zone of Complete that is not
	// there does not exist; of other names nothing is known.
	Records  []Record
	Complete []string
	// Live are the replies of the nameservers themselves.
	Live []snapshot.DNSAnswer
	// Nameservers say who is at the address of each server, Egress what NetworkPolicies say.
	Nameservers []Nameserver
	Egress      []Egress
	// Elsewhere are the namespaces that have a Service of a name, by the name.
	Elsewhere map[string][]string
	Missing   []snapshot.Missing

	// needs are the objects that would tell more of the names.
	needs []need
}

// Record is what a full name has, without the dot at its end.
type Record struct {
	Name string
	// A and AAAA say what a query for them gets.
	A, AAAA Reply
	// Addresses are those it has, Aliases the names that lead to them.
	Addresses, Aliases []string
	// External is the externalName of the Service that the name is, Nowhere true where that
	// leads back to it, or to nothing in the cluster.
	External string
	Nowhere  bool
	// Partial is true where the aliases lead out of the cluster: what is there is not known.
	Partial bool
}

// HasErrors says whether a finding is an error, for the exit status.
func (r *Resolution) HasErrors() bool {
	return explain.HasErrors(r.Findings)
}
