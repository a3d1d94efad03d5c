// Package kubeproxy computes, from API objects alone, what kube-proxy does with a
// Service: which ports it serves and under which names, which endpoints it picks on
// a given node, and what a connection meets there.
//
// Nothing here looks at a node. The answers are what the rules of a node should be;
// comparing them with what the node has is the caller's work.
//
//	for _, port := range kubeproxy.ServicePorts(svc) {
//		used := kubeproxy.UsedEndpoints(port, kubeproxy.Endpoints(port, slices), node)
//		fmt.Println(port, port.InternalChain(), port.InternalVerdict(used))
//	}
//
// Every rule names the place in the source of Kubernetes 1.37.2 that it follows, by
// path below k8s.io/kubernetes. The module in test/oracle compares this package with
// that source, run on random objects.
package kubeproxy
