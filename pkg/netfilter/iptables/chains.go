package iptables

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Root is a chain to begin with.
type Root struct {
	Chain string
	// Keep says which rules of the chain to keep; nil keeps them all.
	Keep func(line []byte) bool
}

// ParseChains reads of an iptables-save text the chains of one table that roots name,
// and those that the rules kept lead to. It goes over the text once for each step on
// the way, and keeps only these rules, so its memory does not grow with the text.
func ParseChains(r io.ReadSeeker, table string, roots ...Root) (*Ruleset, error) {
	rs := &Ruleset{}
	read := map[string]bool{}
	wanted := map[string]Root{}
	for _, root := range roots {
		wanted[root.Chain] = root
	}
	for len(wanted) > 0 {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		if err := rs.pass(r, table, wanted); err != nil {
			return rs, err
		}
		for chain := range wanted {
			read[chain] = true
		}
		wanted = rs.unread(table, read)
	}
	return rs, nil
}

// unread is what the chains read so far lead to, and was not read.
func (rs *Ruleset) unread(table string, read map[string]bool) map[string]Root {
	out := map[string]Root{}
	for _, c := range rs.tables[table] {
		for i := range c.Rules {
			if t := c.Rules[i].Target; t != "" && !read[t] && !verdicts[t] {
				out[t] = Root{Chain: t}
			}
		}
	}
	return out
}

// pass goes over the text once and adds the wanted chains.
func (rs *Ruleset) pass(r io.Reader, table string, wanted map[string]Root) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 256<<10), maxLine)
	s := section{table: table, wanted: wanted, kept: newParser("")}
	s.kept.rs, s.kept.table = rs, table
	number := 0
	for in.Scan() {
		number++
		if err := s.line(in.Bytes()); err != nil {
			return fmt.Errorf("line %d: %w: %s", number, err, excerpt(in.Text()))
		}
	}
	s.kept.finish()
	switch {
	case errors.Is(in.Err(), bufio.ErrTooLong):
		return fmt.Errorf("line %d: %w", number+1, errTooLong)
	case in.Err() != nil:
		return in.Err()
	case s.open:
		return ErrTruncated
	}
	return nil
}

// section finds the lines of the wanted chains of one table.
type section struct {
	table  string
	wanted map[string]Root
	kept   *parser
	open   bool // inside of any table
	ours   bool // inside of the one that is wanted
}

func (s *section) line(line []byte) error {
	switch {
	case len(line) == 0 || line[0] == '#':
		return nil
	case len(line) > 1 && line[0] == '*':
		s.open, s.ours = true, string(line[1:]) == s.table
		return nil
	case string(line) == "COMMIT":
		s.open, s.ours = false, false
		return nil
	case !s.open:
		return errNoTable
	}
	return s.inTable(line)
}

// inTable takes a line that declares a chain or adds a rule to one.
func (s *section) inTable(line []byte) error {
	chain := chainOf(line)
	if chain == nil {
		return errNotRule
	}
	root, wanted := s.wanted[string(chain)]
	if !s.ours || !wanted || line[0] != ':' && !root.keeps(line) {
		return nil
	}
	return s.kept.line(string(line))
}

func (r Root) keeps(line []byte) bool {
	return r.Keep == nil || r.Keep(line)
}

// chainOf is the chain that a line declares or adds a rule to, nil where it does neither.
func chainOf(line []byte) []byte {
	switch line[0] {
	case ':':
		line = line[1:]
	case '-':
		line = line[min(len(line), len("-A ")):]
	default:
		at := bytes.Index(line[:min(len(line), 64)], []byte("] -A "))
		if at < 0 {
			return nil
		}
		line = line[at+len("] -A "):]
	}
	if end := bytes.IndexByte(line, ' '); end >= 0 {
		line = line[:end]
	}
	return line
}

// Targets lists the chains and verdicts that a chain's rules lead to, sorted.
func (c *Chain) Targets() []string {
	var out []string
	for i := range c.Rules {
		out = append(out, c.Rules[i].Target)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
