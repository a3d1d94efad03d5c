// Package downward shows what a Pod can learn about itself by the Downward API: every
// field there is, how it can be had, its value now, and whether the variables and the
// files of the Pod hold it.
//
// Gather reads, Analyze judges, Render shows.
package downward

import (
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// The identity of the answers in JSON and YAML.
const (
	APIVersion = "kk/v1alpha1"
	Kind       = "DownwardView"
	KindList   = "DownwardFields"
)

// View is the answer for one Pod, or for the Pod template of a manifest.
type View struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Object     Object `json:"object"`
	// Fields are all fields that this Pod can learn, grouped by how they can be had.
	// There are none for a manifest: its values come into being at run time.
	Fields []Field `json:"fields"`
	// Uses are the variables and files by which this Pod does.
	Uses []Use `json:"uses"`
	// Findings are sorted, errors first.
	Findings []explain.Finding `json:"findings"`
	// NotChecked is what could not be read, and why.
	NotChecked []snapshot.Missing `json:"notChecked,omitempty"`
}

// Object is what was asked for.
type Object struct {
	// Kind is "Pod" for a live one, else the kind in the manifest.
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// Container is the one that was asked for, "" for all.
	Container string `json:"container,omitempty"`
	// Manifest is set where nothing of it is on a cluster yet.
	Manifest bool `json:"manifest,omitempty"`
	// Of is the workload that the Pod was picked from, and of how many Pods.
	Of   string `json:"of,omitempty"`
	Node string `json:"node,omitempty"`
	// Phase is the Pod's, "" for a manifest.
	Phase string `json:"phase,omitempty"`
	// Version is the Kubernetes version whose rules are shown: the kubelet's of the
	// Pod's node, else the API server's. "" where neither could be read.
	Version string `json:"version,omitempty"`
}

// Group says how a field can be had, as the tutorial groups the fields.
type Group string

// The groups, in the order in which they are shown.
const (
	EnvOrVolume Group = "env or volume"
	EnvOnly     Group = "env only"
	VolumeOnly  Group = "volume only"
	Resources   Group = "resources"
)

// Change says when a container sees a new value of a field.
type Change string

// The changes.
const (
	// Never: the value of a Pod stays the same for its life.
	Never Change = "never"
	// AtRestart: the kubelet computes variables when it creates a container
	// (kubelet_pods.go, makeEnvironmentVariables).
	AtRestart Change = "at container restart"
	// Live: the kubelet writes the file anew when it syncs the Pod, which a change of
	// the Pod makes it do at once, and else within about a minute and a half.
	Live Change = "live"
	// AtResize is Live, for a value that only a resize in place changes.
	AtResize Change = "at resize"
)

// Field is one field that the Downward API offers.
type Field struct {
	// Field is what goes into fieldPath, or into resource.
	Field string `json:"field"`
	// Container is whose resource it is, "" for a field of the Pod.
	Container string `json:"container,omitempty"`
	Group     Group  `json:"group"`
	Env       Way    `json:"env"`
	Volume    Way    `json:"volume"`
	// UsedBy names the variables and files of this Pod that take it.
	UsedBy []string `json:"usedBy,omitempty"`
	// Gates are the feature gates that have to do with it in this version, and what they do.
	Gates []string `json:"gates,omitempty"`
	// Reason names the rule behind the row.
	Reason Reason `json:"reason"`
}

// Way is a field by one of the two ways.
type Way struct {
	// Allowed says whether the API server takes it, in the version that is looked at.
	Allowed bool `json:"allowed"`
	// Since is the first version that does without a gate to be set, "" where all did
	// that kk knows (1.27 and later). Gate is the feature gate that came before.
	Since string `json:"since,omitempty"`
	Gate  string `json:"gate,omitempty"`
	// Changes says when a container sees a new value.
	Changes Change `json:"changes,omitempty"`
	// Value is what a container would get now. Nil where it is not allowed, and in a
	// list without a Pod.
	Value *Value `json:"value,omitempty"`
}

// Value is what a container gets for a field.
type Value struct {
	// Text is the value, byte for byte. In Partly it may lack or replace a part.
	Text string `json:"text"`
	// State says why Text is not the value, or not all of it: one of the States.
	State State `json:"state,omitempty"`
	// Origin says where a value comes from that the Pod does not set, as far as known.
	Origin Origin `json:"origin,omitempty"`
	// Quantity is the amount of a resource, as the object has it.
	Quantity string `json:"quantity,omitempty"`
	// ByDivisor is what a container gets by each usual divisor; Text is that by 1.
	ByDivisor map[string]string `json:"byDivisor,omitempty"`
}

// State says why a value is not known.
type State string

// The states.
const (
	NotScheduled State = "not scheduled"
	NotAssigned  State = "not assigned yet"
	Unknown      State = "unknown"
	AtRunTime    State = "at run time"
	// Partly is for a map one of whose values only the kubelet knows.
	Partly State = "partly known"
)

// Origin says where a value comes from that the Pod does not set itself.
type Origin string

// The origins.
const (
	// FromNode: the limit is unset, so the node's allocatable stands in.
	FromNode Origin = "node allocatable"
	// FromPodLimit: the container's limit is unset, so the Pod's own stands in.
	FromPodLimit Origin = "pod limit"
	// AsLimit: the request equals the limit, which the API server takes for it where a
	// manifest sets none (pkg/apis/core/v1/defaults.go, SetDefaults_Pod).
	AsLimit Origin = "as its limit"
	// UnsetRequest: the request is unset, and 0 stands for that.
	UnsetRequest Origin = "unset"
	// FromKubelet: the API does not show it; the kubelet adds it to its own copy.
	FromKubelet Origin = "kubelet"
)

// Use is one variable or file by which a container takes a field.
type Use struct {
	// Container is who sees it, "" for a file of a volume that none mounts.
	Container string `json:"container,omitempty"`
	// As is "env" or "volume".
	As string `json:"as"`
	// Name is the variable, or the path of the file in the container.
	Name string `json:"name"`
	// Volume and Item are the volume and the path in it, for files.
	Volume string `json:"volume,omitempty"`
	Item   string `json:"item,omitempty"`
	// SubPath is set where the file is mounted by subPath, and so never updated.
	SubPath bool `json:"subPath,omitempty"`
	// Token is set for the namespace file beside a ServiceAccount's token: no manifest asks
	// for it, and it is read only where another use of the container is.
	Token bool   `json:"token,omitempty"`
	Field string `json:"field"`
	// Of is the container whose resource it is, where the use names one.
	Of      string `json:"of,omitempty"`
	Divisor string `json:"divisor,omitempty"`
	Changes Change `json:"changes,omitempty"`
	// Should is what the container would get if it started now.
	Should Value `json:"should"`
	// Has is what it has, null where that was not read.
	Has *string `json:"has"`
	// From is what Has was read from.
	From   string `json:"from,omitempty"`
	Status Status `json:"status"`
}

// Status says how what a container has stands to what it should have.
type Status string

// The statuses.
const (
	Holds  Status = "holds it"
	Old    Status = "old"
	Other  Status = "other"
	Behind Status = "behind"
	Absent Status = "absent"
	// NotCompared: what it should have is not known.
	NotCompared Status = "not compared"
	NotRead     Status = "not read"
	Overridden  Status = "overridden"
	NotMounted  Status = "not mounted"
	Refused     Status = "refused"
	// NoStart: the API server takes it, and the container never starts.
	NoStart Status = "cannot start"
	Valid   Status = "valid"
)

// HasErrors says whether a finding is an error, for the exit status.
func (v *View) HasErrors() bool { return explain.HasErrors(v.Findings) }
