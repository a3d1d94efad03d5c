package rollout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
)

// Request is what the user asked for.
type Request struct {
	Namespace string
	Target    kube.Target
	// Limit is how many revisions are shown at most; those with Pods always are.
	Limit int
}

// Kinds are those that have a rollout.
var Kinds = []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"}

const usage = "name a workload: deploy/NAME, sts/NAME, ds/NAME or rs/NAME"

// ParseTarget reads TYPE/NAME or TYPE NAME. Its error is for the user.
func ParseTarget(args []string) (kube.Target, error) {
	if len(args) == 0 {
		return kube.Target{}, fmt.Errorf("%s", usage)
	}
	word, _, slashed := strings.Cut(args[0], "/")
	if slices.Contains([]string{"rollout", "rollouts", "ro", "rollouts.argoproj.io"}, strings.ToLower(word)) && (slashed || len(args) > 1) {
		return kube.Target{}, fmt.Errorf("%s: a Rollout of Argo is no workload of Kubernetes itself; see: kubectl argo rollouts get rollout NAME --watch", strings.Join(args, " "))
	}
	target, rest, err := kube.ParseTarget(args)
	switch {
	case err != nil:
		return target, err
	case target.Kind == "Pod":
		return target, fmt.Errorf("%s: rollout-watch follows workloads, not Pods; %s", strings.Join(args, " "), usage)
	case !slices.Contains(Kinds, target.Kind):
		return target, fmt.Errorf("%s: a %s has no rollout; %s", strings.Join(args, " "), target.Kind, usage)
	case len(rest) > 0:
		return target, fmt.Errorf("one workload at a time: %q is one too many", rest[0])
	}
	return target, nil
}
