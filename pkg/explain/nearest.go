package explain

import (
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/words"
)

const (
	// maxTypos is how many letters may be wrong, missing or too many.
	maxTypos = 2
	// maxNearest is how many codes are worth showing.
	maxNearest = 8
)

// Nearest returns the few codes that somebody who typed an unknown one may have
// meant, sorted: those it is a part of ("104", "svc-10"), else those with the fewest
// typos between.
func Nearest(code string) []string {
	typed := letters(code)
	if typed == "" {
		return nil
	}
	var part, near []string
	best := maxTypos
	for _, c := range Codes() {
		if strings.Contains(letters(c), typed) {
			part = append(part, c)
		}
		switch d := words.Distance(typed, letters(c)); {
		case d < best:
			best, near = d, []string{c}
		case d == best:
			near = append(near, c)
		}
	}
	if part != nil {
		near = part
	}
	return near[:min(len(near), maxNearest)]
}

// letters drops what is easily typed otherwise: case, dashes and blanks.
func letters(code string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToUpper(code))
}
