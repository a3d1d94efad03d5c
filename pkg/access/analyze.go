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
// unless every way lacks what nothing stands in for and there is no other.
func answers(rights []Right) Answers {
	out, always, ways, closed := Fully, false, map[string]bool{}, map[string]bool{}
	for _, r := range rights {
		always = always || r.Way == ""
		ways[r.Way] = true
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
		if r.Allowed == No && r.essential() {
			closed[r.Way] = true
		}
	}
	if len(rights) > 0 && !always && len(closed) == len(ways) {
		return Never
	}
	return out
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
