package rollout

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// verdict is the answer in one line.
func verdict(st *State) string {
	w := &st.Workload
	name := w.Kind + " " + w.Namespace + "/" + w.Name + ": "
	revision := "the new revision"
	for _, r := range st.Revisions {
		if r.New && r.Number > 0 {
			revision = "revision " + strconv.FormatInt(r.Number, 10)
		}
	}
	if w.Kind == "ReplicaSet" {
		revision = "it"
	}
	units := plural(int(w.Desired), "Pod")
	if w.Kind == "DaemonSet" {
		units = plural(int(w.Desired), "node")
	}
	switch {
	case st.Verdict == Gone:
		return name + "does not exist any more; waiting for it."
	case st.Verdict == Complete:
		return fmt.Sprintf("%s%s is complete: %d of %s available.", name, revision, w.Available, units)
	case !w.Observed:
		return name + "its controller has not seen the last change yet."
	case st.Verdict == Failed:
		return fmt.Sprintf("%s%s has failed: no progress until its deadline; %d of %s updated, %d available.", name, revision, w.Updated, units, w.Available)
	case st.Verdict == Paused:
		return fmt.Sprintf("%spaused; %d of %s updated, %d available.", name, w.Updated, units, w.Available)
	default:
		return fmt.Sprintf("%s%s is rolling out: %d of %s updated, %d available.", name, revision, w.Updated, units, w.Available)
	}
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func (b *Bound) words(name string) string {
	if b.Rounded == "" {
		return fmt.Sprintf("%s %d", name, b.Value)
	}
	return fmt.Sprintf("%s %d: %s, rounded %s", name, b.Value, b.Spec, b.Rounded)
}

func (p *picture) arithmetic() {
	ar, w := p.st.Arithmetic, &p.st.Workload
	if ar == nil || p.st.Verdict == Complete || p.st.Verdict == Gone {
		return
	}
	if w.Strategy == "Recreate" {
		p.text("strategy   ", "Recreate: "+ar.recreateWords(), nil)
		return
	}
	if ar.MaxUnavailable == nil {
		return
	}
	if p.level >= fewRevisions {
		may := fmt.Sprintf("may create %d, delete %d", ar.MayCreate, ar.MayDelete)
		if ar.Unknown {
			may = "what may be done is not known"
		}
		p.text("arithmetic ", fmt.Sprintf("%d of at most %d exist, %d available of at least %d: %s", ar.Exist, ar.AtMost, ar.Available, ar.AtLeast, may), nil)
		return
	}
	most := fmt.Sprintf("%d of at most %d Pods exist", ar.Exist, ar.AtMost)
	if ar.MaxSurge != nil {
		most += fmt.Sprintf(" (%d + %s)", w.Desired, ar.MaxSurge.words("maxSurge"))
	}
	need := fmt.Sprintf("%d available of at least %d needed (%d − %s)", ar.Available, ar.AtLeast, w.Desired, ar.MaxUnavailable.words("maxUnavailable"))
	if ar.BothZero {
		need = fmt.Sprintf("%d available of at least %d needed (both come to 0, so maxUnavailable counts as 1)", ar.Available, ar.AtLeast)
	}
	p.text("arithmetic ", most+",", nil)
	p.text(label, need+":", nil)
	p.text(label, ar.mayWords(p.st.Verdict), nil)
}

func (ar *Arithmetic) recreateWords() string {
	switch {
	case ar.Unknown:
		return "no new Pod is created before the last old one is gone; whether one is left is not known, as not all was read"
	case ar.OldRunning > 0:
		return plural(int(ar.OldRunning), "old Pod") + " must be gone before the first new one is created"
	case ar.MayCreate > 0:
		return fmt.Sprintf("no old Pod runs any more; the controller creates %s now", plural(int(ar.MayCreate), "Pod"))
	default:
		return "no old Pod runs any more"
	}
}

func (ar *Arithmetic) mayWords(v Verdict) string {
	var may []string
	if ar.MayCreate > 0 {
		may = append(may, "create "+plural(int(ar.MayCreate), "new Pod"))
	}
	if ar.MayDelete > 0 {
		may = append(may, "delete "+plural(int(ar.MayDelete), "old Pod"))
	}
	switch {
	case v == Paused:
		return "the controller changes no Pods but by scaling"
	case ar.Unknown:
		return "what the controller may do now is not known, as not all was read"
	case len(may) == 0:
		return "the controller may create none and delete none now"
	case ar.Next != "":
		return "the controller may " + strings.Join(may, " and ") + " now, " + ar.Next + " first"
	default:
		return "the controller may " + strings.Join(may, " and ") + " now"
	}
}

// in words a time that is to come.
func (p *picture) in(t time.Time) string {
	if d := t.Sub(p.st.At); d > 0 {
		return "in " + duration.HumanDuration(d.Round(time.Second))
	}
	return "now"
}

func (p *picture) age(t time.Time) string {
	return duration.HumanDuration(max(0, p.st.At.Sub(t)))
}

func (p *picture) waits() {
	prefix := "waits for  "
	for i, w := range p.st.Waits {
		if p.level >= tightest && i == 3 {
			p.text(prefix, fmt.Sprintf("%d more", len(p.st.Waits)-3), nil)
			break
		}
		if p.level < shortFindings {
			p.wrapped(prefix, label, p.waitWords(w), 3)
		} else {
			p.text(prefix, p.waitWords(w), nil)
		}
		prefix = label
	}
	if d := p.st.Workload.Deadline; d != nil && p.st.Verdict == Progressing && p.level < tightest {
		p.text("deadline   ", fmt.Sprintf("last progress %s ago; without more it counts as failed %s", p.age(*p.st.Workload.ProgressedAt), p.in(*d)), render.Style.Dim)
	}
}
