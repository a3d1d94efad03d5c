package kube

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Target is what the user named: a Pod, or a workload one of whose Pods is meant.
type Target struct {
	// Kind is one of Kinds, Name the object's.
	Kind, Name string
}

// String is the target as its user would type it: "deploy/web" as "deployment/web".
func (t Target) String() string { return strings.ToLower(t.Kind) + "/" + t.Name }

// kinds are the types that have Pods, with the names kubectl knows them by.
var kinds = []struct {
	kind  string
	words []string
}{
	{"Pod", []string{"po", "pod", "pods"}},
	{"Deployment", []string{"deploy", "deployment", "deployments"}},
	{"ReplicaSet", []string{"rs", "replicaset", "replicasets"}},
	{"StatefulSet", []string{"sts", "statefulset", "statefulsets"}},
	{"DaemonSet", []string{"ds", "daemonset", "daemonsets"}},
	{"Job", []string{"job", "jobs"}},
	{"ReplicationController", []string{"rc", "replicationcontroller", "replicationcontrollers"}},
}

const targetUsage = "name a Pod, or a workload as deploy/NAME, sts/NAME, ds/NAME, rs/NAME or job/NAME"

// ParseTarget reads NAME, TYPE/NAME or TYPE NAME from the front of the arguments, and
// returns those that are left. A bare NAME is a Pod's.
func ParseTarget(args []string) (Target, []string, error) {
	if len(args) == 0 {
		return Target{}, nil, errors.New(targetUsage)
	}
	word, name, slashed := strings.Cut(args[0], "/")
	rest := args[1:]
	kind := kindOf(word)
	switch {
	case !slashed && kind == "":
		kind, name = "Pod", word
	case !slashed && len(rest) == 0:
		return Target{}, nil, fmt.Errorf("%s: the name is missing; %s", word, targetUsage)
	case !slashed:
		name, rest = rest[0], rest[1:]
	case kind == "":
		return Target{}, nil, fmt.Errorf("%s: %q has no Pods that kk knows how to find; %s", args[0], word, targetUsage)
	}
	if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
		return Target{}, nil, fmt.Errorf("%q is not the name of a %s: %s", name, kind, problems[0])
	}
	return Target{Kind: kind, Name: name}, rest, nil
}

func kindOf(word string) string {
	word, _, _ = strings.Cut(strings.ToLower(word), ".") // deployments.apps
	for _, k := range kinds {
		if slices.Contains(k.words, word) {
			return k.kind
		}
	}
	return ""
}
