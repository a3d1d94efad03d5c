// Package explain holds the catalog of everything kk can find on a cluster: a
// stable code for each finding, and its words in English and 简体中文.
//
// The packages that judge (pkg/svcpath and its siblings) return Findings, which
// carry a code and values but no prose. Words come in when a finding is shown.
package explain

// Severity says how bad a finding is. Only an error makes a command exit with 2.
type Severity string

// The severities, worst first.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Proof says where the truth of a finding was read.
type Proof string

// The proof levels, strongest first.
const (
	// ProofNode means read in the kernel or in a process of the node.
	ProofNode Proof = "node"
	// ProofAPI means read from the API server.
	ProofAPI Proof = "api"
	// ProofComputed means derived from what was read by a rule of Kubernetes.
	ProofComputed Proof = "computed"
	// ProofNotChecked means that the read which would tell could not be made.
	ProofNotChecked Proof = "not checked"
)

// Finding is one judgement. It holds values only; Catalog gives it words.
type Finding struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	Proof    Proof    `json:"proof"`
	// Subject is the object that the finding is about, as "Kind namespace/name".
	Subject string `json:"subject"`
	// Args fill the placeholders of the catalog's message.
	Args map[string]string `json:"args,omitempty"`
	// Evidence names what was seen, and where.
	Evidence []Evidence `json:"evidence,omitempty"`
	// Next holds the commands to run now, most useful first.
	Next []string `json:"next,omitempty"`
}

// Evidence is one thing that was seen: a field of an object, or a rule of a node.
type Evidence struct {
	// Where is an object ("EndpointSlice default/web-x7k2p") or a node's table
	// ("k8s-node1 nat KUBE-SVC-BRULDGNIV2IQDBPU").
	Where string `json:"where"`
	// What is the field and its value, or the rule as the kernel gave it.
	What string `json:"what"`
}
