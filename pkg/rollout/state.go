// Package rollout shows a rollout of a native workload: which revision is where, what its
// controller may do and waits for, and why it is stuck.
//
// Gather and Watch read, Analyze judges, Render and Lines show.
package rollout

import (
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// The identity of the answer in JSON.
const (
	APIVersion = "kk/v1alpha1"
	Kind       = "RolloutState"
)

// State is the answer at one moment. All times are by the API server's clock.
type State struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	At         time.Time `json:"at"`
	// Lost is set while the API server cannot be watched: all else is older then.
	Lost     *snapshot.Lost `json:"lost,omitempty"`
	Workload Workload       `json:"workload"`
	Verdict  Verdict        `json:"verdict"`
	// Arithmetic is null of a workload whose controller has none.
	Arithmetic *Arithmetic `json:"arithmetic,omitempty"`
	// Waits are what the rollout waits for, what concerns most of it first.
	Waits []Wait `json:"waits,omitempty"`
	// Revisions are sorted newest first. OlderRevisions are those that are not shown.
	Revisions      []Revision `json:"revisions"`
	OlderRevisions int        `json:"olderRevisions,omitempty"`
	// Nodes are those that are without a Pod of a DaemonSet, and why.
	Nodes []Node `json:"nodes,omitempty"`
	// Undo is the way back, where there is one and it is needed.
	Undo *Undo `json:"undo,omitempty"`
	// Changes are what happened since the state before this one.
	Changes []Change `json:"changes,omitempty"`
	// Findings are sorted, errors first.
	Findings []explain.Finding `json:"findings"`
	// NotChecked is what could not be read, and why.
	NotChecked []snapshot.Missing `json:"notChecked,omitempty"`
}

// Verdict says how the rollout stands.
type Verdict string

// The verdicts. Failed is what the Deployment controller says of a deadline that has
// passed; it works on all the same.
const (
	Complete    Verdict = "complete"
	Progressing Verdict = "progressing"
	Paused      Verdict = "paused"
	Failed      Verdict = "failed"
	// Gone is of a workload that was deleted while it was watched.
	Gone Verdict = "gone"
)

// Workload is the object and the numbers of its spec and status.
type Workload struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// UID is "" while it does not exist.
	UID     string    `json:"uid,omitempty"`
	Created time.Time `json:"created,omitzero"`
	// Observed is whether the controller has seen the spec as it is now.
	Observed bool `json:"observed"`
	// Strategy is the update strategy: RollingUpdate, Recreate or OnDelete; "" of a ReplicaSet.
	Strategy string `json:"strategy,omitempty"`
	Paused   bool   `json:"paused,omitempty"`
	// Desired is spec.replicas, of a DaemonSet the number of nodes that should run a Pod.
	Desired int32 `json:"desired"`
	// Current, Updated, Ready and Available are counts of the status.
	Current   int32 `json:"current"`
	Updated   int32 `json:"updated"`
	Ready     int32 `json:"ready"`
	Available int32 `json:"available"`
	// Terminating is null where the status does not count it (before Kubernetes 1.35).
	Terminating     *int32 `json:"terminating,omitempty"`
	MinReadySeconds int32  `json:"minReadySeconds,omitempty"`
	// Partition is of a StatefulSet: Pods with a lower ordinal keep their revision.
	Partition int32 `json:"partition,omitempty"`
	// Deadline is when the rollout counts as failed, null where nothing counts towards it.
	Deadline *time.Time `json:"deadline,omitempty"`
	// ProgressedAt is when the controller last saw progress.
	ProgressedAt *time.Time `json:"progressedAt,omitempty"`
	// Owner is the object that controls the workload: "Rollout.argoproj.io web".
	Owner string `json:"owner,omitempty"`
}

