package downward

import (
	"fmt"
	"io"
)

// The versions whose fields are known.
const (
	oldest, newest = 27, 37
)

// FieldList is all that the Downward API offers in a version, without a Pod.
type FieldList struct {
	APIVersion string  `json:"apiVersion"`
	Kind       string  `json:"kind"`
	Version    string  `json:"version"`
	Fields     []Field `json:"fields"`
}

// ParseVersion reads "1.29" or "v1.29.3"; "" is the newest version that is known. Its
// error names those that are.
func ParseVersion(text string) (minor int, err error) {
	if text == "" {
		return newest, nil
	}
	minor = minorOf(text)
	if minor < oldest || minor > newest {
		return 0, fmt.Errorf("%q is none of the versions whose fields are known: 1.%d to 1.%d", text, oldest, newest)
	}
	return minor, nil
}

// Versions are those whose fields are known, as ParseVersion takes them.
func Versions() []string {
	var out []string
	for minor := oldest; minor <= newest; minor++ {
		out = append(out, fmt.Sprintf("1.%d", minor))
	}
	return out
}

// List returns the fields of a minor version.
func List(minor int) *FieldList {
	l := &FieldList{APIVersion: APIVersion, Kind: KindList, Version: fmt.Sprintf("1.%d", minor)}
	for _, r := range rules {
		l.Fields = append(l.Fields, r.field(minor))
	}
	return l
}

// RenderList writes the fields of a version as a table.
func RenderList(w io.Writer, l *FieldList, o Options) error {
	out := &printer{w: w, o: o}
	out.line(o.Style.Bold("The fields of the Downward API in Kubernetes " + l.Version))
	out.line("")
	out.fields(l.Fields, false)
	return out.err
}
