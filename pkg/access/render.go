package access

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// Options are how to show the answer.
type Options struct {
	render.Style
	// Wide shows what the API server said to each right.
	Wide bool
}

// Render writes the answer: of one command every right, of several which can answer.
func Render(w io.Writer, v *View, o Options) error {
	if len(v.Commands) == 1 {
		return renderCommand(w, v, o)
	}
	cannot, partly := 0, 0
	rows := [][]string{}
	for _, c := range v.Commands {
		lacks := []string{}
		for _, line := range c.lines() {
			if line.allowed != string(Yes) {
				lacks = append(lacks, line.missing+" "+line.resource+" in "+line.where)
			}
		}
		switch c.Answers {
		case Never:
			cannot++
		case Partly, Unknown:
			partly++
		}
		row := []string{c.Name, string(c.Answers), first(lacks)}
		if o.Wide {
			row[2] = strings.Join(lacks, "; ")
		}
		rows = append(rows, row)
	}
	verdict := "In namespace " + v.Namespace + " every command of kk has all the rights that it needs."
	if cannot+partly > 0 {
		verdict = fmt.Sprintf("In namespace %s %d of the %d commands of kk have all the rights that they need, %d cannot answer.", v.Namespace, len(v.Commands)-cannot-partly, len(v.Commands), cannot)
	}
	if _, err := fmt.Fprintf(w, "%s\n\n", o.Bold(render.Escape(verdict))); err != nil {
		return err
	}
	if err := render.WriteTable(w, []string{"COMMAND", "ANSWERS", "LACKS"}, rows); err != nil {
		return err
	}
	_, err := fmt.Fprint(w, o.Named("\nmore  kubectl kk access COMMAND\n"))
	return err
}

// first is the first of what is lacking, and how many follow.
func first(lacks []string) string {
	switch len(lacks) {
	case 0:
		return ""
	case 1:
		return lacks[0]
	default:
		return fmt.Sprintf("%s, and %d more", lacks[0], len(lacks)-1)
	}
}

func renderCommand(w io.Writer, v *View, o Options) error {
	c := v.Commands[0]
	if _, err := fmt.Fprintln(w, o.Bold(render.Escape(verdict(c, v.Namespace)))); err != nil || len(c.Rights) == 0 {
		return err
	}
	header := []string{"WAY", "WHERE", "RESOURCE", "VERBS", "ALLOWED", "WITHOUT IT"}
	if o.Wide {
		header = append(header, "THE API SERVER SAYS")
	}
	rows := [][]string{}
	for _, l := range c.lines() {
		row := []string{l.way, l.where, l.resource, l.verbs, l.allowed, l.without}
		if o.Wide {
			row = append(row, l.reason)
		}
		rows = append(rows, row)
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	if err := render.WriteTable(w, header, rows); err != nil || c.Answers == Fully {
		return err
	}
	next := fmt.Sprintf("next  kubectl kk access %s -n %s -o yaml prints the roles, for who may give them", c.Name, v.Namespace)
	_, err := fmt.Fprintf(w, "\n%s\n", o.Named(render.Escape(next)))
	return err
}

func verdict(c Command, namespace string) string {
	count := map[State]int{}
	for _, right := range c.Rights {
		count[right.Allowed]++
	}
	missing := fmt.Sprintf("%d of %d rights are missing", count[No], len(c.Rights))
	if count[NotKnown] > 0 {
		missing += fmt.Sprintf(", of %d it is not known", count[NotKnown])
	}
	switch {
	case len(c.Rights) == 0:
		return c.Name + " asks nothing of a cluster, and needs no rights."
	case c.Answers == Fully:
		return fmt.Sprintf("%s has all the rights that it needs in namespace %s.", c.Name, namespace)
	case c.Answers == Partly:
		return fmt.Sprintf("%s answers in namespace %s, but not in every way: %s.", c.Name, namespace, missing)
	case c.Answers == Never:
		return fmt.Sprintf("%s cannot answer in namespace %s: %s.", c.Name, namespace, missing)
	default:
		return fmt.Sprintf("Whether %s can answer in namespace %s is not known: %s.", c.Name, namespace, missing)
	}
}

// line is what is shown of the verbs on one resource.
type line struct{ way, where, resource, verbs, allowed, missing, without, reason string }

// lines are the rights of a command, those that differ only in their verbs together.
func (c Command) lines() []line {
	var out []line
	for rest := c.Rights; len(rest) > 0; {
		head := rest[0]
		same := func(r Right) bool {
			return r.Way == head.Way && r.Namespace == head.Namespace && r.APIGroup == head.APIGroup && r.Resource == head.Resource && r.Name == head.Name && r.URL == head.URL
		}
		var group, others []Right
		for _, r := range rest {
			if same(r) {
				group = append(group, r)
			} else {
				others = append(others, r)
			}
		}
		out = append(out, lineOf(group))
		rest = others
	}
	return out
}

func lineOf(group []Right) line {
	head := group[0]
	l := line{way: head.Way, where: head.Namespace, resource: head.Resource + head.URL}
	if l.way == "" {
		l.way = "always"
	}
	if l.where == "" {
		l.where = "the cluster"
	}
	if head.APIGroup != "" {
		l.resource += "." + head.APIGroup
	}
	if head.Name != "" {
		l.resource += "/" + head.Name
	}
	var verbs, missing, without, reasons []string
	state := Yes
	for _, r := range group {
		verbs = append(verbs, r.Verb)
		if r.Allowed != Yes {
			missing, without = append(missing, r.Verb), append(without, r.Without)
			state = r.Allowed
		}
		reasons = append(reasons, r.Reason)
	}
	l.verbs, l.missing = strings.Join(verbs, ", "), strings.Join(missing, ", ")
	l.without, l.reason = strings.Join(distinct(without), "; "), strings.Join(distinct(reasons), "; ")
	l.allowed = string(state)
	if len(missing) > 0 && len(missing) < len(verbs) {
		l.allowed = map[State]string{No: "not ", NotKnown: "unknown: "}[state] + l.missing
	}
	return l
}

// distinct are the texts that are not empty, each once.
func distinct(texts []string) []string {
	var out []string
	for _, text := range texts {
		if text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}
