package nftables

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

var errJSON = errors.New(`not what nft -j prints, which begins with {"nftables": [`)

// ParseJSON reads what nft -j list ruleset printed, once or several times.
func ParseJSON(r io.Reader) (*Ruleset, error) {
	rs := &Ruleset{}
	dec := json.NewDecoder(r)
	for {
		switch token, err := dec.Token(); {
		case err == io.EOF && len(rs.Tables) > 0:
			return rs, nil
		case err != nil || token != json.Delim('{'):
			return nil, errJSON
		}
		if err := rs.document(dec); err != nil {
			return nil, err
		}
	}
}

// document reads one output, behind its first brace.
func (rs *Ruleset) document(dec *json.Decoder) error {
	for _, want := range []json.Token{"nftables", json.Delim('[')} {
		if token, err := dec.Token(); err != nil || token != want {
			return errJSON
		}
	}
	for dec.More() {
		var object map[string]json.RawMessage
		if err := dec.Decode(&object); err != nil {
			return fmt.Errorf("%w: %w", errJSON, err)
		}
		if err := rs.object(object); err != nil {
			return err
		}
	}
	for _, want := range []json.Token{json.Delim(']'), json.Delim('}')} {
		if token, err := dec.Token(); err != nil || token != want {
			return errTruncated
		}
	}
	return nil
}

// object is one of the things that a ruleset lists.
type object struct {
	Family, Table, Name, Chain, Hook, Policy, Comment string
	Type, Map, Flags, Prio, Timeout                   any
	Elem                                              []any
	Expr                                              json.RawMessage
}

func (rs *Ruleset) object(all map[string]json.RawMessage) error {
	for kind, raw := range all {
		if !kinds[kind] {
			continue
		}
		var o object
		if err := json.Unmarshal(raw, &o); err != nil {
			return fmt.Errorf("%w: %w", errJSON, err)
		}
		if !families[o.Family] {
			return errFamily
		}
		if err := rs.add(kind, o); err != nil {
			return err
		}
	}
	return nil
}

// kinds are the things that a walk needs.
var kinds = map[string]bool{"table": true, "chain": true, "set": true, "map": true, "rule": true}

func (rs *Ruleset) add(kind string, o object) error {
	switch kind {
	case "table":
		rs.table(o.Family, o.Name)
	case "chain":
		return o.fill(rs.table(o.Family, o.Table).chain(o.Name))
	case "rule":
		t := rs.table(o.Family, o.Table)
		c := t.chain(o.Chain)
		c.Rules = append(c.Rules, &Rule{json: &jsonRule{o.Expr, o.Comment}, table: t, chain: c.Name})
	default:
		if !o.set(rs.table(o.Family, o.Table).set(o.Name, kind == "map")) {
			return fmt.Errorf("%s %s: %w", kind, o.Name, errElements)
		}
	}
	return nil
}

// fill sets what makes a chain a base chain.
func (o object) fill(c *Chain) error {
	if o.Hook == "" {
		return nil
	}
	c.Hook, c.Policy = o.Hook, o.Policy
	c.Type, _ = o.Type.(string)
	prio, ok := o.Prio.(float64)
	if !ok {
		return fmt.Errorf("chain %s: %w", o.Name, errPriority)
	}
	c.Priority = int(prio)
	return nil
}

// set fills a set, and says whether all of its elements were understood.
func (o object) set(s *Set) bool {
	s.Type = types(o.Type)
	if data := types(o.Map); s.IsMap && data != "" {
		s.Type += " : " + data
	}
	s.Flags = strings.ReplaceAll(types(o.Flags), " . ", ",")
	if seconds, ok := o.Timeout.(float64); ok && seconds > 0 {
		s.Timeout = fmt.Sprintf("%.0fs", seconds)
	}
	for _, e := range o.Elem {
		made, ok := element(tokens(text(e, true)))
		if !ok {
			return false
		}
		s.Elements = append(s.Elements, made)
	}
	return true
}

// types joins the parts of a type, or flags.
func types(v any) string {
	if list, ok := v.([]any); ok {
		var words []string
		for _, one := range list {
			words = append(words, fmt.Sprint(one))
		}
		return strings.Join(words, " . ")
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// jsonRule is a rule of which nobody has asked yet.
type jsonRule struct {
	expr    json.RawMessage
	comment string
}

func (r *jsonRule) text() string {
	var expr []any
	if err := json.Unmarshal(r.expr, &expr); err != nil {
		return "a rule that is not understood"
	}
	var words []string
	for _, s := range expr {
		words = append(words, statementText(s))
	}
	if r.comment != "" {
		words = append(words, `comment "`+r.comment+`"`)
	}
	return strings.Join(words, " ")
}
