package downward

import (
	"slices"
	"strconv"
	"strings"
)

// shown is how many characters of a value a sentence holds, before how many of those
// that are the same in both.
const shown, before = 60, 15

// difference quotes two values, of maps the first lines that differ, of long ones the
// part where they do.
func difference(has, should string) (string, string) {
	one, other := strconv.Quote(has), strconv.Quote(should)
	lines, want := strings.Split(has, "\n"), strings.Split(should, "\n")
	// The values of a map's lines are quoted already.
	if a, b := onlyIn(lines, want), onlyIn(want, lines); len(lines)+len(want) > 2 && a != "" && b != "" {
		one, other = a, b
	}
	a, b := []rune(one), []rune(other)
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	from := 0
	if max(len(a), len(b)) > shown {
		from = max(0, same-before)
	}
	return part(a, from), part(b, from)
}

// onlyIn is the first line that the others do not have.
func onlyIn(lines, others []string) string {
	i := slices.IndexFunc(lines, func(line string) bool { return !slices.Contains(others, line) })
	if i < 0 {
		return ""
	}
	return lines[i]
}

func part(text []rune, from int) string {
	out := text[min(from, len(text)):]
	front, end := "", ""
	if from > 0 {
		front = "…"
	}
	if len(out) > shown {
		out, end = out[:shown], "…"
	}
	return or(front+string(out)+end, `""`)
}
