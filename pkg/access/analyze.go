package access

import (
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/registry"
)

// Analyze puts what the API server said beside what the commands need.
func Analyze(commands []Command, said Said, namespace string) *View {
	v := &View{APIVersion: APIVersion, Kind: Kind, Namespace: namespace, Commands: []Command{}}
	for _, c := range commands {
		rights := []Right{}
		for _, right := range c.Rights {
			rights = append(rights, right.answered(said))
		}
		c.Rights, c.Answers = rights, answers(rights)
		v.Commands = append(v.Commands, c)
	}
	return v
}

func (r Right) answered(said Said) Right {
	status, ok := said[r.question()]
	switch {
	case !ok:
		return r
	case status.Allowed:
		r.Allowed, r.Without = Yes, ""
	case status.EvaluationError != "" && !status.Denied:
		// An authorizer that failed may have allowed it.
		r.Reason = status.EvaluationError
	default:
		r.Allowed = No
	}
	if status.Reason != "" {
		r.Reason = status.Reason
	}
	return r
}

// answers says how much is left of a command. What only one way needs can at most narrow it,
// unless that goes for every way.
func answers(rights []Right) Answers {
	if everyWayIsClosed(rights) {
		return Never
	}
	out := Fully
	for _, r := range rights {
		decides := r.Way == "" && r.essential()
		switch {
		case r.Allowed == Yes:
		case decides && r.Allowed == No:
			return Never
		case decides:
			out = Unknown
		case out == Fully:
			out = Partly
		}
	}
	return out
}

// everyWayIsClosed says that a command has nothing but ways, and that each lacks what
// nothing stands in for.
func everyWayIsClosed(rights []Right) bool {
	closed := map[string]bool{}
	for _, r := range rights {
		closed[r.Way] = closed[r.Way] || r.Way != "" && r.Allowed == No && r.essential()
	}
	for _, is := range closed {
		if !is {
			return false
		}
	}
	return len(closed) > 0
}

// essential says that nothing stands in for the right.
func (r Right) essential() bool { return strings.HasPrefix(r.Without, registry.NoAnswer) }

// CannotAnswer says whether one of the commands cannot answer at all.
func (v *View) CannotAnswer() bool {
	for _, c := range v.Commands {
		if c.Answers == Never {
			return true
		}
	}
	return false
}
