package svcpath

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// node judges whether the node's rules can be followed, and by which rules of
// kube-proxy.
func (a *analysis) node() error {
	name := a.nodeName()
	if name == "" {
		a.notChecked("", a.whyUnread())
		return nil
	}
	a.path.Node = &Node{Name: name}
	a.path.NotChecked = missingFor(a.s.Missing, name)
	a.info = kubeproxy.NodeInfo{Name: name}
	if n := a.s.Node(name); n != nil {
		a.info.Zone = n.Labels[corev1.LabelTopologyZone]
	}
	a.proxy(name)
	reading := a.s.Reading(name)
	if reading == nil {
		a.notChecked(name, a.whyUnread())
		return nil
	}
	a.reading, a.path.Node.Via, a.path.Node.Pod = reading, reading.Via, reading.Pod
	read, err := parseReading(reading)
	if err != nil {
		return err
	}
	a.follow(name, read)
	return nil
}

// nodeName is the node asked for, else the one that Gather chose.
func (a *analysis) nodeName() string {
	switch {
	case a.req.Node != "":
		return a.req.Node
	case len(a.s.Readings) > 0:
		return a.s.Readings[0].Node
	case len(a.s.Nodes) > 0:
		return a.s.Nodes[0].Name
	default:
		return ""
	}
}

// proxy notes the node's kube-proxy, its version and its configuration.
func (a *analysis) proxy(name string) {
	if cm := a.s.ConfigMap(proxyNamespace, proxyConfigMap); cm != nil {
		config, err := kubeproxy.ParseConfig(cm)
		if err != nil {
			a.path.NotChecked = append(slices.Clone(a.path.NotChecked), snapshot.Missing{What: "read kube-proxy's configuration", Why: err.Error()})
		}
		a.config = config
	}
	for i := range a.s.Pods {
		pod := &a.s.Pods[i]
		if pod.Spec.NodeName != name || pod.Namespace != proxyNamespace || !kubeproxy.IsKubeProxy(pod) {
			continue
		}
		a.info.Version = kubeproxy.Version(pod)
		a.path.Node.Proxy = &Proxy{
			Pod: pod.Namespace + "/" + pod.Name, Version: a.info.Version, Mode: a.config.Mode, State: podState(pod),
		}
		if state := podState(pod); state != stateRunning {
			a.find(explain.Finding{
				Code: explain.KubeProxyNotRunning, Severity: explain.Warning, Proof: explain.ProofAPI, Subject: "Pod " + pod.Namespace + "/" + pod.Name,
				Args:     map[string]string{"node": name, "pod": pod.Namespace + "/" + pod.Name, "state": state},
				Evidence: []explain.Evidence{{Where: "Pod " + pod.Namespace + "/" + pod.Name, What: "status: " + state}},
				Next:     []string{"kubectl -n " + pod.Namespace + " describe pod " + pod.Name},
			})
		}
	}
}

// otherWay is a way to read the node that was not the one taken.
func (a *analysis) otherWay() string {
	if a.path.Node != nil && a.path.Node.Via == "debug" {
		return "exec"
	}
	return "debug"
}

// command is this question again, with other flags.
func (a *analysis) command(flags string) string {
	if a.req.Node != "" {
		flags = "--node " + a.req.Node + " " + flags
	}
	return fmt.Sprintf("kubectl kk svcpath svc/%s -n %s %s", a.svc.Name, a.svc.Namespace, flags)
}

// follow takes the rules for the comparison, where they are of a kind it follows.
func (a *analysis) follow(name string, read *rules) {
	families := a.families()
	mode := a.mode(read, families)
	a.leftovers(name, mode, read, families)
	if mode == kubeproxy.ModeNFTables || mode == kubeproxy.ModeIPVS {
		a.find(explain.Finding{
			Code: explain.ProxyModeNotRead, Severity: explain.Warning, Proof: explain.ProofNotChecked, Subject: "Node " + name,
			Args: map[string]string{"node": name, "mode": mode},
		})
		a.path.Node.Backend = mode
		return
	}
	for _, family := range families {
		if b := read.backend[family]; b != "" && a.path.Node.Backend == "" {
			a.path.Node.Backend = b
		}
		if read.sets[family] == nil {
			a.notChecked(name, fmt.Sprintf("no program there printed rules of IPv%d", family))
			return
		}
		if out, bad := read.failed[family]; bad {
			why := firstLine(out.Text)
			if why == "" {
				why = fmt.Sprintf("exit status %d", out.Exit)
			}
			a.notChecked(name, strings.Join(out.Argv, " ")+": "+why)
			return
		}
	}
	if a.path.Node.Proxy == nil && !read.written(families[0]) {
		a.proxyNotFound(name)
		return
	}
	a.withoutProxy(name, read, families)
	a.rules = read
	a.path.Agreement = Agrees
	a.hooks(name, families)
}

func (a *analysis) families() []int {
	var out []int
	for _, p := range kubeproxy.ServicePorts(a.svc) {
		out = append(out, number(p.Family))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// hooks reports a built-in chain that does not lead into kube-proxy's: then no rule
// of kube-proxy is ever met.
func (a *analysis) hooks(name string, families []int) {
	for _, family := range families {
		if !a.rules.written(family) {
			continue
		}
		for _, builtin := range []string{"PREROUTING", "OUTPUT"} {
			if a.rules.hooked(family, builtin) {
				continue
			}
			a.differ(explain.Finding{
				Code: explain.HookAbsent, Severity: explain.Error, Proof: explain.ProofNode, Subject: "Node " + name,
				Args:     map[string]string{"node": name, "hook": builtin},
				Evidence: []explain.Evidence{{Where: fmt.Sprintf("%s nat %s (IPv%d)", name, builtin, family), What: "no rule with -j " + servicesChain}},
				Next:     []string{"kubectl -n kube-system logs " + a.proxyName() + " --tail=50"},
			})
		}
	}
}

// differ adds a finding about a difference between the node and the API.
func (a *analysis) differ(f explain.Finding) {
	a.path.Agreement = Differs
	a.find(f)
}

// proxyName is the kube-proxy pod for commands to run.
func (a *analysis) proxyName() string {
	if p := a.path.Node.Proxy; p != nil {
		_, name, _ := strings.Cut(p.Pod, "/")
		return name
	}
	return "ds/kube-proxy"
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