// Arithmetic is what the controller may do now, by its own rules.
type Arithmetic struct {
	// MaxSurge and MaxUnavailable are as the spec has them, with the numbers they come to.
	MaxSurge       *Bound `json:"maxSurge,omitempty"`
	MaxUnavailable *Bound `json:"maxUnavailable,omitempty"`
	// BothZero: both came to 0, and the controller takes maxUnavailable 1.
	BothZero bool `json:"bothZero,omitempty"`
	// Exist is how many Pods the controller counts, those that terminate left out.
	Exist  int32 `json:"exist"`
	AtMost int32 `json:"atMost"`
	// Available is how many are available, AtLeast how many must be.
	Available int32 `json:"available"`
	AtLeast   int32 `json:"atLeast"`
	// MayCreate and MayDelete are how many new Pods it may create and old ones delete now.
	MayCreate int32 `json:"mayCreate"`
	MayDelete int32 `json:"mayDelete"`
	// OldRunning is of the strategy Recreate: old Pods that must be gone before the first new one.
	OldRunning int32 `json:"oldRunning,omitempty"`
	// Unknown: what it may do depends on objects that were not read; what NotChecked names.
	Unknown bool `json:"unknown,omitempty"`
	// Next is the Pod of a StatefulSet that is replaced next, "" where none is.
	Next string `json:"next,omitempty"`
}

// Bound is a number of the update strategy.
type Bound struct {
	// Spec is like "25%" or "1", Of what a percentage is of.
	Spec string `json:"spec"`
	Of   int32  `json:"of"`
	// Value is what the controller makes of it, Rounded "up", "down" or "" of a whole number.
	Value   int32  `json:"value"`
	Rounded string `json:"rounded,omitempty"`
}

// Revision is one template of the workload, with its Pods.
type Revision struct {
	// Number is 0 while the controller has not made the revision yet.
	Number int64 `json:"number"`
	// Name is the ReplicaSet's or the ControllerRevision's.
	Name string `json:"name,omitempty"`
	// New is of the revision that the workload asks for.
	New     bool      `json:"new"`
	Created time.Time `json:"created,omitzero"`
	// ChangeCause is the annotation kubernetes.io/change-cause.
	ChangeCause string `json:"changeCause,omitempty"`
	// Earlier are the numbers it had before it was rolled back to.
	Earlier []int64 `json:"earlier,omitempty"`
	// Images are "container image".
	Images []Image `json:"images,omitempty"`
	// Since is the revision that Differences compares with, 0 where there is none.
	Since       int64        `json:"since,omitempty"`
	Differences []Difference `json:"differences,omitempty"`
	// Desired is how many Pods it should have: of a ReplicaSet its spec.replicas, else null.
	Desired *int32 `json:"desired,omitempty"`
	// Current, Ready and Available are of a ReplicaSet those of its status, else counted.
	Current   int32 `json:"current"`
	Ready     int32 `json:"ready"`
	Available int32 `json:"available"`
	// Unknown: these are not known, as they are counted from Pods that were not read.
	Unknown bool `json:"unknown,omitempty"`
	// Pods are sorted by name, of a StatefulSet by ordinal.
	Pods []Pod `json:"pods,omitempty"`
}

// Image is that of a container.
type Image struct {
	Container string `json:"container"`
	Image     string `json:"image"`
}

// Difference is one field in which a template differs from another one.
type Difference struct {
	// Field is like "container app: image" or "annotation sidecar/version".
	Field string `json:"field"`
	// Old and New are "" where the field was not there, or is not now.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
	// Hidden: the values may be secret and are not shown.
	Hidden bool `json:"hidden,omitempty"`
}

// Undo is the way back to an older revision.
type Undo struct {
	Command  string `json:"command"`
	Revision int64  `json:"revision"`
	// Images are what that revision runs.
	Images []Image `json:"images,omitempty"`
	// Available is how many of its Pods still serve.
	Available int32 `json:"available"`
}

// Node is one that has no Pod of a DaemonSet, or one that should not be there.
type Node struct {
	Name string `json:"name"`
	// ShouldRun is whether the controller wants a Pod there.
	ShouldRun bool `json:"shouldRun"`
	// Why is "taint", "selector", "name", or "pending" where it should run one and has none.
	Why string `json:"why"`
	// What is the taint, like "key=value:NoSchedule".
	What string `json:"what,omitempty"`
	// Pod is one that runs there all the same.
	Pod string `json:"pod,omitempty"`
}

// HasErrors says whether one of the findings is an error.
func (s *State) HasErrors() bool { return explain.HasErrors(s.Findings) }
