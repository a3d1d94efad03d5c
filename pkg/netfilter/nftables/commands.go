package nftables

import (
	"errors"
	"fmt"
	"strings"
)

var errCommand = errors.New("not a command that adds something")

// ParseCommands reads the input of nft -f: "add rule ip TABLE CHAIN …" and the like, one
// in a line. Its error names the line.
func ParseCommands(text string) (*Ruleset, error) {
	rs := &Ruleset{}
	rest, number := text, 0
	for rest != "" {
		line, after, lines := logicalLine(rest)
		rest = after
		if err := rs.command(strings.TrimSpace(line)); err != nil {
			return nil, fmt.Errorf("line %d: %w: %s", number+1, err, excerpt(line))
		}
		number += lines
	}
	return rs, nil
}

// command reads "VERB OBJECT FAMILY TABLE [NAME [REST]]".
func (rs *Ruleset) command(line string) error {
	if line == "" || line[0] == '#' {
		return nil
	}
	words := strings.SplitN(line, " ", 6)
	for len(words) < 6 {
		words = append(words, "")
	}
	object, family, table, name, rest := words[1], words[2], words[3], words[4], words[5]
	if words[0] != "add" || !families[family] || !named(table) || object != "table" && !named(name) || !balanced(line) {
		return errCommand
	}
	return rs.table(family, table).make(object, name, rest)
}

// make adds an object to a table.
func (t *Table) make(object, name, rest string) error {
	switch object {
	case "chain":
		if c := t.chain(name); strings.Contains(rest, " hook ") {
			return c.base(tokens(rest))
		}
	case "rule":
		return t.add(t.chain(name), rest)
	case "set", "map":
		return t.set(name, object == "map").attributes(rest)
	case "element":
		_, isMap := t.sets[name]
		return t.set(name, isMap).attribute("elements = " + rest)
	}
	return nil
}

// named says whether a word can be a name.
func named(word string) bool {
	return word != "" && !strings.ContainsAny(word, separators+"\"# \t\r\n")
}

// balanced says whether each brace and quote of a text has its end.
func balanced(text string) bool {
	depth, quoted := 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth < 0 {
				return false
			}
		}
	}
	return depth == 0 && !quoted
}

// attributes reads "{ type … ; flags … ; comment "…" ; }".
func (s *Set) attributes(rest string) error {
	rest = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(rest), "{"), "}")
	for rest != "" {
		var one string
		one, rest, _ = strings.Cut(rest, ";")
		if one = strings.TrimSpace(one); strings.HasPrefix(one, "comment ") {
			continue
		}
		if err := s.attribute(one); err != nil {
			return err
		}
	}
	return nil
}
