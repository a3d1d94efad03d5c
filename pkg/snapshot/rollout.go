package snapshot

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Rollout is one workload with its revisions, and what was said about them. Its Pods, and
// for a DaemonSet the Nodes, are in the Snapshot itself.
type Rollout struct {
	// Now is the moment of the reading by the API server's clock.
	Now time.Time `json:"now"`
	// Lost is set while the API server cannot be watched: what is here is older then.
	Lost *Lost `json:"lost,omitempty"`

	// One of these is the workload; none is there while it does not exist.
	Deployment  *appsv1.Deployment  `json:"deployment,omitempty"`
	StatefulSet *appsv1.StatefulSet `json:"statefulSet,omitempty"`
	DaemonSet   *appsv1.DaemonSet   `json:"daemonSet,omitempty"`
	// ReplicaSet is the workload where one was asked for, not a revision.
	ReplicaSet *appsv1.ReplicaSet `json:"replicaSet,omitempty"`
	// OwnerGone is set where the workload's controller was asked for and does not exist.
	OwnerGone bool `json:"ownerGone,omitempty"`

	ReplicaSets         []appsv1.ReplicaSet            `json:"replicaSets,omitempty"`
	ControllerRevisions []appsv1.ControllerRevision    `json:"controllerRevisions,omitempty"`
	Events              []corev1.Event                 `json:"events,omitempty"`
	Budgets             []policyv1.PodDisruptionBudget `json:"budgets,omitempty"`

	// Logs are the last lines of containers that crashed. They may hold anything, and are
	// in no recording.
	Logs []LastLine `json:"-"`
}

// Lost is a connection that is being made again.
type Lost struct {
	Since time.Time `json:"since"`
	Why   string    `json:"why"`
}

// LastLine is the last line that a container wrote before it ended.
type LastLine struct {
	Pod, Container string
	// Previous is of a container that waits to be started again: the run before is meant.
	Previous bool
	Text     string
	// NotRead says why there is none, "" where there is.
	NotRead string
}

// Workload returns the object that the rollout is of, or nil while it does not exist.
func (r *Rollout) Workload() metav1.Object {
	switch {
	case r.Deployment != nil:
		return r.Deployment
	case r.StatefulSet != nil:
		return r.StatefulSet
	case r.DaemonSet != nil:
		return r.DaemonSet
	case r.ReplicaSet != nil:
		return r.ReplicaSet
	default:
		return nil
	}
}
