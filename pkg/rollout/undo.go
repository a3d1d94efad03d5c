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
	if !slices.ContainsFunc(st.Findings, ofNewRevision) {
		return
	}
	best, newest := a.serving(), a.newest()
	if best == nil || best.Unknown || newest == nil || newest.Number == 0 {
		return
	}
	st.Undo = &Undo{
		Command: fmt.Sprintf("kubectl -n %s rollout undo %s/%s --to-revision=%d",
			st.Workload.Namespace, strings.ToLower(st.Workload.Kind), st.Workload.Name, best.Number),
		Revision: best.Number, Images: best.Images, Available: best.Available,
	}
}

// ofNewRevision is trouble that an older revision may not have.
func ofNewRevision(f explain.Finding) bool {
	switch f.Code {
	case explain.OwnedByAnother, explain.OwnerIsGone, explain.PodsNotRead, explain.RevisionsNotRead, explain.OnDeleteOnly,
		explain.TerminatesTooLong, explain.GateNotOpen:
		return false
	default:
		return f.Severity != explain.Info
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
