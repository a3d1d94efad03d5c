package rollout

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// find judges what was put together.
func (a *analysis) find() {
	a.findStrategy()
	a.findOwner()
	a.findUnread()
	if a.st.Verdict == Failed {
		w := a.st.Workload
		a.add(explain.DeadlineExceeded, explain.Error, map[string]string{
			"seconds": strconv.Itoa(int(value(a.r.Deployment.Spec.ProgressDeadlineSeconds, 600))), "updated": itoa(w.Updated),
			"available": itoa(w.Available), "desired": itoa(w.Desired),
		}, a.conditionEvidence())
	}
	for _, w := range a.st.Waits {
		a.findWait(w)
	}
	for i := range a.st.Revisions {
		a.findRestarts(i)
	}
	a.findBroken()
	a.findNodes()
}

func itoa(n int32) string { return strconv.Itoa(int(n)) }

// words name the workload as a user does: "deployment shop/web".
func (w *Workload) words() string {
	return strings.ToLower(w.Kind) + " " + w.Namespace + "/" + w.Name
}

func (a *analysis) add(code string, severity explain.Severity, args map[string]string, seen ...explain.Evidence) {
	w := &a.st.Workload
	args["workload"] = w.words()
	a.st.Findings = append(a.st.Findings, explain.Finding{
		Code: code, Severity: severity, Proof: explain.ProofAPI, Subject: w.Kind + " " + w.Namespace + "/" + w.Name,
		Args: args, Evidence: slices.DeleteFunc(seen, func(e explain.Evidence) bool { return e.What == "" }), Next: a.next(code, args),
	})
}

// next are the commands to run now.
func (a *analysis) next(code string, args map[string]string) []string {
	ns := "kubectl -n " + a.st.Workload.Namespace + " "
	name := strings.ToLower(a.st.Workload.Kind) + "/" + a.st.Workload.Name
	switch code {
	case explain.CrashLoop, explain.OutOfMemory, explain.RestartedWhileReady:
		if args["container"] == "" {
			return []string{ns + "logs " + args["pod"] + " --previous"}
		}
		return []string{ns + "logs " + args["pod"] + " -c " + args["container"] + " --previous"}
	case explain.ImageNotPulled, explain.ContainerNotCreated, explain.VolumeNotReady, explain.NoNodeFits, explain.PodEnded:
		return []string{ns + "describe pod " + args["pod"]}
	case explain.ReadinessFails, explain.LivenessFails, explain.StartupFails:
		return []string{ns + "logs " + args["pod"] + " -c " + args["container"], ns + "describe pod " + args["pod"]}
	case explain.QuotaRefuses:
		return []string{ns + "describe quota"}
	case explain.PausedWithChanges:
		return []string{ns + "rollout resume " + name}
	case explain.BrokenPodBlocks:
		return []string{ns + "delete pod " + args["pod"]}
	default:
		return nil
	}
}

// conditionEvidence is the Deployment's condition Progressing.
func (a *analysis) conditionEvidence() explain.Evidence {
	for _, c := range a.r.Deployment.Status.Conditions {
		if c.Type == "Progressing" {
			return explain.Evidence{Where: "Deployment " + a.r.Deployment.Namespace + "/" + a.r.Deployment.Name, What: "condition Progressing: " + c.Reason + ": " + c.Message}
		}
	}
	return explain.Evidence{}
}

func (a *analysis) findOwner() {
	w := &a.st.Workload
	switch {
	case w.Owner == "":
	case a.r.OwnerGone:
		a.add(explain.OwnerIsGone, explain.Warning, map[string]string{"owner": w.Owner})
	default:
		a.add(explain.OwnedByAnother, explain.Warning, map[string]string{"owner": w.Owner})
		last := &a.st.Findings[len(a.st.Findings)-1]
		kind, name, _ := strings.Cut(w.Owner, " ")
		switch kind {
		case "Deployment.apps":
			last.Next = []string{"kubectl kk rollout-watch deployment/" + name + " -n " + w.Namespace}
		case "Rollout.argoproj.io":
			last.Next = []string{"kubectl argo rollouts get rollout " + name + " -n " + w.Namespace + " --watch"}
		}
	}
}

// ownerWords name an owner with its group: "Rollout.argoproj.io web".
func ownerWords(apiVersion, kind, name string) string {
	if group, _, ok := strings.Cut(apiVersion, "/"); ok {
		kind += "." + group
	}
	return kind + " " + name
}

// findUnread: what was refused keeps a part of the answer from being right.
func (a *analysis) findUnread() {
	for _, m := range a.s.Missing {
		switch {
		case unread(m, "pods"):
			a.add(explain.PodsNotRead, explain.Warning, map[string]string{"reason": m.Why})
		case unread(m, "replicasets"), unread(m, "controllerrevisions"):
			a.add(explain.RevisionsNotRead, explain.Warning, map[string]string{"reason": m.Why})
		case unread(m, "events"):
			a.add(explain.EventsNotRead, explain.Info, map[string]string{"reason": m.Why})
		}
	}
}

// notRead says whether a resource was refused.
func (a *analysis) notRead(resource string) bool {
	return slices.ContainsFunc(a.s.Missing, func(m snapshot.Missing) bool { return unread(m, resource) })
}

func unread(m snapshot.Missing, resource string) bool {
	return strings.Contains(m.What, " "+resource+" in ")
}

// findStrategy judges the numbers of the spec.
func (a *analysis) findStrategy() {
	w, ar := &a.st.Workload, a.st.Arithmetic
	if ar != nil && ar.BothZero && w.Desired > 0 {
		a.add(explain.BothBoundsZero, explain.Info, map[string]string{
			"maxSurge": ar.MaxSurge.Spec, "maxUnavailable": ar.MaxUnavailable.Spec, "replicas": itoa(w.Desired),
		})
	}
	if newest := a.newest(); a.st.Verdict == Paused && newest != nil && newest.Number == 0 && len(newest.Differences) > 0 {
		a.add(explain.PausedWithChanges, explain.Warning, map[string]string{"differences": listed(newest.Differences)})
	}
	if n := a.oldPods(); w.Strategy == "OnDelete" && n > 0 {
		a.add(explain.OnDeleteOnly, explain.Warning, map[string]string{"pods": strconv.Itoa(n)})
	}
	if n := a.kept(); n > 0 {
		a.add(explain.PartitionHolds, explain.Info, map[string]string{"partition": itoa(w.Partition), "pods": strconv.Itoa(n)})
	}
	a.findBudgets()
}

func (a *analysis) findBudgets() {
	if names := a.budgets(); a.st.Verdict != Complete && len(names) > 0 {
		a.add(explain.BudgetDoesNotHold, explain.Info, map[string]string{"budgets": strings.Join(names, ", ")})
	}
}

// listed is a difference in a sentence, at most three of them.
func listed(list []Difference) string {
	var out []string
	for i, d := range list {
		if i == 3 {
			out = append(out, fmt.Sprintf("and %d more", len(list)-3))
			break
		}
		out = append(out, d.String())
	}
	return strings.Join(out, "; ")
}

// String is the difference in a line: "container app: image v1 → v2".
func (d Difference) String() string {
	switch {
	case d.Old == "":
		return d.Field + " added" + shown(d, d.New)
	case d.New == "":
		return d.Field + " removed" + shown(d, d.Old)
	case d.Hidden:
		return d.Field + " changed (values not shown)"
	default:
		return d.Field + " " + d.Old + " → " + d.New
	}
}

func shown(d Difference, text string) string {
	if d.Hidden {
		return " (value not shown)"
	}
	return ": " + text
}
