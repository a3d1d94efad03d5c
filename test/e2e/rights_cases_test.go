//go:build e2e

package e2e

// rightsCases are runs, and the ways of plugins.yaml that they take.
var rightsCases = []struct {
	name string
	args []string
	ways []string
	// unasked are the rights that this run does not use, by "VERB RESOURCE".
	unasked []string
	// refused are those without which it has no answer, though another run has, by "VERB
	// RESOURCE in NAMESPACE".
	refused []string
}{
	{"svcpath debug", []string{"svcpath", "web"}, []string{"--via debug", "--via exec"}, []string{"list services", "list nodes", "create pods/exec"}, nil},
	{"svcpath exec", []string{"svcpath", "web", "--via", "exec"}, []string{"--via exec"}, []string{"list services", "list nodes"}, nil},
	{
		"svcpath of a client", []string{"svcpath", "web", "--from", "pod/POD"}, []string{"--via debug", "--via exec"},
		[]string{"list services", "list nodes", "create pods/exec"}, []string{"list pods in " + rightsNamespace},
	},
	{
		"svcpath of every node", []string{"svcpath", "web", "--all-nodes", "--conntrack"}, []string{"--via debug", "--via exec"},
		[]string{"list services", "get nodes", "create pods/exec"}, []string{"list nodes in "},
	},
	{"svcpath of no Service", []string{"svcpath", "wbe"}, nil, nil, nil},
	{"downward", []string{"downward", "POD"}, []string{"--via exec"}, nil, nil},
	{"downward of a Deployment", []string{"downward", "deploy/web"}, []string{"--via exec", "TYPE/NAME"}, []string{"get pods"}, nil},
	{"dns", []string{"dns", "POD", "web"}, kubelet, []string{"get nodes/proxy", "get configmaps"}, nil},
	{"dns of a Deployment", []string{"dns", "deploy/web"}, append([]string{"TYPE/NAME"}, kubelet...), []string{"get pods", "get nodes/proxy", "get configmaps", "get services"}, nil},
	{"env", []string{"env", "POD"}, []string{"--via exec"}, nil, nil},
	{"env of a Deployment", []string{"env", "deploy/web"}, []string{"--via exec", "TYPE/NAME"}, []string{"get pods"}, nil},
}

// kubelet are the ways by which dns knows what a resolv.conf should be.
var kubelet = []string{"the kubelet's configuration", "what kubeadm keeps"}

// others are the types of TYPE/NAME besides the Deployment: which one is asked for is
// chosen by the argument.
var others = map[string]string{
	"replicasets": "rs/none", "statefulsets": "sts/none", "daemonsets": "ds/none", "jobs": "job/none", "replicationcontrollers": "rc/none",
}
