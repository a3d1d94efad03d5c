package dns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

const (
	// liveWait is how long a server may take to reply.
	liveWait = 2 * time.Second
	// maxLive bounds how many queries a run sends.
	maxLive = 120
)

// live asks the nameservers themselves, from the network of the Pod, for every name that
// a lookup may come to.
func (g *gathering) live(ctx context.Context, pod *corev1.Pod, container string) {
	f, err := FactsOf(g.s, g.req)
	if err != nil || len(f.Names) == 0 || ctx.Err() != nil {
		return
	}
	what := fmt.Sprintf("ask the nameservers from pod %s/%s", pod.Namespace, pod.Name)
	if f.NotRead != "" && notRunning(pod, container) != "" {
		g.s.Missing = append(g.s.Missing, snapshot.Missing{What: what, Why: f.NotRead})
		return
	}
	queries := liveQueries(f)
	if len(queries) > maxLive {
		g.s.Missing = append(g.s.Missing, snapshot.Missing{What: what + " for more names", Why: fmt.Sprintf("a run sends %d queries at most", maxLive)})
		queries = queries[:maxLive]
	}
	for _, way := range g.Ways {
		err := g.ask(ctx, way, pod, container, queries)
		if err == nil || ctx.Err() != nil {
			return
		}
		if lacksPrograms(way, err) {
			continue
		}
		why := kube.Plain(err).Error()
		g.s.Missing = append(g.s.Missing, snapshot.Missing{What: what, Why: why})
		g.warn(what + ": " + why)
		return
	}
}

// lacksPrograms says whether the container itself has nothing to ask with, so that another
// way may be tried.
func lacksPrograms(way Way, err error) bool {
	return way.Via == "exec" && (errors.Is(err, kube.ErrNoShell) || errors.Is(err, errNoDig))
}

var errNoDig = errors.New("there is no dig or no nsenter")

// ask asks by one way, and keeps the replies.
func (g *gathering) ask(ctx context.Context, way Way, pod *corev1.Pod, container string, queries []node.Query) error {
	looked, err := way.Look(ctx, pod, container, node.Look{Queries: queries})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(looked.Replies, noDig) {
		return fmt.Errorf("%w in the image of %s; name one that has both with --image", errNoDig, viaWords[way.Via])
	}
	for i, text := range looked.Replies {
		g.s.Answers = append(g.s.Answers, parseDig(queries[i], text))
	}
	return nil
}

// liveQueries are all that a lookup of the names can come to: each full name, by each
// type, at each server.
func liveQueries(f Facts) []node.Query {
	f.Records, f.Live, f.Nameservers = nil, nil, nil
	r := Analyze(f)
	var out []node.Query
	seen := map[node.Query]bool{}
	for _, l := range r.Lookups {
		for _, round := range l.Rounds {
			for _, kind := range r.Config.types() {
				for _, server := range r.Config.Servers {
					q := node.Query{Server: server, Name: round.Name, Type: kind.String(), Wait: liveWait, TCP: r.Config.TCP}
					if !seen[q] {
						seen[q] = true
						out = append(out, q)
					}
				}
			}
		}
	}
	return out
}
