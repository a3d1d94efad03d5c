// Package svcenv shows which environment variables a container has of the Services around
// it, which it would get if it restarted now, and whether they would still fit.
//
// Gather reads, Analyze judges, Render shows.
package svcenv

import (
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// The identity of the answer in JSON and YAML.
const (
	APIVersion = "kk/v1alpha1"
	Kind       = "ServiceEnvironment"
)

// View is the answer for one container.
type View struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Object     Object    `json:"object"`
	Container  Container `json:"container"`
	// Services are those whose variables the container has or would get, by name.
	Services []Service `json:"services"`
	// Variables are all of the container: of each Service in turn, then the others.
	Variables []Variable `json:"variables"`
	// Size is null where the limits of Linux do not hold.
	Size *Size `json:"size"`
	// Findings are sorted, errors first.
	Findings []explain.Finding `json:"findings"`
	// NotChecked is what could not be read, and why.
	NotChecked []snapshot.Missing `json:"notChecked,omitempty"`
}

// Object is the Pod.
type Object struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Of is the workload that the Pod was picked from, and of how many Pods.
	Of    string `json:"of,omitempty"`
	Node  string `json:"node,omitempty"`
	Phase string `json:"phase"`
}

// Container is the one that the answer is about.
type Container struct {
	Name string `json:"name"`
	// Others are the Pod's other containers.
	Others []string `json:"others,omitempty"`
	// ServiceLinks is the Pod's enableServiceLinks.
	ServiceLinks bool `json:"serviceLinks"`
	// StartedAt is null where it does not run.
	StartedAt *time.Time `json:"startedAt"`
	Restarts  int32      `json:"restarts"`
	// ReadFrom is the file of the container that its variables were read from.
	ReadFrom string `json:"readFrom,omitempty"`
	// NotRead says why they were not.
	NotRead string `json:"notRead,omitempty"`
}

// Status says how what the container has stands to what it would get.
type Status string

// The statuses, of variables and of Services.
const (
	Same    Status = "same"
	Added   Status = "added"
	Removed Status = "removed"
	Changed Status = "changed"
	// Kept is of a variable that Kubernetes does not give, and which the next container of
	// the same image is taken to have as well.
	Kept Status = "kept"
	// NotCompared is of a value that is not shown, or not known.
	NotCompared Status = "not compared"
	// NotRead: the container's own environment was not read.
	NotRead Status = "not read"
)

// Service is one whose variables the container has or would get.
type Service struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	ClusterIP string `json:"clusterIP,omitempty"`
	// Created is null of a Service that is gone.
	Created *time.Time `json:"created"`
	// Age is how old it was when the cluster was read.
	Age string `json:"age,omitempty"`
	// Younger is set where it was created after the container had started.
	Younger bool   `json:"younger,omitempty"`
	Status  Status `json:"status"`
}

// Origin says who gives a variable.
type Origin string

// The sources, in the order in which one wins over the next (kubelet_pods.go,
// makeEnvironmentVariables; what the image and the runtime set comes last).
const (
	FromEnv     Origin = "env"
	FromEnvFrom Origin = "envFrom"
	FromService Origin = "service"
	// FromOther is the image, the container runtime, a program that started the process, or
	// a Secret of envFrom, whose keys are not known.
	FromOther Origin = "other"
)

// Variable is one variable of the container.
type Variable struct {
	Name   string `json:"name"`
	Source Origin `json:"source"`
	// From is the object that it comes from: "Service shop/redis", "ConfigMap settings",
	// "Secret login", "field metadata.name".
	From string `json:"from,omitempty"`
	// Key is the key in the ConfigMap or the Secret.
	Key string `json:"key,omitempty"`
	// Port is the Service's port that it is of, as "http 80/TCP".
	Port string `json:"port,omitempty"`
	// References are the variables that the manifest names as $(NAME) in its value.
	References []string `json:"references,omitempty"`
	// Unresolved are those of them that stay as they are written.
	Unresolved []string `json:"unresolved,omitempty"`
	// Expression is the value as the manifest has it, where it has references.
	Expression string `json:"expression,omitempty"`
	// Hides is the Service whose variable of that name this one takes the place of.
	Hides string `json:"hides,omitempty"`
	// Has is what the process has, null where it has none or was not read; Gets what a
	// container that starts now would get.
	Has    *Value `json:"has"`
	Gets   *Value `json:"gets"`
	Status Status `json:"status"`
}

// Value is one of a variable.
type Value struct {
	// Text is null where it comes from a Secret or may do so, where it is not known, and
	// where it is no Service's and the values were not asked for.
	Text *string `json:"text"`
	// Bytes is its length, null where not known.
	Bytes *int `json:"bytes"`
}

// Size is what the environment takes of the room that Linux has for it.
type Size struct {
	// Now is null where the process was not read.
	Now          *Measure `json:"now"`
	AfterRestart Measure  `json:"afterRestart"`
	// Limit is what the strings and pointers of arguments and environment may take
	// together, in bytes, StringLimit what one string may.
	Limit       int64 `json:"limit"`
	StringLimit int   `json:"stringLimit"`
	// Stack is the soft limit of the stack that Limit follows from, in bytes, -1 for none.
	Stack int64 `json:"stack"`
	// StackFrom is where that was read, "" where it was not and the usual one is assumed.
	StackFrom string `json:"stackFrom,omitempty"`
	// Arguments is null where those of the process were not read.
	Arguments *Measure `json:"arguments"`
}

// Measure is how much some strings take.
type Measure struct {
	Count int `json:"count"`
	// Strings is their length with the end of each, Total with a pointer to each as well, and
	// of an environment with the arguments beside it.
	Strings int `json:"strings"`
	Total   int `json:"total"`
	// AtLeast is set where some of them are not known.
	AtLeast bool `json:"atLeast,omitempty"`
}

// HasErrors says whether a finding is an error, for the exit status.
func (v *View) HasErrors() bool { return explain.HasErrors(v.Findings) }
