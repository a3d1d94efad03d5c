package explain

import (
	"cmp"
	"slices"
)

// Sort puts what is worst first, then goes by code; what is equal keeps its order.
func Sort(findings []Finding) {
	rank := map[Severity]int{Error: 0, Warning: 1, Info: 2}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(rank[a.Severity]-rank[b.Severity], cmp.Compare(a.Code, b.Code))
	})
}

// HasErrors says whether one of them is an error, for the exit status.
func HasErrors(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == Error })
}
