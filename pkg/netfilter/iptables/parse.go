package iptables

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ErrTruncated says that the text ends inside of a table: its COMMIT is missing.
// What came before is returned with it.
var ErrTruncated = errors.New("the text ends before the COMMIT of its last table")

// maxLine bounds a line, in bytes. The kernel's own limits keep a rule below it.
const maxLine = 64 << 10

// ParseSave reads what iptables-save or iptables-save -c printed: all tables in it.
// The rules keep the text alive, and cost no memory of their own beside a Rule each.
// Its error names the line that is not iptables text, or is ErrTruncated.
func ParseSave(r io.Reader) (*Ruleset, error) {
	var text strings.Builder
	if _, err := io.Copy(&text, r); err != nil {
		return nil, err
	}
	return ParseText(text.String())
}

// AddList adds what iptables -t TABLE [-v] -S [CHAIN] printed to the rules. The text
// may be a part of it, such as those lines that name an address.
func (rs *Ruleset) AddList(table, text string) error {
	p := newParser(text)
	p.rs, p.table = rs, table
	err := p.lines()
	p.finish()
	return err
}

// parser reads a text line by line. All rules are in one slice, and a chain's are a
// part of it, since a chain's rules stand together.
type parser struct {
	rs    *Ruleset
	text  string
	table string
	rules []Rule
	runs  []run
}

// run is rules of one chain that stand together.
type run struct {
	table      string
	chain      *Chain
	start, end int
}

func newParser(text string) *parser {
	chains := strings.Count(text, "\n:")
	return &parser{
		rs: &Ruleset{expected: chains}, text: text,
		rules: make([]Rule, 0, strings.Count(text, "\n")+1-chains), runs: make([]run, 0, chains),
	}
}

func (p *parser) lines() error {
	rest := p.text
	for number := 1; rest != ""; number++ {
		line := rest
		if end := strings.IndexByte(rest, '\n'); end >= 0 {
			line, rest = rest[:end], rest[end+1:]
		} else {
			rest = ""
		}
		if err := p.line(strings.TrimSuffix(line, "\r")); err != nil {
			return fmt.Errorf("line %d: %w: %s", number, err, excerpt(line))
		}
	}
	return nil
}

var (
	errNotRule  = errors.New("not a rule")
	errNoTable  = errors.New("a rule before the line that names its table")
	errTooLong  = errors.New("too long for a rule")
	errCounters = errors.New("its counters are not numbers")
)

func (p *parser) line(line string) error {
	if len(line) > maxLine {
		return errTooLong
	}
	switch {
	case line == "" || line[0] == '#':
		return nil
	case len(line) > 1 && line[0] == '*':
		p.table = line[1:]
		return nil
	case line == "COMMIT":
		p.table = ""
		return nil
	case p.table == "":
		return errNoTable
	}
	return p.inTable(line)
}

func (p *parser) inTable(line string) error {
	switch {
	case line[0] == ':':
		return p.declare(line[1:])
	case line[0] == '[' || strings.HasPrefix(line, "-A "):
		return p.rule(line)
	case strings.HasPrefix(line, "-N "):
		return p.declare(line[3:] + " -")
	case strings.HasPrefix(line, "-P "):
		return p.declare(line[3:])
	default:
		return errNotRule
	}
}

// declare reads "NAME POLICY …", where the policy - is that of a chain of users.
func (p *parser) declare(words string) error {
	name, rest, _ := strings.Cut(words, " ")
	policy, _, _ := strings.Cut(rest, " ")
	if name == "" || policy == "" {
		return errNotRule
	}
	if policy == "-" {
		policy = ""
	}
	p.rs.chain(p.table, name).Policy = policy
	return nil
}

// rule reads "[P:B] -A CHAIN SPEC" of iptables-save -c and "-A CHAIN … -c P B …" of
// iptables -v -S.
func (p *parser) rule(line string) error {
	var r Rule
	if line[0] == '[' {
		end := strings.Index(line, "] -A ")
		if end < 0 {
			return errNotRule
		}
		if err := r.count(line[1:end], ":"); err != nil {
			return err
		}
		line = line[end+2:]
	}
	r.Chain, r.Spec, _ = strings.Cut(line[len("-A "):], " ")
	if r.Chain == "" {
		return errNotRule
	}
	if !r.Counted {
		if err := r.takeCounters(); err != nil {
			return err
		}
	}
	r.findTarget()
	p.add(r)
	return nil
}

func (r *Rule) count(pair, separator string) error {
	packets, bytes, ok := strings.Cut(pair, separator)
	if !ok {
		return errCounters
	}
	var err error
	if r.Packets, err = strconv.ParseUint(packets, 10, 64); err != nil {
		return errCounters
	}
	if r.Bytes, err = strconv.ParseUint(bytes, 10, 64); err != nil {
		return errCounters
	}
	r.Counted = true
	return nil
}

// takeCounters moves "-c P B" out of the rule's words.
func (r *Rule) takeCounters() error {
	spec := " " + r.Spec
	at, _ := cut(spec, " -c ")
	if at < 0 {
		return nil
	}
	rest := spec[at+len(" -c "):]
	packets, rest, ok := strings.Cut(rest, " ")
	if !ok {
		return errCounters
	}
	bytes, rest, _ := strings.Cut(rest, " ")
	if err := r.count(packets+":"+bytes, ":"); err != nil {
		return err
	}
	r.Spec = strings.TrimSpace(spec[:at] + " " + rest)
	return nil
}

func (r *Rule) findTarget() {
	rest := ""
	switch {
	case strings.HasPrefix(r.Spec, "-j "), strings.HasPrefix(r.Spec, "-g "):
		r.Goto, rest = r.Spec[1] == 'g', r.Spec[3:]
	default:
		at, word := cut(r.Spec, " -j ", " -g ")
		if at < 0 {
			return
		}
		r.Goto, rest = word == " -g ", r.Spec[at+len(word):]
	}
	r.Target, _, _ = strings.Cut(rest, " ")
}

func (p *parser) add(r Rule) {
	p.rules = append(p.rules, r)
	n := len(p.rules)
	if last := len(p.runs) - 1; last >= 0 && p.runs[last].table == p.table && p.runs[last].chain.Name == r.Chain {
		p.runs[last].end = n
		return
	}
	p.runs = append(p.runs, run{table: p.table, chain: p.rs.chain(p.table, r.Chain), start: n - 1, end: n})
}

// finish gives each chain its part of the rules.
func (p *parser) finish() {
	for _, run := range p.runs {
		part := p.rules[run.start:run.end:run.end]
		if len(run.chain.Rules) == 0 {
			run.chain.Rules = part
		} else {
			run.chain.Rules = append(run.chain.Rules, part...)
		}
	}
}

func counters(packets, bytes uint64) string { return fmt.Sprintf("[%d:%d]", packets, bytes) }

// excerpt is the beginning of a line, safe to print.
func excerpt(line string) string {
	const most = 60
	if len(line) > most {
		return strconv.Quote(line[:most]) + "…"
	}
	return strconv.Quote(line)
}
