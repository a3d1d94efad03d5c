package rollout

import "fmt"

func (d *story) pods(before *State) {
	old := podsOf(before)
	for _, r := range d.after.Revisions {
		for i := range r.Pods {
			p := &r.Pods[i]
			x := old[p.Name]
			delete(old, p.Name)
			// A StatefulSet gives its Pods the same names again.
			if x != nil && !x.Created.Equal(p.Created) {
				d.say("Pod "+p.Name, "gone")
				x = nil
			}
			d.pod(x, p, r.Number)
		}
	}
	for _, name := range sortedKeys(old) {
		d.say("Pod "+name, "gone")
	}
}

func podsOf(st *State) map[string]*Pod {
	out := map[string]*Pod{}
	for i := range st.Revisions {
		for j := range st.Revisions[i].Pods {
			out[st.Revisions[i].Pods[j].Name] = &st.Revisions[i].Pods[j]
		}
	}
	return out
}

func (d *story) pod(x, p *Pod, revision int64) {
	what := "Pod " + p.Name
	if x == nil {
		d.say(what, fmt.Sprintf("revision %d, %s%s", revision, p.words(), onNodeWords(p)))
		return
	}
	if x.words() == p.words() && x.Restarts == p.Restarts {
		if m := p.Trouble.message(); m != "" && m != x.Trouble.message() {
			d.say(what, m)
		}
		return
	}
	text := p.words()
	if p.Restarts > x.Restarts {
		text += ", " + plural(int(p.Restarts), "restart")
	}
	if p.Trouble != nil && p.Trouble.ExitCode != nil {
		text += ", " + exitWords(p.Trouble)
	}
	if x.Node == "" {
		text += onNodeWords(p)
	}
	d.say(what, text)
}

func (t *Trouble) message() string {
	if t == nil {
		return ""
	}
	return t.Message
}

func onNodeWords(p *Pod) string {
	if p.Node == "" {
		return ""
	}
	return " on " + p.Node
}

// words are the status of a Pod, and whether it counts.
func (p *Pod) words() string {
	switch {
	case p.Deleting && p.Status != "Terminating":
		return p.Status + ", terminating"
	case p.Deleting:
		return p.Status
	case p.Available:
		return p.Status + ", ready"
	case p.IsReady:
		return p.Status + ", ready, not available yet"
	case p.Status == "Running":
		return "Running, not ready"
	default:
		return p.Status
	}
}
