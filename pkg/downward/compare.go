package downward

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// use judges one variable or file: what it should have, and whether it has it.
func (a *analysis) use(u use) Use {
	out := u.answer()
	p := u.path()
	r, known := ruleOf(p)
	if known {
		field := r.field(a.minor)
		out.Changes = field.Volume.Changes
		if u.env {
			out.Changes = field.Env.Changes
		}
	}
	switch {
	// The kubelet computes each definition, also one that a later takes the place of.
	case a.containerAbsent(u):
		out.Status, out.Should = NoStart, Value{State: Unknown}
		return out
	case u.overridden:
		out.Status, out.Should = Overridden, a.should(u)
		a.findUse(u, explain.UseOverridden, explain.Warning, nil)
		return out
	}
	out.Should = a.should(u)
	if out.Should.Origin == FromNode {
		out.Changes = changesOfNode(u.env)
	}
	a.keyMissing(u, p)
	a.amounts(u, out.Should)
	a.identity(u, out.Should)
	a.compare(u, &out)
	return out
}

// changesOfNode: the node's allocatable changes with the node, not with the Pod.
func changesOfNode(env bool) Change {
	if env {
		return AtRestart
	}
	return Live
}

func (u use) answer() Use {
	out := Use{
		Container: u.container, As: "volume", Name: u.name, Volume: u.volume, Item: u.item, SubPath: u.subPath,
		Field: u.field, Of: u.of, Token: u.token,
	}
	if u.env {
		out.As = "env"
	}
	if u.isResource {
		out.Divisor = "1"
		if !u.divisor.IsZero() {
			out.Divisor = u.divisor.String()
		}
	}
	return out
}

// words names a use in a list and in findings, in no language: "app: $POD_NAME",
// "app: /etc/podinfo/labels", and of a volume that none mounts "podinfo: labels".
func (u use) words() string {
	switch {
	case u.env:
		return u.container + ": $" + u.name
	case u.container == "":
		return u.volume + ": " + u.item
	default:
		return u.container + ": " + u.name
	}
}

// should is what a container would get for the use if it started now.
func (a *analysis) should(u use) Value {
	if !u.isResource {
		return a.values.fieldRef(parsePath(u.field))
	}
	c := a.container(u.owner())
	switch {
	case a.values.template:
		return Value{State: AtRunTime}
	case c == nil:
		return Value{State: Unknown}
	}
	return a.values.resourceRef(u.field, u.divisor, c, !u.env, u.of != "")
}

// owner is the container whose resource a use takes.
func (u use) owner() string {
	if u.of != "" {
		return u.of
	}
	return u.container
}

func (a *analysis) container(name string) *corev1.Container {
	all := containers(&a.pod.Spec)
	if i := slices.IndexFunc(all, func(c *corev1.Container) bool { return c.Name == name }); i >= 0 {
		return all[i]
	}
	return nil
}

// compare holds what the container has to what it should have.
func (a *analysis) compare(u use, out *Use) {
	has, from, complaint := a.has(u)
	out.Has, out.From = has, from
	switch {
	case u.container == "":
		out.Status = NotMounted
	case u.hidden != "" && !u.somewhere:
		out.Status = a.absent(u, u.hidden)
	case has == nil && from == "":
		out.Status = NotRead
	case has == nil && complaint == "":
		out.Status = a.absent(u, "it is not in "+from)
	case has == nil:
		out.Status = a.absent(u, complaint)
	case out.Should.State != "":
		out.Status = NotCompared
	case *has == out.Should.Text:
		out.Status = Holds
		a.subPath(u, out.Changes)
	default:
		out.Status = a.differs(u, out)
	}
}

// absent finds what a container does not have, though its Pod asks for it.
func (a *analysis) absent(u use, why string) Status {
	if u.folder && u.hidden == "" {
		a.findUse(u, explain.SubPathFolder, explain.Warning, nil)
	} else {
		a.findUse(u, explain.UseAbsent, explain.Warning, map[string]string{"reason": why})
	}
	return Absent
}

// subPath finds what will happen to a file that is right as yet.
func (a *analysis) subPath(u use, c Change) {
	switch {
	case u.folder:
		a.findUse(u, explain.SubPathFolder, explain.Info, nil)
	case u.subPath && c != Never:
		a.findUse(u, explain.SubPathFrozen, explain.Info, nil)
	}
}

// differs says what it means that a container has another value than it should have.
func (a *analysis) differs(u use, out *Use) Status {
	has, should := difference(*out.Has, out.Should.Text)
	args := map[string]string{"has": has, "should": should}
	code, status := explain.FileBehind, Behind
	switch {
	case out.Changes == Never:
		code, status = explain.ValueAltered, Other
	case u.env:
		code, status = explain.VariableOld, Old
	case u.subPath:
		code, status = explain.SubPathOld, Old
	}
	a.findUse(u, code, explain.Warning, args)
	return status
}

// findUse adds a finding about a use.
func (a *analysis) findUse(u use, code string, severity explain.Severity, args map[string]string) {
	all := map[string]string{"use": u.words(), "field": u.field, "container": u.container}
	if u.env {
		all["variable"] = u.name
	} else {
		all["file"] = u.name
	}
	for name, text := range args {
		all[name] = text
	}
	proof := explain.ProofAPI
	if _, read := args["has"]; read || u.hidden == "" && slices.Contains([]string{explain.UseAbsent, explain.SubPathFrozen, explain.SubPathFolder}, code) {
		proof = explain.ProofNode
	}
	f := explain.Finding{Code: code, Severity: severity, Proof: proof, Args: all, Evidence: a.evidence(u)}
	if args["has"] != "" {
		f.Evidence = append(f.Evidence, a.since(u)...)
	}
	a.find(f)
}

// merge adds a finding to one that says the same of another use.
func merge(into *explain.Finding, f explain.Finding) bool {
	if into.Code != f.Code || f.Args["variable"]+f.Args["file"] == "" || oneByOne(f.Code) {
		return false
	}
	for name, text := range f.Args {
		if name != "use" && name != "container" && name != "variable" && name != "file" && into.Args[name] != text {
			return false
		}
	}
	into.Args["use"] += ", " + f.Args["use"]
	into.Evidence = append(into.Evidence, f.Evidence...)
	return true
}

// oneByOne are the findings whose message names one variable or file.
func oneByOne(code string) bool {
	return slices.Contains([]string{explain.VariableOld, explain.SubPathOld, explain.SubPathFrozen, explain.SubPathFolder, explain.FileBehind}, code)
}
