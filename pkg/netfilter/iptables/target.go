package iptables

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// positive is the condition as iptables prints it, without a "!".
func (m Match) positive() string {
	text := m.Option
	if m.Module != "" {
		text = "-m " + m.Module + " " + text
	}
	if m.Value != "" {
		text += " " + m.Value
	}
	return text
}

// target does what the rule says with a flow that it matches.
func (r *tableRule) target(run *netfilter.Run, f *netfilter.Flow) netfilter.Way {
	stop := func(f *netfilter.Flow) netfilter.Way { return netfilter.Way{Flow: f, Verb: netfilter.Stop} }
	switch r.Target {
	case "RETURN":
		return netfilter.Way{Flow: f, Verb: netfilter.Return}
	case "ACCEPT":
		if r.table.name == "filter" {
			f.Accept()
		}
		return stop(f)
	case "DROP":
		return stop(f.End(netfilter.Drop))
	case "REJECT":
		return stop(f.End(netfilter.Reject))
	case "MASQUERADE", "SNAT":
		run.Masquerade(f)
		return stop(f)
	case "DNAT":
		return stop(r.rewrite(run, f))
	case "CT", "NOTRACK": // without conntrack there is no nat
		return stop(f.Lose(r.targetText()))
	}
	return r.onward(f)
}

// onward goes to the next rule, or into a chain.
func (r *tableRule) onward(f *netfilter.Flow) netfilter.Way {
	marks := r.Target == "MARK" || r.Target == "CONNMARK"
	switch {
	case marks && !r.mark(f), verdicts[r.Target] && !passing[r.Target]:
		return netfilter.Way{Flow: f.Lose(r.targetText()), Verb: netfilter.Stop}
	case passing[r.Target]:
		return netfilter.Way{Flow: f}
	case r.Goto:
		return netfilter.Way{Flow: f, Verb: netfilter.Goto, Chain: r.Target}
	default:
		return netfilter.Way{Flow: f, Verb: netfilter.Jump, Chain: r.Target}
	}
}

// targetText is the part of the rule from -j on.
func (r *Rule) targetText() string {
	if at, _ := cut(" "+r.Spec, " -j ", " -g "); at >= 0 {
		return r.Spec[at:]
	}
	return r.Spec
}

// rewrite gives the flow the address of a DNAT rule. One of several, of which the kernel
// takes any, is not known.
func (r *tableRule) rewrite(run *netfilter.Run, f *netfilter.Flow) *netfilter.Flow {
	for _, arg := range r.TargetArgs() {
		if arg.Option != "--to-destination" {
			continue
		}
		addr, port, ok := destination(arg.Value)
		if !ok {
			break
		}
		if !addr.IsValid() {
			addr = f.Packet.Destination
		}
		run.Rewrite(f, addr, port)
		return f
	}
	return f.Lose(r.targetText())
}

// destination reads "IP", "IP:PORT", "[IP]:PORT" and ":PORT".
func destination(s string) (netip.Addr, uint16, bool) {
	if at, err := netip.ParseAddrPort(s); err == nil {
		return at.Addr(), at.Port(), true
	}
	if port, ok := strings.CutPrefix(s, ":"); ok {
		number, err := strconv.ParseUint(port, 10, 16)
		return netip.Addr{}, uint16(number), err == nil && number > 0
	}
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return addr, 0, err == nil
}

// mark changes the mark of the packet or of its connection, and says whether the rule
// was understood (iptables-extensions(8), MARK and CONNMARK).
func (r *tableRule) mark(f *netfilter.Flow) bool {
	m := &f.Packet.Mark
	to, from := &m.Value, m.Connection
	if r.Target == "CONNMARK" {
		to, from = &m.Connection, m.Value
	}
	understood := false
	masks := map[string]uint32{"--nfmask": 0xffffffff, "--ctmask": 0xffffffff}
	args := r.TargetArgs()
	for _, arg := range args {
		if _, ok := masks[arg.Option]; ok || arg.Option == "--mask" {
			_, mask, err := markOf("0/" + arg.Value)
			if err != nil {
				return false
			}
			if arg.Option == "--mask" {
				masks["--nfmask"], masks["--ctmask"] = mask, mask
			} else {
				masks[arg.Option] = mask
			}
		}
	}
	for _, arg := range args {
		switch arg.Option {
		case "--save-mark":
			*to = *to&^masks["--ctmask"] ^ from&masks["--nfmask"]
			understood = true
		case "--restore-mark":
			m.Value = m.Value&^masks["--nfmask"] ^ m.Connection&masks["--ctmask"]
			understood = true
		case "--set-mark", "--set-xmark", "--or-mark", "--and-mark", "--xor-mark":
			if !setMark(to, arg) {
				return false
			}
			understood = true
		}
	}
	return understood
}

func setMark(to *uint32, arg Match) bool {
	value, mask, err := markOf(arg.Value)
	if err != nil {
		return false
	}
	switch arg.Option {
	case "--set-mark":
		*to = *to&^mask | value
	case "--set-xmark":
		*to = *to&^mask ^ value
	case "--or-mark":
		*to |= value
	case "--and-mark":
		*to &= value
	case "--xor-mark":
		*to ^= value
	}
	return true
}
