package svcpath

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// verdict is the answer in one sentence.
func verdict(p *Path) string {
	errors := ""
	if n := p.errors(); n > 0 {
		errors = count(n, "error")
	}
	switch p.Agreement {
	case Agrees:
		if p.has(explain.NoEndpointsRejected) && !p.leads() {
			return "No endpoint is usable: " + p.Node.Name + " refuses connections, as it should."
		}
		return sentences(errors, fmt.Sprintf("The node agrees with the API: %s, %s.", p.endpointWords(), count(p.rules(), "rule")))
	case Differs:
		return p.Node.Name + " does not agree with the API: " + p.differences() + "."
	case NoRules:
		return "No node has rules for this Service: kube-proxy leaves it out."
	default:
		return sentences(errors, "The rules of no node were checked; this is what the API says: "+p.endpointWords()+".")
	}
}

func sentences(first, second string) string {
	if first == "" {
		return second
	}
	return first + ". " + second
}

// differences counts the errors by what they are.
func (p *Path) differences() string {
	missing, stale, others := 0, 0, 0
	for _, f := range p.Findings {
		switch {
		case f.Severity != explain.Error:
		case f.Code == explain.EndpointMissingOnNode:
			missing++
		case f.Code == explain.StaleEndpointPod, f.Code == explain.StaleEndpointNoPod, f.Code == explain.StaleEndpointUnknown:
			stale++
		default:
			others++
		}
	}
	var words []string
	if missing > 0 {
		words = append(words, count(missing, "missing endpoint"))
	}
	if stale > 0 {
		words = append(words, count(stale, "stale endpoint"))
	}
	if others > 0 && len(words) > 0 {
		words = append(words, count(others, "other error"))
	} else if others > 0 {
		words = append(words, count(others, "error"))
	}
	return strings.Join(words, ", ")
}

func (p *Path) has(code string) bool {
	return slices.ContainsFunc(p.Findings, func(f explain.Finding) bool { return f.Code == code })
}

func (p *Path) errors() int {
	n := 0
	for _, f := range p.Findings {
		if f.Severity == explain.Error {
			n++
		}
	}
	return n
}

// leads says whether any port's clusterIP leads to an endpoint: a Service of several ports
// can lack them for some.
func (p *Path) leads() bool {
	for _, port := range p.Ports {
		for _, e := range port.Entries {
			if e.Kind == "clusterIP" && slices.ContainsFunc(e.Steps, Step.reaches) {
				return true
			}
		}
	}
	return false
}

// endpointWords counts the endpoints that connections should go to.
func (p *Path) endpointWords() string {
	ready, others := 0, 0
	for _, port := range p.Ports {
		for _, e := range port.Endpoints {
			switch {
			case e.State == "ready":
				ready++
			case e.InAPI:
				others++
			}
		}
	}
	if ready == 0 && others == 0 {
		return "no endpoints"
	}
	if ready == 0 {
		return "no ready endpoint, " + count(others, "other")
	}
	return count(ready, "ready endpoint")
}

// rules counts the rules of the node that lead to an endpoint, or refuse.
func (p *Path) rules() int {
	n := 0
	for _, port := range p.Ports {
		for _, e := range port.Entries {
			if e.Kind == "clusterIP" {
				n += leaves(e.Steps)
			}
		}
	}
	return n
}

func leaves(steps []Step) int {
	n := 0
	for _, s := range steps {
		switch {
		case s.affinity():
		case s.chooses(), s.refuses():
			n++
		default:
			n += leaves(s.Steps)
		}
	}
	return n
}

func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
