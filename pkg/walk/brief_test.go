package walk

import (
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

func brief(t *testing.T, answers ...*Walks) string {
	t.Helper()
	var out strings.Builder
	if err := RenderBrief(&out, answers, render.Style{}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func dnat(from string, masquerade bool, to ...string) Walk {
	w := Walk{From: from, Verdict: netfilter.DNAT, Masquerade: masquerade}
	for _, address := range to {
		w.Endpoints = append(w.Endpoints, Endpoint{Address: address, Share: 1 / float64(len(to)), Masquerade: masquerade})
	}
	return w
}

// TestBrief: addresses with the same fates stand together, and endpoints are named only where
// clients are sent to others.
func TestBrief(t *testing.T) {
	const a, b = "20.2.36.3:80", "20.2.36.4:80"
	first := &Walks{To: "20.1.0.1:80", Protocol: "tcp", Walks: []Walk{dnat(pod, false, a, b), dnat(itself, true, a, b)}}
	second := &Walks{To: "20.1.0.1:443", Protocol: "tcp", Walks: []Walk{dnat(pod, false, a, b), dnat(itself, true, a, b)}}
	if got, want := brief(t, first, second), `to 20.1.0.1:80/tcp and 20.1.0.1:443/tcp
  from a Pod: DNAT to 2 endpoints, the source stays
  from the node itself: DNAT to 2 endpoints, the source is masqueraded
`; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	apart := &Walks{To: "10.0.2.3:30000", Protocol: "tcp", Walks: []Walk{dnat(pod, false, a, b), dnat(itself, false, a, b), dnat(outside, false, a)}}
	if got, want := brief(t, apart), `to 10.0.2.3:30000/tcp
  from a Pod and the node itself: DNAT to 2 endpoints, the source stays (20.2.36.3:80, 20.2.36.4:80)
  from outside: DNAT to 1 endpoint, the source stays (20.2.36.3:80)
`; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	refused := &Walks{To: "10.0.2.3:30000", Protocol: "tcp", Walks: []Walk{dnat(pod, false, a), {From: outside, Verdict: netfilter.Drop}}}
	if got := brief(t, refused); !strings.Contains(got, "the source stays\n") || !strings.Contains(got, "from outside: DROP: ") {
		t.Errorf("got\n%s", got)
	}
}

// TestDiffer: there is nothing to say where all fare alike.
func TestDiffer(t *testing.T) {
	alike := &Walks{Walks: []Walk{dnat(pod, false, "20.2.36.3:80"), dnat(outside, false, "20.2.36.3:80")}}
	if alike.Differ() {
		t.Error("they fare alike, and are said to differ")
	}
	if alike.Walks[1].Endpoints[0].Masquerade, alike.Walks[1].Masquerade = true, true; !alike.Differ() {
		t.Error("one is masqueraded, and they are said to fare alike")
	}
}
