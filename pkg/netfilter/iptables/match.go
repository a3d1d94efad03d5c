package iptables

import (
	"slices"
	"strconv"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// asker knows a packet, and what else the conditions of a rule ask for.
type asker struct {
	netfilter.Packet
	// fresh says that no rule remembers the packet's source.
	fresh bool
	sets  Sets
}

// Sets answers for ipset.
type Sets interface {
	// Holds says whether a set has the packet. directions are the words of iptables, such
	// as "dst,dst,src".
	Holds(set, directions string, p netfilter.Packet) netfilter.Answer
}

// match holds a packet against a rule. chance is that of its random choices,
// conditions what the packet does not decide.
func (p asker) match(r *Rule) (chance float64, conditions []Match, matches bool) {
	chance = 1
	all := r.Matches()
	for _, m := range all {
		if m.Module == "statistic" {
			if c, ok := p.chanceOf(m, all); ok {
				chance *= c
				continue
			}
		}
		a := p.ask(m, all)
		if m.Not {
			a = a.Not()
		}
		switch a {
		case netfilter.No:
			return 0, nil, false
		case netfilter.Unknown:
			conditions = append(conditions, m)
		}
	}
	return chance, conditions, true
}

// chanceOf reads -m statistic --mode random --probability P, and --mode nth --every N,
// which takes every Nth packet of all. To a rule that is asked for one packet alone the
// latter is a condition.
func (p asker) chanceOf(m Match, all []Match) (chance float64, ok bool) {
	at := slices.IndexFunc(all, func(m Match) bool { return m.Module == "statistic" && m.Option == "--mode" })
	if at < 0 {
		return 0, false
	}
	switch mode := all[at].Value; {
	case mode == "nth" && p.fresh:
		chance, ok = everyNth(m)
	case mode == "random":
		chance, ok = probability(m)
	}
	if m.Not {
		chance = 1 - chance
	}
	return chance, ok
}

// everyNth is 1 for the options beside the one that has the number.
func everyNth(m Match) (float64, bool) {
	if m.Option != "--every" {
		return 1, true
	}
	every, err := strconv.ParseUint(m.Value, 10, 32)
	return 1 / float64(every), err == nil && every > 0
}

func probability(m Match) (float64, bool) {
	if m.Option != "--probability" {
		return 1, true
	}
	chance, err := strconv.ParseFloat(m.Value, 64)
	return chance, err == nil && chance >= 0 && chance <= 1
}

// ask says what the packet knows of one condition, before a "!" turns it around.
func (p asker) ask(m Match, all []Match) netfilter.Answer {
	switch m.Module {
	case "":
		return p.askBuiltin(m)
	case "comment", "nfacct":
		return netfilter.Yes // they only note
	case "tcp", "udp", "sctp", "dccp", "multiport":
		return p.askPort(m)
	case "conntrack", "state":
		return p.askConnection(m)
	case "addrtype":
		return p.askType(m)
	case "mark", "connmark":
		return p.askMark(m)
	case "recent":
		return p.remembered(m, all)
	case "physdev":
		return p.askBridge()
	case "set":
		if m.Option == "--match-set" && p.sets != nil {
			return p.askSet(m.Value)
		}
	}
	return netfilter.Unknown
}

// remembered: a rule that notes the source matches every packet. One that looks for it
// finds none where nothing was noted.
func (p asker) remembered(m Match, all []Match) netfilter.Answer {
	if slices.ContainsFunc(all, notesSource) {
		return netfilter.Yes
	}
	if !p.fresh {
		return netfilter.Unknown
	}
	switch m.Option {
	case "--rcheck", "--update", "--remove":
		return netfilter.No
	default:
		return netfilter.Yes
	}
}

// notesSource says whether a match of the module recent notes the source, whoever that is.
func notesSource(m Match) bool { return m.Module == "recent" && m.Option == "--set" }

// looksBack says whether a rule matches only a source that was noted before.
func looksBack(all []Match) bool {
	return slices.ContainsFunc(all, func(m Match) bool {
		return m.Module == "recent" && !m.Not && (m.Option == "--rcheck" || m.Option == "--update")
	})
}

// askBridge: what the node itself sends came in over no port of a bridge.
func (p asker) askBridge() netfilter.Answer {
	if p.In.Known && p.In.Name == "" {
		return netfilter.No
	}
	return netfilter.Unknown
}
