package kube

import (
	"slices"
	"strings"
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
		if distance(wanted, n) <= max(2, len(wanted)/3) || strings.Contains(n, wanted) || strings.Contains(wanted, n) {
			near = append(near, n)
		}
	}
	if len(near) == 0 {
		near = names
	}
	slices.SortStableFunc(near, func(a, b string) int { return distance(wanted, a) - distance(wanted, b) })
	more := ""
	if len(near) > maxOffered {
		near, more = near[:maxOffered], ", …"
	}
	return kind + ": " + strings.Join(near, ", ") + more
}

// distance is the number of edits between two words (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
