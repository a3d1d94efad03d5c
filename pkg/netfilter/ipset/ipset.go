// Package ipset reads what ipset save prints, and answers whether a packet is in a set.
// It knows netfilter, and nothing of Kubernetes.
package ipset

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// Sets are sets by name.
type Sets struct {
	// Names are in the order in which the sets came.
	Names []string
	sets  map[string]*set
}

// set is one set. Elements that are single values are found by their text; those with a
// network in them are tried one by one.
type set struct {
	kind string
	// parts are what the type is made of, such as "ip", "port", "net".
	parts  []string
	single map[string]bool
	ranges [][]string
	// odd are elements that are not understood.
	odd bool
}

var errLine = errors.New("not what ipset save prints")

// Parse reads what ipset save printed. Its error names the line.
func Parse(text string) (*Sets, error) {
	out := &Sets{sets: map[string]*set{}}
	number := 0
	for line := range strings.Lines(text) {
		number++
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0][0] == '#':
		case len(words) >= 3 && words[0] == "create":
			out.create(words[1], words[2])
		case len(words) >= 3 && words[0] == "add" && out.sets[words[1]] != nil:
			out.sets[words[1]].add(words[2], words[3:])
		default:
			return nil, fmt.Errorf("line %d: %w: %.60q", number, errLine, strings.TrimSpace(line))
		}
	}
	return out, nil
}

func (s *Sets) create(name, kind string) {
	if s.sets[name] == nil {
		s.Names = append(s.Names, name)
	}
	_, parts, _ := strings.Cut(kind, ":")
	s.sets[name] = &set{kind: kind, parts: strings.Split(parts, ","), single: map[string]bool{}}
}

// add takes "10.96.0.10,tcp:53". An element that says nomatch takes a part out of
// another one, which is not followed.
func (s *set) add(element string, options []string) {
	for _, o := range options {
		if o == "nomatch" {
			s.odd = true
		}
	}
	parts := strings.Split(element, ",")
	if len(parts) != len(s.parts) {
		s.odd = true
		return
	}
	plain := true
	for i, p := range parts {
		var understood bool
		parts[i], understood = normal(s.parts[i], p)
		s.odd = s.odd || !understood
		plain = plain && s.parts[i] != "net"
	}
	if plain {
		s.single[strings.Join(parts, ",")] = true
	} else {
		s.ranges = append(s.ranges, parts)
	}
}

// normal is a part of an element in the one way it is compared, and says whether it is
// understood.
func normal(kind, part string) (string, bool) {
	switch kind {
	case "ip":
		addr, err := netip.ParseAddr(part)
		return addr.String(), err == nil
	case "port":
		return strings.ToLower(part), !strings.Contains(part, "-")
	default:
		return part, kind == "net"
	}
}

// Holds says whether a set has the packet. directions are the words of iptables, such
// as "dst,dst,src". A set that was not read gives no answer.
func (s *Sets) Holds(name, directions string, p netfilter.Packet) netfilter.Answer {
	in := s.sets[name]
	if in == nil {
		return netfilter.Unknown
	}
	ways := strings.Split(directions, ",")
	if len(ways) < len(in.parts) {
		return netfilter.Unknown
	}
	have := make([]string, len(in.parts))
	for i, part := range in.parts {
		if have[i] = in.value(part, ways[i], p); have[i] == "" {
			return netfilter.Unknown
		}
	}
	switch {
	case in.single[strings.Join(have, ",")]:
		return netfilter.Yes
	case in.odd:
		return netfilter.Unknown
	case in.inRanges(have):
		return netfilter.Yes
	default:
		return netfilter.No
	}
}

// value is the packet's for a part of the set, "" where that is not known.
func (s *set) value(part, way string, p netfilter.Packet) string {
	source := way == "src"
	if part == "ip" || part == "net" {
		addr := p.Destination
		if source {
			addr = p.Source
		}
		if !addr.IsValid() {
			return ""
		}
		return addr.String()
	}
	port := p.DestPort
	if source {
		port = p.SourcePort
	}
	switch {
	case part != "port" || port == 0:
		return ""
	case strings.HasPrefix(s.kind, "bitmap:"):
		return strconv.Itoa(int(port))
	default:
		return fmt.Sprintf("%s:%d", p.Protocol, port)
	}
}

func (s *set) inRanges(have []string) bool {
	for _, parts := range s.ranges {
		all := true
		for i := range parts {
			all = all && s.part(s.parts[i], parts[i], have[i])
		}
		if all {
			return true
		}
	}
	return false
}

func (s *set) part(kind, want, have string) bool {
	if kind != "net" {
		return want == have
	}
	addr, err := netip.ParseAddr(have)
	if err != nil {
		return false
	}
	if prefix, err := netip.ParsePrefix(want); err == nil {
		return prefix.Contains(addr)
	}
	return want == have
}
