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
	dec.UseNumber()
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
		var object map[string]object
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
	Type, Map, Flags                                  any
	Prio                                              json.Number
	Elem, Expr                                        []any
}

// UnmarshalJSON reads an object, and of one that is of no use here only that it is one:
// others have fields of the same names with other meanings.
func (o *object) UnmarshalJSON(data []byte) error {
	type plain object
	var p plain
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	if dec.Decode(&p) == nil {
		*o = object(p)
	}
	return nil
}

func (rs *Ruleset) object(all map[string]object) error {
	for kind, o := range all {
		switch kind {
		case "table":
			rs.table(o.Family, o.Name)
		case "chain":
			c := rs.table(o.Family, o.Table).chain(o.Name)
			c.Hook, c.Policy = o.Hook, o.Policy
			if o.Hook == "" {
				continue
			}
			c.Type, _ = o.Type.(string)
			prio, err := o.Prio.Int64()
			if err != nil {
				return fmt.Errorf("chain %s: %w", o.Name, errPriority)
			}
			c.Priority = int(prio)
		case "set", "map":
			if !o.set(rs.table(o.Family, o.Table).set(o.Name, kind == "map")) {
				return fmt.Errorf("%s %s: %w", kind, o.Name, errElements)
			}
		case "rule":
			t := rs.table(o.Family, o.Table)
			if err := t.add(t.chain(o.Chain), o.rule()); err != nil {
				return fmt.Errorf("a rule of the chain %s: %w", o.Chain, err)
			}
		}
	}
	return nil
}

// set fills a set, and says whether all of its elements were understood.
func (o object) set(s *Set) bool {
	s.Type = types(o.Type)
	if data := types(o.Map); s.IsMap && data != "" {
		s.Type += " : " + data
	}
	s.Flags = strings.ReplaceAll(types(o.Flags), " . ", ",")
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

func (o object) rule() string {
	var words []string
	for _, s := range o.Expr {
		words = append(words, statementText(s))
	}
	if o.Comment != "" {
		words = append(words, `comment "`+o.Comment+`"`)
	}
	return strings.Join(words, " ")
}
