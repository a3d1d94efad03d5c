package downward

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// verdict is the answer in one line.
func verdict(v *View) string {
	count, n, read := map[Status]int{}, 0, 0
	for _, u := range v.Uses {
		if u.Token {
			continue
		}
		n++
		count[u.Status]++
		if u.Has != nil {
			read++
		}
	}
	text := v.Object.asked() + ": " + uses(n) + " of the Downward API"
	wrong := wrongWords(count)
	switch {
	case n == 0:
		return v.Object.asked() + " uses no field of the Downward API."
	case v.Object.Manifest && wrong != "":
		text += ", not all to be had as written: " + wrong
	case v.Object.Manifest:
		text += ", all to be had"
	case wrong != "":
		text += ", not all as they should be now: " + wrong
	case count[Holds] == n:
		text += ", and the container holds what it should now"
	case read == 0:
		text += "; what the container holds was not read"
	default:
		text += fmt.Sprintf(", %d of them read in the container, %d compared, and as they should be", read, count[Holds])
	}
	return text + alsoWords(v.Findings) + "."
}

// alsoWords counts the findings that the statuses do not tell of.
func alsoWords(findings []explain.Finding) string {
	n := 0
	for _, f := range findings {
		told := []string{explain.VariableOld, explain.SubPathOld, explain.FileBehind, explain.UseAbsent, explain.UseOverridden, explain.ValueAltered, explain.ContainerNotRead}
		if f.Severity == explain.Warning && !slices.Contains(told, f.Code) {
			n++
		}
	}
	switch n {
	case 0:
		return ""
	case 1:
		return "; see 1 warning"
	default:
		return fmt.Sprintf("; see %d warnings", n)
	}
}

// asked is the object, or the one container of it that was asked for.
func (o Object) asked() string {
	if o.Container == "" {
		return o.words()
	}
	return "Container " + o.Container + " of " + o.words()
}

func wrongWords(count map[Status]int) string {
	var words []string
	for _, s := range []Status{Refused, NoStart, Absent, Other, Old, Behind, Overridden} {
		if count[s] > 0 {
			words = append(words, fmt.Sprintf("%d %s", count[s], s))
		}
	}
	return strings.Join(words, ", ")
}

func uses(n int) string {
	if n == 1 {
		return "1 use"
	}
	return fmt.Sprintf("%d uses", n)
}

// header says what was read for the answer.
func header(v *View) string {
	o := v.Object
	if o.Manifest {
		return "by the rules of Kubernetes " + o.Version + "; no cluster was asked"
	}
	if o.Phase == "" {
		o.Phase = "<unknown>"
	}
	state := o.Phase + ", on no node yet"
	if o.Node != "" {
		state = o.Phase + " on " + o.Node
	}
	parts := []string{state}
	if o.Version != "" {
		parts = append(parts, "Kubernetes "+o.Version)
	}
	if o.Of != "" {
		parts = append(parts, "picked from "+o.Of)
	}
	var from []string
	for _, u := range v.Uses {
		if (u.Has != nil || u.From != "") && !slices.Contains(from, u.Container) {
			from = append(from, u.Container)
		}
	}
	read := "read: the API only"
	if len(from) > 0 {
		read = "read: the API, and by exec in container " + strings.Join(from, ", ")
	}
	return strings.Join(append(parts, read), "; ")
}
