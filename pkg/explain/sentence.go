package explain

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// unknown stands for an argument that a finding does not have, as in kubectl.
const unknown = "<unknown>"

var placeholder = regexp.MustCompile(`\{[A-Za-z]+\}`)

// Sentence returns the message with its placeholders filled. What comes in by an
// argument is not looked at again, braces or not, and is not escaped either. An
// argument that is missing or empty shows as <unknown>.
func (e Entry) Sentence(args map[string]string) string {
	if e.Message == "" {
		return e.bare(args)
	}
	return placeholder.ReplaceAllStringFunc(e.Message, func(name string) string {
		if value := args[strings.Trim(name, "{}")]; value != "" {
			return value
		}
		return unknown
	})
}

// bare says what a finding holds where the catalog has no words for it.
func (e Entry) bare(args map[string]string) string {
	var values []string
	for _, name := range slices.Sorted(maps.Keys(args)) {
		values = append(values, fmt.Sprintf("%s=%q", name, args[name]))
	}
	if values == nil {
		return fmt.Sprintf("This kk has no words for %s.", e.Code)
	}
	return fmt.Sprintf("This kk has no words for %s: %s.", e.Code, strings.Join(values, ", "))
}
