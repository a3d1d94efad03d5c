package rollout

import "time"

// Pod is one Pod of a revision.
type Pod struct {
	Name string `json:"name"`
	Node string `json:"node,omitempty"`
	// Ordinal is of a Pod of a StatefulSet.
	Ordinal *int `json:"ordinal,omitempty"`
	// Status is what kubectl get pods shows as STATUS.
	Status string `json:"status"`
	// Ready and Containers are the two numbers of kubectl's READY.
	Ready      int32     `json:"ready"`
	Containers int32     `json:"containers"`
	Restarts   int32     `json:"restarts"`
	Created    time.Time `json:"created"`
	// IsReady is the condition Ready; Available that it has held for minReadySeconds.
	IsReady   bool `json:"isReady"`
	Available bool `json:"available"`
	// AvailableAt is when a Pod that is ready becomes available.
	AvailableAt *time.Time `json:"availableAt,omitempty"`
	// Deleting is set of a Pod that terminates, GoneBy when its time to do so is over.
	Deleting bool       `json:"deleting,omitempty"`
	GoneBy   *time.Time `json:"goneBy,omitempty"`
	// Trouble is why it is not ready, as far as its own status says so.
	Trouble *Trouble `json:"trouble,omitempty"`
}

// Trouble is the state of a container, or of the Pod, that keeps it from being ready.
type Trouble struct {
	// Kind is one of the kinds of Wait.
	Kind WaitKind `json:"kind"`
	// Container is "" where it is the whole Pod's.
	Container string `json:"container,omitempty"`
	Image     string `json:"image,omitempty"`
	// Reason and Message are those of the status, or of the last Event.
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
	// ExitCode is of a container that ended.
	ExitCode *int32 `json:"exitCode,omitempty"`
	// Looping is of a container that ended again after a restart.
	Looping bool `json:"looping,omitempty"`
	// Before is what an Event told of a probe or a hook that failed in the run that ended.
	Before string `json:"before,omitempty"`
	// Next is when it is started again.
	Next *time.Time `json:"next,omitempty"`
	// Count is how often it happened, as far as Events tell.
	Count    int32 `json:"count,omitempty"`
	Restarts int32 `json:"restarts,omitempty"`
	// Log is the last line that the container wrote before it ended.
	Log string `json:"log,omitempty"`
	// LogNotRead says why there is none.
	LogNotRead string `json:"logNotRead,omitempty"`
}

// WaitKind says what is waited for.
type WaitKind string

// The kinds, in the order in which they are shown.
const (
	WaitObserved    WaitKind = "controller"  // the controller has not seen the spec yet
	WaitPaused      WaitKind = "resume"      // somebody must resume the rollout
	WaitOnDelete    WaitKind = "deletion"    // somebody must delete old Pods: strategy OnDelete
	WaitCrash       WaitKind = "restart"     // a container that ended is started again
	WaitPull        WaitKind = "image"       // an image is pulled, or cannot be
	WaitConfig      WaitKind = "config"      // a container cannot be created
	WaitQuota       WaitKind = "quota"       // a quota refuses a Pod
	WaitRefused     WaitKind = "admission"   // the API server refuses a Pod for another reason
	WaitScheduling  WaitKind = "scheduling"  // no node fits
	WaitVolume      WaitKind = "volume"      // a volume is not there, or not bound
	WaitStartup     WaitKind = "startup"     // the startup probe has not succeeded
	WaitReadiness   WaitKind = "readiness"   // the readiness probe has not succeeded
	WaitLiveness    WaitKind = "liveness"    // the liveness probe fails
	WaitGate        WaitKind = "gate"        // a readiness gate or a scheduling gate
	WaitInit        WaitKind = "init"        // an init container runs
	WaitCreating    WaitKind = "creating"    // a container is being created
	WaitMinReady    WaitKind = "minReady"    // a ready Pod counts after minReadySeconds
	WaitTermination WaitKind = "termination" // a Pod terminates
	WaitEnded       WaitKind = "ended"       // a Pod has ended and is replaced
	WaitUnready     WaitKind = "ready"       // a Pod is not ready, and nothing says why
)

// Wait is one thing that the rollout waits for, of one Pod or of several alike.
type Wait struct {
	Kind WaitKind `json:"kind"`
	// Pods is how many wait for it, Pod the first of them.
	Pods int    `json:"pods,omitempty"`
	Pod  string `json:"pod,omitempty"`
	// Trouble says more, where there is more to say.
	Trouble *Trouble `json:"trouble,omitempty"`
	// Until is when it ends by itself.
	Until *time.Time `json:"until,omitempty"`
	// Every is the period of a probe in seconds, Probe what it asks: "HTTP GET /healthz on 3000".
	Every int32  `json:"every,omitempty"`
	Probe string `json:"probe,omitempty"`
	// Old is of Pods of an older revision.
	Old bool `json:"old,omitempty"`
}

// Change is something that happened between two states.
type Change struct {
	// What is the object: "Pod web-x", "ReplicaSet web-y", "Deployment web".
	What string `json:"what"`
	// Text says what happened, with what the cluster says in it.
	Text string `json:"text"`
	// Finding is the code of a finding that there was none of before, Revision the number
	// of the revision that it is about.
	Finding  string `json:"finding,omitempty"`
	Revision string `json:"revision,omitempty"`
}
