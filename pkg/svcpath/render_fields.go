package svcpath

import (
	"fmt"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// settingWords lists the fields that are not as most Services have them.
func (s Service) settingWords() string {
	var words []string
	for _, set := range s.Settings {
		words = append(words, strings.TrimPrefix(set.Field, "spec.")+": "+set.Value)
	}
	return strings.Join(words, "  ")
}

// maxUnused is how many endpoints that are not used are listed, unless all are wanted.
const maxUnused = 10

// unused lists the endpoints that the API has and this node leaves out, with the reason.
func (out *printer) unused(port Port) {
	d := drawing{port: port, path: out.p}
	root := render.Branch{Mood: render.Style.Bold}
	n := 0
	for _, e := range port.Endpoints {
		if e.Unused == "" {
			continue
		}
		if n++; n > maxUnused && !out.o.Wide {
			continue
		}
		words, _ := d.endpointWords(e.Address)
		root.Branches = append(root.Branches, render.Branch{Label: e.Address, Detail: words + ": " + e.unusedWords()})
	}
	if n == 0 || out.err != nil {
		return
	}
	if n > maxUnused && !out.o.Wide {
		root.Branches = append(root.Branches, render.Branch{Label: fmt.Sprintf("… and %d more (-o wide lists all)", n-maxUnused)})
	}
	root.Label = "not used on " + out.p.Node.Name
	out.err = render.WriteTree(out.w, out.o.Style, root)
	out.line("")
}

// unusedWords says why an endpoint gets no connections.
func (e Endpoint) unusedWords() string {
	switch kubeproxy.Reason(e.Unused) {
	case kubeproxy.ReasonNotReady:
		return "gets nothing until it is ready"
	case kubeproxy.ReasonTerminating:
		if strings.Contains(e.State, "serving") {
			return "gets something only where none is ready"
		}
		return "it ends, and serves no more"
	case kubeproxy.ReasonTopology:
		return "its hints keep it for other places"
	case kubeproxy.ReasonNotLocal:
		return "the traffic policy is Local"
	}
	return e.Unused
}

// leftOutWords says why kube-proxy makes no rule for an address.
func (e Entry) leftOutWords() string {
	if e.IPMode != "" {
		return "no rule: the load balancer keeps this address for itself (ipMode " + e.IPMode + ")"
	}
	return "no rule: kube-proxy's nodePortAddresses leave this address out"
}

// aimless words a rule without a target.
func (s Step) aimless() string {
	if strings.HasPrefix(s.Chain, kubeproxy.FirewallChainPrefix) {
		return "all others: not translated"
	}
	return "(no target)"
}

// refusal words a rule of the table filter.
func (d drawing) refusal(s Step) render.Branch {
	if s.Chain == proxyFirewallChain {
		return render.Branch{Label: s.Target, Detail: "what the source ranges leave out times out"}
	}
	b := refusalBranch(s)
	if s.Chain == externalServicesChain && d.entry.Kind != kindNodePort {
		// The chain hangs in INPUT and FORWARD, not in OUTPUT (proxier.go iptablesJumpChains).
		b.Detail += "; the node's own packets do not pass here"
	}
	return b
}

// unreadWords says why nothing is drawn below a jump.
func (d drawing) unreadWords(s Step) string {
	switch {
	case !s.Unread:
		return ""
	case d.entry.Found == foundOther:
		return "a chain of another Service"
	case s.Target == nodePortsChain:
		return "no rule there for this port"
	case s.Table == nftTable:
		// nftables has no rule that leads to a chain that is not there.
		return "not read"
	default:
		return "no such chain on the node"
	}
}

// healthChecks says what a load balancer is told when it asks the node.
func (out *printer) healthChecks() {
	for _, h := range out.p.HealthChecks {
		out.line(render.Escape(fmt.Sprintf("Health checks (%s) at port %d of %s: %d, %s", h.Family, h.NodePort, out.p.Node.Name, h.Status, count(h.LocalEndpoints, "local ready endpoint"))))
	}
	if len(out.p.HealthChecks) > 0 {
		out.line("")
	}
}
