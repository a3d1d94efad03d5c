package svcpath

import (
	"net"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// sentence is what the catalog says of a step for who is learning it, "" where it is
// not asked for, or where the step is of a kind that kube-proxy does not write.
func (d drawing) sentence(s Step) string {
	switch s.Target {
	case "DNAT":
		return d.say(explain.StepDNAT, map[string]string{"endpoint": s.Endpoint})
	case "REJECT":
		return d.say(explain.StepReject, map[string]string{"address": d.address()})
	case "DROP":
		if s.Chain == proxyFirewallChain {
			return d.say(explain.StepFirewallDrop, map[string]string{"address": d.address()})
		}
		return d.say(explain.StepDrop, map[string]string{"address": d.address()})
	case "":
		return ""
	}
	if s.chooses() {
		args := map[string]string{"chain": s.Target, "endpoint": s.Endpoint, "share": shareWords(s)}
		if args["share"] == "" {
			return d.say(explain.StepAffinity, args)
		}
		return d.say(explain.StepEndpoint, args)
	}
	return d.chain(s.Target)
}

// chain is what the catalog says of one of kube-proxy's chains.
func (d drawing) chain(name string) string {
	args := map[string]string{"chain": name, "address": d.address()}
	if d.path.Node != nil {
		args["node"] = d.path.Node.Name
	}
	for _, kind := range []struct{ prefix, code string }{
		{servicesChain, explain.StepDispatch},
		{nodePortsChain, explain.StepNodePorts},
		{markChain, explain.StepMark},
		{markTarget, explain.StepMark},
		{nftServiceIPs, explain.StepDispatch},
		{nftNodePorts, explain.StepNodePorts},
		{kubeproxy.NFTExternalPrefix, explain.StepExternal},
		{kubeproxy.NFTServicePrefix, explain.StepSpread},
		{kubeproxy.NFTLocalPrefix, explain.StepLocal},
		{kubeproxy.ExternalChainPrefix, explain.StepExternal},
		{kubeproxy.FirewallChainPrefix, explain.StepFirewall},
		{kubeproxy.ServiceChainPrefix, explain.StepSpread},
		{kubeproxy.LocalChainPrefix, explain.StepLocal},
	} {
		if strings.HasPrefix(name, kind.prefix) {
			return d.say(kind.code, args)
		}
	}
	return ""
}

func (d drawing) say(code string, args map[string]string) string {
	if d.lang == "" {
		return ""
	}
	entry, _ := explain.Lookup(code, d.lang)
	return entry.Sentence(args)
}

// address is the one that the connection goes to.
func (d drawing) address() string {
	host := d.entry.Address
	if host == "" && d.path.Node != nil {
		host = d.path.Node.Name
	}
	return net.JoinHostPort(host, portNumber(d.entry.Port))
}
