package dns

import (
	"fmt"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// lookupTree draws the names that are tried, in order.
func (r *Resolution) lookupTree(l Lookup, wide bool) render.Branch {
	root := render.Branch{Label: l.Name, Detail: r.orderWords(l), Mood: render.Style.Bold}
	if len(l.InHosts) > 0 {
		root.Detail = "in /etc/hosts, as " + strings.Join(l.InHosts, ", ")
	}
	for _, round := range l.Rounds {
		b := render.Branch{Label: round.Name, Detail: round.words(), Figure: "after " + queries(round.Total)}
		if wide {
			b.Branches = round.queryBranches()
		}
		root.Branches = append(root.Branches, b)
	}
	if !wide {
		root.Branches = abridge(root.Branches, maxDrawn)
	}
	return root
}

func (r *Resolution) orderWords(l Lookup) string {
	dots, rooted := dotsOf(l.Name)
	n := plural(r.Config.Ndots, "dot")
	switch {
	case l.Refusal != "":
		return string(l.Refusal)
	case rooted:
		return "ends in a dot: nothing is put behind it"
	case len(r.Config.Search) == 0:
		return "no search list"
	case dots >= r.Config.Ndots && r.Config.Libc == Musl:
		return fmt.Sprintf("%s, ndots is %d: as typed, and musl never searches then", plural(dots, "dot"), r.Config.Ndots)
	case dots >= r.Config.Ndots:
		return fmt.Sprintf("%s, ndots is %d: as typed first", plural(dots, "dot"), r.Config.Ndots)
	default:
		return fmt.Sprintf("%s, fewer than %s: searched first", plural(dots, "dot"), n)
	}
}

func (round LookupRound) words() string {
	words := round.Means.words()
	if round.Domain == "" {
		words = strings.TrimSuffix("as typed, "+words, ", ")
	}
	if round.Reply != "" {
		words += ": " + round.replyWords()
	}
	if len(round.Aliases) > 0 {
		words += ", alias of " + strings.Join(round.Aliases, ", ")
	}
	return words
}

// replyWords say what the name has, and how long the servers took where they were asked.
func (round LookupRound) replyWords() string {
	words := round.Reply
	if len(round.Addresses) > 0 {
		words = short(strings.Join(round.Addresses, ", "))
	}
	live, slowest := false, 0
	for _, q := range round.Queries {
		if q.Live != nil {
			live, slowest = true, max(slowest, q.Live.Milliseconds)
		}
	}
	if live {
		words += fmt.Sprintf(" (asked: %d ms)", slowest)
	}
	return words
}

func (round LookupRound) queryBranches() []render.Branch {
	var out []render.Branch
	for _, q := range round.Queries {
		b := render.Branch{Label: fmt.Sprintf("%-4s @%s", q.Type, q.Server), Detail: q.Reply}
		if q.Together {
			b.Detail = strings.TrimSuffix("together with the one before, "+q.Reply, ", ")
		}
		if q.Live != nil {
			b.Figure = q.Live.words()
			if q.Predicted != "" && q.Predicted != q.Reply {
				b.Figure, b.Mood = b.Figure+", where the API says "+q.Predicted, render.Style.Bad
			}
		}
		if q.Broken {
			b.Detail, b.Mood = "a name that ends in two dots: no question for a server", render.Style.Bad
		}
		out = append(out, b)
	}
	return out
}

// words are what the server replied itself.
func (l LiveReply) words() string {
	if l.Failure != "" {
		return l.Failure
	}
	return fmt.Sprintf("%s in %d ms", l.Rcode, l.Milliseconds)
}
