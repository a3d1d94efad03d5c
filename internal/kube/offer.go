package kube

import (
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/words"
)

// maxOffered is how many names an error message offers.
const maxOffered = 5

// Offer words what there is instead of a name that does not exist: the nearest
// names if any is near, else the first of all. kind is like "services in shop".
func Offer(kind, wanted string, names []string) string {
	if len(names) == 0 {
		return "there are no " + kind
	}
	names = slices.Clone(names)
	slices.Sort(names)
	var near []string
	for _, n := range names {
		if words.Distance(wanted, n) <= max(2, len(wanted)/3) || strings.Contains(n, wanted) || strings.Contains(wanted, n) {
			near = append(near, n)
		}
	}
	if len(near) == 0 {
		near = names
	}
	slices.SortStableFunc(near, func(a, b string) int { return words.Distance(wanted, a) - words.Distance(wanted, b) })
	more := ""
	if len(near) > maxOffered {
		near, more = near[:maxOffered], ", …"
	}
	return kind + ": " + strings.Join(near, ", ") + more
}
