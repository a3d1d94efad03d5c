package rollout

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// Same says whether two states differ in nothing but their time.
func Same(x, y *State) bool {
	if x == nil || y == nil {
		return x == y
	}
	return fingerprint(x) == fingerprint(y)
}

// fingerprint is all of a state but its time.
func fingerprint(st *State) string {
	copied := *st
	copied.At, copied.Changes = time.Time{}, nil
	data, err := json.Marshal(copied)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// Changes are what happened between two states, one line each: the workload's first, then
// the revisions', then the Pods', then findings, in a language. Where there is no state
// before, all there is is told.
func Changes(before, after *State, lang explain.Lang) []Change {
	d := &story{after: after, lang: lang}
	if before == nil {
		before = &State{}
		d.say(after.Workload.name(), verdictOnly(after))
	} else {
		d.workload(before)
	}
	d.revisions(before)
	d.pods(before)
	d.findings(before)
	return d.out
}

// story is what is told of the way from one state to the next.
type story struct {
	after *State
	lang  explain.Lang
	out   []Change
}

func (d *story) say(what, text string) { d.out = append(d.out, Change{What: what, Text: text}) }

func (w *Workload) name() string { return w.Kind + " " + w.Name }

func (d *story) workload(before *State) {
	after, name := d.after, d.after.Workload.name()
	switch {
	case before.Lost == nil && after.Lost != nil:
		d.say("API server", "not reached, reconnecting: "+after.Lost.Why)
	case before.Lost != nil && after.Lost == nil:
		d.say("API server", "reached again")
	}
	x, y := &before.Workload, &after.Workload
	switch {
	case x.UID == y.UID:
	case x.UID == "":
		d.say(name, "created")
	case y.UID == "":
		d.say(name, "deleted")
	default:
		d.say(name, "deleted and created again")
	}
	d.numbers(before)
}

func (d *story) numbers(before *State) {
	after, name := d.after, d.after.Workload.name()
	x, y := &before.Workload, &after.Workload
	if x.Desired != y.Desired && x.UID == y.UID {
		d.say(name, fmt.Sprintf("%d desired, %d before", y.Desired, x.Desired))
	}
	if x.Paused != y.Paused {
		d.say(name, map[bool]string{true: "paused", false: "resumed"}[y.Paused])
	}
	if verdict(before) != verdict(after) || x.Ready != y.Ready || x.Current != y.Current {
		d.say(name, verdictOnly(after))
	}
}

// verdictOnly is the verdict without the name of the workload.
func verdictOnly(st *State) string {
	w := &st.Workload
	return strings.TrimPrefix(verdict(st), w.Kind+" "+w.Namespace+"/"+w.Name+": ")
}

func (d *story) revisions(before *State) {
	old := map[string]Revision{}
	for _, r := range before.Revisions {
		old[r.Name] = r
	}
	for _, r := range d.after.Revisions {
		x, known := old[r.Name]
		what := "revision " + strconv.FormatInt(r.Number, 10)
		switch {
		case r.Name == "":
			if !known || because(x) != because(r) {
				d.say("new revision", "asked for, not made yet"+because(r))
			}
			continue
		case known:
			d.revision(what, x, r)
		case len(before.Revisions) > 0:
			d.say(what, r.Name+" created"+because(r))
		}
		d.desired(what, x, r, known)
	}
}

func (d *story) revision(what string, x, r Revision) {
	switch {
	case x.Number != r.Number:
		d.say(what, fmt.Sprintf("%s, which was revision %d", r.Name, x.Number))
	case !x.New && r.New:
		d.say(what, r.Name+" is what the workload asks for now")
	}
	if x.ChangeCause != r.ChangeCause {
		d.say(what, "cause: "+r.ChangeCause)
	}
}

func (d *story) desired(what string, x, r Revision, known bool) {
	switch {
	case r.Desired == nil:
	case !known && *r.Desired > 0:
		d.say(what, fmt.Sprintf("%s: %d desired", r.Name, *r.Desired))
	case known && x.Desired != nil && *x.Desired != *r.Desired:
		d.say(what, fmt.Sprintf("%s: %d → %d desired", r.Name, *x.Desired, *r.Desired))
	}
}

func because(r Revision) string {
	if len(r.Differences) == 0 {
		return ""
	}
	return ": " + listed(r.Differences)
}

func (d *story) findings(before *State) {
	old := map[string]bool{}
	for _, f := range before.Findings {
		old[f.Code] = true
	}
	for _, f := range d.after.Findings {
		if !old[f.Code] {
			entry, _ := explain.Lookup(f.Code, d.lang)
			d.out = append(d.out, Change{What: string(f.Severity) + " " + f.Code, Text: entry.Sentence(f.Args), Finding: f.Code, Revision: f.Args["revision"]})
		}
	}
}
