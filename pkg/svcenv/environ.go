package svcenv

import (
	"bytes"
	"strings"
)

// entry is one string of an environment as the process has it.
type entry struct {
	// name is "" where the string is not like NAME=VALUE, or its name is none that
	// Kubernetes could have given.
	name, value string
	// bytes is the length of the whole string.
	bytes int
}

// parseEnviron takes apart a file /proc/PID/environ (proc(5)): strings that end with a
// zero byte. A process may have written over them, so anything may be in there.
func parseEnviron(data []byte) []entry {
	data = bytes.TrimSuffix(data, []byte{0})
	if len(data) == 0 {
		return nil
	}
	var out []entry
	for text := range bytes.SplitSeq(data, []byte{0}) {
		e := entry{bytes: len(text)}
		if name, value, ok := strings.Cut(string(text), "="); ok && plainName(name) {
			e.name, e.value = name, value
		}
		out = append(out, e)
	}
	return out
}

// plainName says whether a string is a name and not a piece of something else: letters,
// digits and what the keys of ConfigMaps and Secrets may have besides (validation,
// IsConfigMapKey).
func plainName(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !letter && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return name != ""
}

// shellNames are set by a shell for the programs it starts, and not by the kubelet.
var shellNames = []string{"PWD", "OLDPWD", "SHLVL", "_"}
