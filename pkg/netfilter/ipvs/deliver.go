package ipvs

import (
	"fmt"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// Text is the service as ipvsadm takes it.
func (s *Service) Text() string {
	words := "-A " + s.option()
	if s.Scheduler != "" {
		words += " -s " + s.Scheduler
	}
	if s.Persistent > 0 {
		words += fmt.Sprintf(" -p %d", s.Persistent)
	}
	return "ipvs: " + words
}

func (s *Service) option() string {
	switch s.Protocol {
	case "tcp":
		return "-t " + s.Address.String()
	case "udp":
		return "-u " + s.Address.String()
	case "sctp":
		return "--sctp-service " + s.Address.String()
	default:
		return fmt.Sprintf("-f %d", s.Mark)
	}
}

// Apply is for netfilter.Rule; a service is no rule of a chain, and is reached by Deliver.
func (s *Service) Apply(*netfilter.Run, *netfilter.Flow) []netfilter.Way { return nil }

// find is the service of a packet: by its address, else by its mark.
func (t *Table) find(p netfilter.Packet) *Service {
	for _, s := range t.Services {
		if s.Protocol != "" && s.Protocol == p.Protocol && s.Address.Addr() == p.Destination && s.Address.Port() == p.DestPort {
			return s
		}
	}
	for _, s := range t.Services {
		if s.Protocol == "" && p.Mark.Known && s.Mark == p.Mark.Value {
			return s
		}
	}
	return nil
}

// Deliver gives a packet that the node receives to a server, as ip_vs does on the way
// in. A service without a server that takes connections answers that its port is not
// reachable (net/netfilter/ipvs/ip_vs_core.c ip_vs_leave).
func (t *Table) Deliver(run *netfilter.Run, f *netfilter.Flow) []*netfilter.Flow {
	s := t.find(f.Packet)
	if s == nil {
		return []*netfilter.Flow{f}
	}
	run.Take(netfilter.Hit{Table: "ipvs", Chain: s.option(), Rule: s})
	if s.Persistent > 0 {
		run.Note(s.Text())
	}
	total := 0
	for _, server := range s.Servers {
		total += s.weight(server)
	}
	if total == 0 {
		return []*netfilter.Flow{f.End(netfilter.Reject)}
	}
	var out []*netfilter.Flow
	left := float64(total)
	for _, server := range s.Servers {
		weight := float64(s.weight(server))
		if weight == 0 || f == nil {
			continue
		}
		taken, rest := f.Split(min(1, weight/left))
		left -= weight
		f = rest
		if taken == nil {
			continue
		}
		if server.Method != "masquerade" {
			out = append(out, taken.Lose("ipvs by "+server.Method+" to "+server.Address.String()))
			continue
		}
		run.Rewrite(taken, server.Address.Addr(), server.Address.Port())
		out = append(out, taken)
	}
	return out
}

// weight is the server's part. A scheduler without weights gives each the same
// (ipvsadm(8), --scheduler).
func (s *Service) weight(server Server) int {
	switch {
	case server.Weight <= 0:
		return 0
	case s.Scheduler == "rr" || s.Scheduler == "lc" || s.Scheduler == "":
		return 1
	default:
		return server.Weight
	}
}

// Even says whether the scheduler's shares are those of the weights, apart from what
// connections are open and who asks.
func (s *Service) Even() bool {
	return s.Scheduler == "rr" || s.Scheduler == "wrr" || s.Scheduler == ""
}
