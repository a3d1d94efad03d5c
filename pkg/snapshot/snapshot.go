// Package snapshot holds all that one run of a command read: Kubernetes objects,
// the outputs of programs on nodes, and what could not be read. Everything kk
// says is a pure function of a Snapshot, so a recorded one answers again, on any
// machine, without a cluster.
package snapshot

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
)

// The identity of the file format.
const (
	APIVersion = "kk/v1alpha1"
	Kind       = "Snapshot"
)

// Snapshot is a small cluster in a file. It never holds a Secret's value. Of the
// environment and the volumes of a Pod it holds what the Downward API put there (see Slim
// and SlimWithFields), and for pkg/svcenv also what Services, ConfigMaps and the manifest
// did (see SlimWithEnvironment and VariableReading).
type Snapshot struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// Taken is when the reading began, by the clock of the machine kk ran on.
	Taken time.Time `json:"taken"`
	// By is the version of kk that wrote it.
	By string `json:"by"`
	// Readings are what programs on nodes printed.
	Readings []Reading `json:"readings,omitempty"`
	// Containers are what was read inside of containers.
	Containers []ContainerReading `json:"containers,omitempty"`
	// Missing is what was asked for and not given.
	Missing []Missing `json:"missing,omitempty"`

	Services       []corev1.Service            `json:"services,omitempty"`
	EndpointSlices []discoveryv1.EndpointSlice `json:"endpointSlices,omitempty"`
	Pods           []corev1.Pod                `json:"pods,omitempty"`
	Nodes          []corev1.Node               `json:"nodes,omitempty"`
	ConfigMaps     []corev1.ConfigMap          `json:"configMaps,omitempty"`
	// NetworkPolicies are those of the namespaces in PoliciesOf, which were asked for.
	NetworkPolicies []networkingv1.NetworkPolicy `json:"networkPolicies,omitempty"`
	PoliciesOf      []string                     `json:"policiesOf,omitempty"`
	// Resolvers, Kubelets and Answers are what dns read: inside of containers, of the
	// kubelets' configuration, and from DNS servers.
	Resolvers []ResolverReading `json:"resolvers,omitempty"`
	Kubelets  []KubeletReading  `json:"kubelets,omitempty"`
	Answers   []DNSAnswer       `json:"answers,omitempty"`
	// ServerVersion is the API server's, as "v1.37.2"; "" where it was not asked for.
	ServerVersion string `json:"serverVersion,omitempty"`
	// PickedFrom is the workload that the user named, where the Pod was picked from its
	// Pods: "deployment/web, 1 of 3 Pods".
	PickedFrom string `json:"pickedFrom,omitempty"`
	// Absent are objects that were asked for and do not exist: "ConfigMap shop/settings".
	Absent []string `json:"absent,omitempty"`
	// AddressesAsked are IPs for which all namespaces were searched for a Pod:
	// one that is here and that no Pod of Pods has belongs to no Pod.
	AddressesAsked []string `json:"addressesAsked,omitempty"`
	// Unsettled are addresses that came into the EndpointSlices, or left them, while
	// the node was read: it cannot be told whether the node is late with them.
	Unsettled []string `json:"unsettled,omitempty"`
	// Rollout is a workload with its revisions, which rollout-watch reads.
	Rollout *Rollout `json:"rollout,omitempty"`
}

// Reading is what one run of read-only programs on a node gave.
type Reading struct {
	Node string `json:"node"`
	// Via says how the node was reached: "debug", "exec" or "file".
	Via string `json:"via"`
	// Pod is the "namespace/name" of the pod the programs ran in, "" for a file.
	Pod string `json:"pod,omitempty"`
	// Outputs are in the order in which the programs ran.
	Outputs []Output `json:"outputs"`
}

// Output is what one program printed.
type Output struct {
	// Argv is the command line, program first.
	Argv []string `json:"argv"`
	// Text is its standard output; where Filter is set, the matching lines only.
	Text string `json:"text"`
	// Filter is the fixed string that lines had to contain to be sent, or "".
	Filter string `json:"filter,omitempty"`
	// Kept lists addresses ("-d ADDRESS/LENGTH ") and ports ("--dport PORT "), one a line,
	// where the rules for one other address or port, and no others, were left out.
	Kept string `json:"kept,omitempty"`
	// Exit is the program's exit status.
	Exit int `json:"exit"`
	// Truncated is true where the end of the output never arrived.
	Truncated bool `json:"truncated,omitempty"`
}

// ContainerReading is what was read inside of one container.
type ContainerReading struct {
	Namespace string `json:"namespace"`
	Pod       string `json:"pod"`
	Container string `json:"container"`
	// Environ is the file that the variables were read from, "" where none was.
	Environ string `json:"environ,omitempty"`
	// Variables are those of the variables that were asked for that are there. No other
	// variable is ever kept.
	Variables map[string]string `json:"variables,omitempty"`
	// Environment is the whole environment in its order. Only of variables that come from no
	// Secret, as far as that can be proved, it has the values.
	Environment []VariableReading `json:"environment,omitempty"`
	// Argv are the arguments of the process, which are counted and not kept.
	Argv  *ArgvReading  `json:"argv,omitempty"`
	Files []FileReading `json:"files,omitempty"`
	// NotRead says why nothing was read.
	NotRead string `json:"notRead,omitempty"`
}

// VariableReading is one string of an environment.
type VariableReading struct {
	// Name is "" where the string is not like NAME=VALUE.
	Name string `json:"name,omitempty"`
	// Bytes is the length of the whole string, its end not counted.
	Bytes int `json:"bytes"`
	// Value is nil where it may be a Secret's.
	Value *string `json:"value,omitempty"`
}

// ArgvReading is how many arguments a process was started with, and how long they are.
type ArgvReading struct {
	Count int `json:"count"`
	// Bytes counts the end of each.
	Bytes int `json:"bytes"`
}

// FileReading is one file of a container.
type FileReading struct {
	Path string `json:"path"`
	Text string `json:"text"`
	// Complaint is the error of the program that tried to read it, "" where it did.
	Complaint string `json:"complaint,omitempty"`
}

// Missing is one thing that was asked for and not given.
type Missing struct {
	// What says verb and object: "create pods in namespace kube-system".
	What string `json:"what"`
	// Why is the server's reason, in its words.
	Why string `json:"why"`
	// Reading is set where it kept a node from being read: the one named by Node, or any.
	Reading bool   `json:"reading,omitempty"`
	Node    string `json:"node,omitempty"`
	// Allow is the RBAC rule that would allow it, where RBAC was the reason.
	Allow *rbacv1.PolicyRule `json:"allow,omitempty"`
}
