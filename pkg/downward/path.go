package downward

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// The maps of a Pod that the Downward API takes whole or by key.
const (
	labels      = "metadata.labels"
	annotations = "metadata.annotations"
)

// fieldPath is a fieldPath, or a resource: "metadata.name", "metadata.labels['app']".
type fieldPath struct {
	base, key string
	keyed     bool
}

// parsePath takes a fieldPath apart as Kubernetes does (pkg/fieldpath,
// SplitMaybeSubscriptedPath): the key is what stands between the first [' and a ']
// at the very end.
func parsePath(text string) fieldPath {
	front, closed := strings.CutSuffix(text, "']")
	base, key, open := strings.Cut(front, "['")
	if !closed || !open || base == "" {
		return fieldPath{base: text}
	}
	return fieldPath{base: base, key: key, keyed: true}
}

// typedPath is parsePath for what a person types, whose shell takes the quotes away:
// metadata.labels[app].
func typedPath(text string) fieldPath {
	base, key, open := strings.Cut(text, "[")
	if !open || !strings.HasSuffix(key, "]") {
		return fieldPath{base: text}
	}
	return fieldPath{base: base, key: strings.Trim(strings.TrimSuffix(key, "]"), `'"`), keyed: true}
}

func (p fieldPath) String() string {
	if p.keyed {
		return keyed(p.base, p.key)
	}
	return p.base
}

func keyed(base, key string) string { return base + "['" + key + "']" }

// keyProblem says why a key cannot stand in a subscript, "" where it can. Of an
// annotation the letter case does not count (validation.go, validateObjectFieldSelector).
func (p fieldPath) keyProblem() string {
	key := p.key
	if p.base == annotations {
		key = strings.ToLower(key)
	}
	if problems := validation.IsQualifiedName(key); len(problems) > 0 {
		return fmt.Sprintf("%q is no qualified name: %s", p.key, problems[0])
	}
	return ""
}

// resourceOf returns "limits" or "requests" and the resource of a resource path.
func resourceOf(text string) (list, resource string, ok bool) {
	list, resource, ok = strings.Cut(text, ".")
	return list, resource, ok && (list == limits || list == requests)
}
