package svcpath

import (
	"slices"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// missingFor leaves out what is missing of other nodes.
func missingFor(all []snapshot.Missing, name string) []snapshot.Missing {
	return slices.DeleteFunc(slices.Clone(all), func(m snapshot.Missing) bool { return m.Node != "" && m.Node != name })
}

// whyUnread is the reason why the node was not read: its own before one that all have.
func (a *analysis) whyUnread() string {
	why := ""
	for _, m := range slices.Backward(a.s.Missing) {
		switch {
		case m.Node != "" && m.Node == a.nodeName():
			return m.Why
		case m.Node == "" && why == "" && (m.Reading || a.nodeName() == "" && m.What == listNodes):
			why = m.Why
		}
	}
	if why == "" {
		return "--via none"
	}
	return why
}

func (a *analysis) notChecked(node, why string) {
	f := explain.Finding{
		Code: explain.NodeNotChecked, Severity: explain.Warning, Proof: explain.ProofNotChecked, Subject: "Node " + node,
		Args: map[string]string{"node": node, "reason": why},
		Next: []string{a.command("--via " + a.otherWay())},
	}
	if node == "" {
		f.Code, f.Subject = explain.NoNodeChosen, ""
		f.Args, f.Next = map[string]string{"reason": why}, []string{a.command("--node NODE")}
	}
	a.find(f)
}
