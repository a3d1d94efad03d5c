package svcenv

import (
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// ofGiven is a variable that the manifest gives.
func (a *analysis) ofGiven(g *given) Variable {
	v := Variable{
		Name: g.name, Source: g.source, From: g.from, Key: g.key, References: g.references, Unresolved: g.unresolved,
		Expression: g.expression, Gets: &Value{},
	}
	if g.hides != nil {
		v.Hides = strings.TrimPrefix(serviceWords(g.hides.Service), "Service ")
	}
	if g.computed() {
		v.Gets = text(g.text)
	}
	e, there := a.has[g.name]
	if there {
		v.Has = valueOf(e)
	}
	switch {
	case !a.read():
		v.Status = NotRead
	case !there && g.computed():
		v.Status = Added
	case !there:
		v.Status = NotCompared
	default:
		v.Status = g.against(e)
	}
	if there && v.Status == NotCompared {
		// A Secret that was not changed since gives the same again.
		v.Gets = valueOf(e)
	}
	return v
}

// computed says whether the value is known without the process, and may be.
func (g *given) computed() bool { return g.known && !g.secret }

// against holds what the process has to what the manifest gives.
func (g *given) against(e snapshot.VariableReading) Status {
	switch {
	case !g.computed() || e.Value == nil && g.maybe:
		return NotCompared
	case e.Value != nil && *e.Value == g.text:
		return Same
	default:
		return Changed
	}
}

func text(s string) *Value {
	n := len(s)
	return &Value{Text: &s, Bytes: &n}
}

func valueOf(e snapshot.VariableReading) *Value {
	n := max(0, e.Bytes-len(e.Name)-1)
	out := &Value{Bytes: &n}
	if e.Value != nil {
		s := *e.Value
		out.Text = &s
	}
	return out
}
