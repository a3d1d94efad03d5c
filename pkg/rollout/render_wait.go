package rollout

import (
	"fmt"
	"strings"
	"time"
)

// roomy is the width from which on the names of Pods are written in full.
const roomy = 120

// waitWords say what is waited for, and until when.
func (p *picture) waitWords(w Wait) string {
	who := w.Pod
	if p.o.Height > 0 && p.o.Style.Width < roomy {
		who = strings.TrimPrefix(who, p.st.Workload.Name+"-")
	}
	if w.Pods > 1 {
		who = fmt.Sprintf("%s and %d more", who, w.Pods-1)
	}
	switch w.Kind {
	case WaitObserved:
		return "the controller to see the last change"
	case WaitPaused:
		return "somebody to resume it"
	case WaitOnDelete:
		return fmt.Sprintf("somebody to delete %s: the strategy is OnDelete", plural(w.Pods, "old Pod"))
	case WaitQuota, WaitRefused:
		return "a Pod that may be created: " + w.Trouble.Message
	case WaitMinReady:
		return fmt.Sprintf("%s: ready, counts as available %s (minReadySeconds %d)", who, p.in(*w.Until), p.st.Workload.MinReadySeconds)
	case WaitTermination:
		old := ""
		if w.Old {
			old = "old "
		}
		return fmt.Sprintf("%sPod %s to end: killed %s at the latest", old, who, p.in(*w.Until))
	default:
		return who + ": " + p.troubleWords(w)
	}
}

// troubleWords say what is the matter with a Pod.
func (p *picture) troubleWords(w Wait) string {
	t := w.Trouble
	container := ""
	if t.Container != "" {
		container = "container " + t.Container + " "
	}
	switch w.Kind {
	case WaitCrash:
		return container + p.crashWords(t, w.Until)
	case WaitStartup, WaitReadiness:
		return container + probeState(w)
	case WaitLiveness:
		return container + "fails its liveness probe" + often(t) + ": " + t.Message
	case WaitInit:
		return "init " + container + "runs"
	case WaitCreating:
		if t.Message != "" {
			return t.Message
		}
		return container + "is being created"
	default:
		return lackWords(w.Kind, t, container)
	}
}

// lackWords say what a Pod lacks that others must give.
func lackWords(kind WaitKind, t *Trouble, container string) string {
	switch kind {
	case WaitPull:
		return fmt.Sprintf("image %s of %scannot be pulled: %s: %s", t.Image, container, t.Reason, t.Message)
	case WaitConfig:
		return container + "cannot be created: " + reasonAnd(t)
	case WaitScheduling:
		if t.Message == "" {
			return "the scheduler"
		}
		return "a node: " + t.Message
	case WaitVolume:
		return "a volume: " + t.Message
	case WaitGate:
		return "a gate: " + t.Message
	case WaitEnded:
		return "ended: " + reasonAnd(t)
	default:
		return "not ready"
	}
}

func (p *picture) crashWords(t *Trouble, next *time.Time) string {
	out := "ended"
	if t.ExitCode != nil {
		out += ", " + exitWords(t)
	}
	out += ", " + plural(int(t.Restarts), "restart")
	if next != nil {
		out += ", starts again " + p.in(*next)
	}
	if t.Before != "" {
		out += "; before that: " + t.Before
	}
	switch {
	case t.Log != "":
		out += fmt.Sprintf("; its last line: %s", t.Log)
	case t.LogNotRead != "":
		out += "; log not read: " + t.LogNotRead
	}
	return out
}

func probeState(w Wait) string {
	out := "has not passed its " + string(w.Kind) + " probe"
	if words := probeWords(w); words != "" {
		out += " (" + words + ")"
	}
	if w.Trouble.Message != "" {
		out += often(w.Trouble) + ": " + w.Trouble.Message
	}
	return out
}

func often(t *Trouble) string {
	if t.Count > 1 {
		return fmt.Sprintf(", %d times", t.Count)
	}
	return ""
}

func reasonAnd(t *Trouble) string { return strings.Trim(t.Reason+": "+t.Message, ": ") }
