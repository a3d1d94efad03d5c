package iptables

import "strings"

// Rule is one rule of a chain.
type Rule struct {
	Chain string
	// Spec is the rule as it was printed, without "-A CHAIN" and without counters.
	Spec string
	// Packets and Bytes are the counters, where Counted says that they were printed.
	Packets, Bytes uint64
	Counted        bool
	// Target is what follows -j, or -g where Goto is set; "" for a rule without one.
	Target string
	Goto   bool
}

// Match is one condition of a rule, or one argument of its target.
type Match struct {
	// Module is the word after -m, "" for what iptables itself matches (-s, -d, -p,
	// -i, -o). Of a target's argument it is the target.
	Module string
	Option string
	Not    bool
	// Value is unquoted; several words are joined by blanks.
	Value string
}

// String is the rule as iptables-save -c prints it.
func (r *Rule) String() string {
	line := "-A " + r.Chain
	if r.Counted {
		line = counters(r.Packets, r.Bytes) + " " + line
	}
	if r.Spec != "" {
		line += " " + r.Spec
	}
	return line
}

// Matches returns the rule's conditions, in order.
func (r *Rule) Matches() []Match {
	matches, _ := r.decode()
	return matches
}

// TargetArgs returns the arguments of the target, such as --to-destination.
func (r *Rule) TargetArgs() []Match {
	_, args := r.decode()
	return args
}

// Comment returns the text of the first comment, "" where there is none.
func (r *Rule) Comment() string {
	for _, m := range r.Matches() {
		if m.Module == "comment" && m.Option == "--comment" {
			return m.Value
		}
	}
	return ""
}

// builtin are the options of iptables itself, which no module owns.
var builtin = map[string]bool{"-s": true, "-d": true, "-p": true, "-i": true, "-o": true, "-f": true}

func (r *Rule) decode() (matches, args []Match) {
	module, not := "", false
	list := &matches
	s := words{text: r.Spec}
	for s.next() {
		switch {
		case s.word == "!" && !s.quoted:
			not = true
			continue
		case s.quoted || !isOption(s.word):
			addValue(*list, s.word)
			continue
		case s.word == "-m" && s.next():
			module, not = s.word, false
			continue
		case s.jumps() && s.next():
			module, list = s.word, &args
			continue
		}
		owner := module
		if builtin[s.word] && list == &matches {
			owner = ""
		}
		*list = append(*list, Match{Module: owner, Option: s.word, Not: not})
		not = false
	}
	return matches, args
}

func addValue(list []Match, word string) {
	if len(list) == 0 {
		return
	}
	last := &list[len(list)-1]
	if last.Value != "" {
		last.Value += " "
	}
	last.Value += word
}

// isOption tells an option from a value: a dash and no digit, since a value may be a
// negative number.
func isOption(word string) bool {
	return len(word) > 1 && word[0] == '-' && (word[1] < '0' || word[1] > '9')
}

// words reads a rule word by word. A word in double quotes may hold blanks; in it a
// backslash stands before a quote or another backslash (libxtables
// xtables_save_string).
type words struct {
	text   string
	word   string
	quoted bool
}

// jumps says whether the word is the option before a target.
func (s *words) jumps() bool { return s.word == "-j" || s.word == "-g" }

func (s *words) next() bool {
	s.text = strings.TrimLeft(s.text, " ")
	if s.text == "" {
		return false
	}
	if s.quoted = s.text[0] == '"'; s.quoted {
		end := closingQuote(s.text)
		s.word = unescape(s.text[1:end])
		s.text = s.text[min(end+1, len(s.text)):]
		return true
	}
	end := strings.IndexByte(s.text, ' ')
	if end < 0 {
		end = len(s.text)
	}
	s.word, s.text = s.text[:end], s.text[end:]
	return true
}

// closingQuote is the place of the quote that ends the one text begins with, or the
// end of a text that lacks it.
func closingQuote(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(text)
}

func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// cut finds a word of the rule outside of quotes, such as " -j ", and returns where
// it begins, or -1.
func cut(spec string, wanted ...string) (at int, found string) {
	from := 0
	for {
		end := len(spec)
		if q := strings.IndexByte(spec[from:], '"'); q >= 0 {
			end = from + q
		}
		at, found = -1, ""
		for _, w := range wanted {
			if i := strings.Index(spec[from:end], w); i >= 0 && (at < 0 || from+i < at) {
				at, found = from+i, w
			}
		}
		if at >= 0 || end == len(spec) {
			return at, found
		}
		from = end + closingQuote(spec[end:])
		if from >= len(spec) {
			return -1, ""
		}
		from++
	}
}
