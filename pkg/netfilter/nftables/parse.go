package nftables

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

var (
	errTruncated = errors.New("the text ends inside of a table")
	errOutside   = errors.New("not inside of a table")
)

// maxDepth bounds the nesting of blocks: nft has three.
const maxDepth = 8

// Parse reads what nft list ruleset printed: table by table. Its error names the line.
func Parse(text string) (*Ruleset, error) {
	rs := &Ruleset{}
	return rs, rs.Add(text)
}

// Add reads more of what nft printed into the ruleset. Of what it has already, the new
// rules and elements come behind the old. Its error names the line.
func (rs *Ruleset) Add(text string) error {
	p := &parser{rs: rs}
	rest, number := text, 0
	for rest != "" {
		line, after, lines := logicalLine(rest)
		rest = after
		if err := p.line(strings.TrimSpace(line)); err != nil {
			return fmt.Errorf("line %d: %w: %s", number+1, err, excerpt(line))
		}
		number += lines
	}
	if len(p.blocks) > 0 {
		return errTruncated
	}
	return nil
}

// logicalLine cuts a text behind its first line. A line whose braces are open goes on,
// unless the brace is its last word: that is a block's.
func logicalLine(text string) (line, rest string, lines int) {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\n':
			lines++
			quoted = false
			if depth <= 0 || block(text[:i]) {
				return text[:i], text[i+1:], lines
			}
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			depth--
		}
	}
	return text, "", lines + 1
}

// block says whether a line opens a block.
func block(line string) bool {
	if strings.Contains(line, "\n") {
		return false
	}
	line = strings.TrimRight(withoutHandle(line), " \t\r")
	if !strings.HasSuffix(line, "{") {
		return false
	}
	first, _, _ := strings.Cut(strings.TrimLeft(line, " \t"), " ")
	return blocks[first]
}

var blocks = map[string]bool{
	"table": true, "chain": true, "set": true, "map": true, "counter": true, "quota": true, "limit": true, "ct": true,
	"flowtable": true, "synproxy": true, "secmark": true, "meter": true,
}

type parser struct {
	rs     *Ruleset
	blocks []string
	table  *Table
	chain  *Chain
	set    *Set
}

func (p *parser) line(line string) error {
	switch {
	case line == "" || line[0] == '#':
		return nil
	case line == "}":
		return p.close()
	case block(line):
		return p.open(tokens(strings.TrimSuffix(withoutHandle(line), "{")))
	case len(p.blocks) == 0:
		return errOutside
	}
	switch p.blocks[len(p.blocks)-1] {
	case "chain":
		return p.inChain(line)
	case "set", "map":
		return p.set.attribute(line)
	default:
		return nil // comments and flags of tables, counters
	}
}

func (p *parser) close() error {
	if len(p.blocks) == 0 {
		return errOutside
	}
	p.blocks = p.blocks[:len(p.blocks)-1]
	return nil
}

var errFamily = errors.New("not a family that nft knows")

var families = map[string]bool{"ip": true, "ip6": true, "inet": true, "arp": true, "bridge": true, "netdev": true}

var errBlock = errors.New("a block without a name")

func (p *parser) open(words []token) error {
	kind := words[0].text
	inside := len(p.blocks) > 0
	switch {
	case len(p.blocks) >= maxDepth, inside == (kind == "table"):
		return errOutside
	case len(words) < 2 || !named(words[1].text) || !named(words[len(words)-1].text):
		return errBlock
	}
	p.blocks = append(p.blocks, kind)
	switch kind {
	case "table":
		return p.openTable(words[1:])
	case "chain":
		p.chain = p.table.chain(words[1].text)
	case "set", "map":
		p.set = p.table.set(words[1].text, kind == "map")
	}
	return nil
}

// openTable reads "[FAMILY] NAME"; the family is ip where none is said (nft(8)).
func (p *parser) openTable(words []token) error {
	if len(words) == 1 {
		words = append([]token{{text: "ip"}}, words...)
	}
	switch {
	case len(words) > 2:
		return errBlock
	case !families[words[0].text]:
		return errFamily
	}
	p.table = p.rs.table(words[0].text, words[1].text)
	return nil
}

func (p *parser) inChain(line string) error {
	switch {
	case !declares(line):
		return p.table.add(p.chain, line)
	case strings.HasPrefix(line, "type "):
		return p.chain.base(tokens(line))
	default:
		return nil // its comment
	}
}

// withoutHandle cuts off what nft -a adds.
func withoutHandle(line string) string {
	if at := strings.LastIndex(line, " # handle "); at >= 0 {
		line = line[:at]
	}
	return line
}

// base reads "type T hook H priority P; policy A;".
func (c *Chain) base(words []token) error {
	r := &reader{all: words}
	for !r.done() {
		switch r.next() {
		case "type":
			c.Type = r.next()
		case "hook":
			c.Hook = r.next()
		case "priority":
			priority, err := r.priority()
			if err != nil {
				return err
			}
			c.Priority = priority
		case "policy":
			c.Policy = r.next()
		case "comment":
			r.next()
		}
	}
	if !named(c.Type) || !named(c.Hook) || c.Policy != "" && !named(c.Policy) {
		return errBase
	}
	return nil
}

// priorityNames are the names of nft(8), table "Standard priority names".
var priorityNames = map[string]int{"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}

var errBase = errors.New("not what nft prints of a base chain")

var errPriority = errors.New("a priority that is no number")

// priority reads a number, a name, or a name and a number: "dstnat - 10".
func (r *reader) priority() (int, error) {
	word := r.next()
	base, named := priorityNames[word]
	if !named {
		n, err := strconv.Atoi(word)
		if err != nil {
			return 0, errPriority
		}
		return n, nil
	}
	sign := 1
	switch r.peek(0) {
	case "+":
	case "-":
		sign = -1
	default:
		return base, nil
	}
	r.at++
	n, err := strconv.Atoi(r.next())
	if err != nil {
		return 0, errPriority
	}
	return base + sign*n, nil
}
