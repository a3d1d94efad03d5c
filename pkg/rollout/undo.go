package rollout

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// undo says how to go back, where the rollout is in trouble and there is where to go: to
// the older revision with the most available Pods, of equal ones the newest.
func (a *analysis) undo() {
	st := a.st
	if st.Workload.Kind == "ReplicaSet" || st.Verdict != Progressing && st.Verdict != Failed {
		return
	}
	trouble := func(f explain.Finding) bool { return f.Severity != explain.Info }
	if !slices.ContainsFunc(st.Findings, trouble) {
		return
	}
	best, newest := a.serving(), a.newest()
	if best == nil || newest == nil || newest.Number == 0 {
		return
	}
	st.Undo = &Undo{
		Command: fmt.Sprintf("kubectl -n %s rollout undo %s/%s --to-revision=%d",
			st.Workload.Namespace, strings.ToLower(st.Workload.Kind), st.Workload.Name, best.Number),
		Revision: best.Number, Images: best.Images, Available: best.Available,
	}
}

// serving is the older revision with the most available Pods.
func (a *analysis) serving() *Revision {
	var best *Revision
	for i := range a.st.Revisions {
		r := &a.st.Revisions[i]
		if !r.New && r.Number > 0 && (best == nil || r.Available > best.Available) {
			best = r
		}
	}
	return best
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// some are names in a sentence, at most five of them.
func some(names []string) string {
	if len(names) <= 5 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:5], ", "), len(names)-5)
}
