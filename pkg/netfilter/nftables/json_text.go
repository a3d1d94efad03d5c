package nftables

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// fields is a JSON object.
type fields = map[string]any

// single is the one key of an object, and its value.
func single(v any) (string, any) {
	m, ok := v.(fields)
	if !ok || len(m) != 1 {
		return "", nil
	}
	for k, inner := range m {
		return k, inner
	}
	return "", nil
}

// statementText turns a statement of nft -j into the words of nft (libnftables-json(5)).
func statementText(v any) string {
	name, inner := single(v)
	m, _ := inner.(fields)
	switch name {
	case "match":
		return matchText(m)
	case "vmap":
		return text(m["key"], false) + " vmap " + text(m["data"], true)
	case "mangle":
		return text(m["key"], false) + " set " + text(m["value"], false)
	case "dnat":
		return dnatText(m)
	case "set":
		return fmt.Sprintf("%v %v { %s }", m["op"], m["set"], text(m["elem"], false))
	case "xt":
		return fmt.Sprintf(`xt %v "%v"`, m["type"], m["name"])
	case "jump", "goto", "accept", "drop", "return", "continue":
		return text(v, false)
	case "":
		return fmt.Sprint(v)
	default:
		return name
	}
}

func matchText(m fields) string {
	op := fmt.Sprint(m["op"])
	if op == "==" || op == "in" {
		return text(m["left"], false) + " " + text(m["right"], false)
	}
	return text(m["left"], false) + " " + op + " " + text(m["right"], false)
}

func dnatText(m fields) string {
	to := "dnat"
	if family, ok := m["family"].(string); ok {
		to += " " + family
	}
	addr := text(m["addr"], false)
	port, hasPort := m["port"]
	switch {
	case m["addr"] == nil:
		addr = ":" + text(port, false)
	case hasPort && strings.Contains(addr, ":"):
		addr = "[" + addr + "]:" + text(port, false)
	case hasPort:
		addr += ":" + text(port, false)
	}
	return to + " to " + addr
}

// text turns an expression into words. inMap says that a list of two is a key and what
// it maps to.
func text(v any, inMap bool) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return word(v)
	case []any:
		if inMap && len(v) == 2 {
			return text(v[0], false) + " : " + text(v[1], false)
		}
		return joined(v, ",")
	case fields:
		if len(v) != 1 {
			return fmt.Sprint(v)
		}
		name, inner := single(v)
		return expressionText(name, inner)
	default:
		return fmt.Sprint(v)
	}
}

// word quotes a text that is not one word.
func word(s string) string {
	if strings.ContainsAny(s, " \t{},;()#") {
		return `"` + s + `"`
	}
	return s
}

func joined(list []any, separator string) string {
	var words []string
	for _, one := range list {
		words = append(words, text(one, false))
	}
	return strings.Join(words, separator)
}

func expressionText(name string, inner any) string {
	m, _ := inner.(fields)
	list, _ := inner.([]any)
	switch name {
	case "payload", "meta", "ct", "fib", "numgen":
		return selectorText(name, m)
	case "concat":
		return joined(list, " . ")
	case "map":
		return text(m["key"], false) + " map " + text(m["data"], true)
	case "prefix":
		return text(m["addr"], false) + "/" + text(m["len"], false)
	case "range":
		return joined(list, "-")
	case "|", "&", "^":
		return joined(list, " "+name+" ")
	default:
		return valueText(name, inner)
	}
}

// selectorText are values that a packet has, or that chance gives it.
func selectorText(name string, m fields) string {
	switch {
	case name == "payload" && m["protocol"] == nil:
		return fmt.Sprintf("@%v,%v,%v", m["base"], m["offset"], m["len"])
	case name == "payload":
		return fmt.Sprintf("%v %v", m["protocol"], m["field"])
	case name == "ct" && m["dir"] != nil:
		return fmt.Sprintf("ct %v %v", m["dir"], m["key"])
	case name == "fib":
		return fmt.Sprintf("fib %s %v", types(m["flags"]), m["result"])
	case name == "numgen":
		offset := ""
		if n := text(m["offset"], false); n != "0" && n != "" {
			offset = " offset " + n
		}
		return fmt.Sprintf("numgen %v mod %s%s", m["mode"], text(m["mod"], false), offset)
	default:
		return fmt.Sprintf("%s %v", name, m["key"])
	}
}

// valueText are verdicts, sets and elements.
func valueText(name string, inner any) string {
	m, _ := inner.(fields)
	switch name {
	case "set":
		list, ok := inner.([]any)
		if !ok {
			return "{ " + text(inner, false) + " }"
		}
		var words []string
		for _, one := range list {
			words = append(words, text(one, true))
		}
		return "{ " + strings.Join(words, ", ") + " }"
	case "elem":
		out := text(m["val"], false)
		if comment, ok := m["comment"].(string); ok {
			out += ` comment "` + comment + `"`
		}
		return out
	case "jump", "goto":
		return fmt.Sprintf("%s %v", name, m["target"])
	case "accept", "drop", "return", "continue":
		return name
	default:
		encoded, _ := json.Marshal(inner)
		return name + " " + strings.ReplaceAll(string(encoded), `"`, "'")
	}
}
