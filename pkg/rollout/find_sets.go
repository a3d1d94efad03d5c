package rollout

import (
	"slices"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// findBroken: with OrderedReady a Pod of an old revision that never becomes ready keeps the
// controller from replacing any, itself included (stateful_set_control.go, processReplica).
func (a *analysis) findBroken() {
	s := a.r.StatefulSet
	if s == nil || s.Spec.PodManagementPolicy == appsv1.ParallelPodManagement || a.st.Workload.Strategy != string(appsv1.RollingUpdateStatefulSetStrategyType) {
		return
	}
	for _, r := range a.st.Revisions {
		for _, p := range r.Pods {
			if !r.New && stuck(p.Trouble) && a.updates(&p) {
				a.add(explain.BrokenPodBlocks, explain.Error, map[string]string{"pod": p.Name, "revision": strconv.FormatInt(r.Number, 10)})
				return
			}
		}
	}
}

// updates says whether the update of a StatefulSet replaces a Pod.
func (a *analysis) updates(p *Pod) bool {
	i, ok := a.index(p)
	return ok && i >= int(a.st.Workload.Partition)
}

// stuck is a Pod that time alone will not make ready.
func stuck(t *Trouble) bool {
	if t == nil {
		return false
	}
	switch t.Kind {
	case WaitCrash:
		return t.Looping
	case WaitReadiness, WaitStartup:
		return t.Count >= failsOften
	case WaitPull, WaitConfig, WaitScheduling, WaitVolume:
		return true
	default:
		return false
	}
}

func (a *analysis) findNodes() {
	byWhy := map[string][]string{}
	for _, n := range a.st.Nodes {
		if n.Pod == "" {
			key := n.Why
			if n.What != "" {
				key += " " + n.What
			}
			byWhy[key] = append(byWhy[key], n.Name)
		}
	}
	for _, why := range sortedKeys(byWhy) {
		args := map[string]string{"count": strconv.Itoa(len(byWhy[why])), "nodes": some(byWhy[why])}
		if why == "pending" {
			if a.st.Verdict == Complete {
				continue
			}
			a.add(explain.NodePodMissing, explain.Info, args)
			continue
		}
		args["reason"] = why
		a.add(explain.NodesWithoutPod, explain.Info, args)
	}
}

// budgets are the PodDisruptionBudgets that select Pods of the workload.
func (a *analysis) budgets() []string {
	var out []string
	for i := range a.r.Budgets {
		selector, err := metav1.LabelSelectorAsSelector(a.r.Budgets[i].Spec.Selector)
		if err != nil || len(a.templates) == 0 {
			continue
		}
		if selector.Matches(labels.Set(a.templates[0].Labels)) {
			out = append(out, a.r.Budgets[i].Name)
		}
	}
	slices.Sort(out)
	return out
}
