package svcpath

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// node chooses the node, reads it by the first way that is allowed, and reads
// what the differences it shows need to be judged.
func (g *gathering) node(ctx context.Context, svc *corev1.Service) error {
	if err := g.client(ctx); err != nil {
		return err
	}
	name, err := g.chooseNode(ctx)
	if err != nil || name == "" {
		return err
	}
	g.nodePods(ctx, svc, name)
	g.proxyConfig(ctx)
	target := node.Target{Node: name, KubeProxy: g.proxyPod(ctx, name)}
	look := func() error { return g.readNode(ctx, target, g.plan(svc, name)) }
	if err := look(); err != nil || g.s.Readings == nil {
		return err
	}
	return g.settle(ctx, look)
}

// readNode reads the node by the first way that is allowed; what is not is not tried
// again. Without any, there is no reading.
func (g *gathering) readNode(ctx context.Context, target node.Target, plan node.Plan) error {
	for len(g.Ways) > 0 {
		reading, err := g.Ways[0].Read(ctx, target, plan)
		var no *node.Refused
		if !errors.As(err, &no) {
			if err == nil {
				g.s.Readings = []snapshot.Reading{*reading}
			}
			return err
		}
		no.Missing.Reading = true
		g.s.Missing = append(g.s.Missing, no.Missing)
		if g.Ways = g.Ways[1:]; len(g.Ways) > 0 {
			g.Warn(no.Error() + "; trying to read the node by its kube-proxy pod")
		} else {
			g.Warn(no.Error() + "; the node is not read, only the API is shown")
		}
	}
	return nil
}

// listNodes is what is missing where no node could be chosen.
const listNodes = "list nodes"

// chooseNode returns a Ready Linux node: the one asked for, else one that runs an
// endpoint, else any. It returns "" where nodes may not be read and no endpoint
// names one.
func (g *gathering) chooseNode(ctx context.Context) (string, error) {
	g.req.Node = cmp.Or(g.req.Node, g.req.ToNode)
	if g.req.Node != "" {
		return g.req.Node, g.checkNode(ctx)
	}
	for _, name := range endpointNodes(g.s) {
		got, err := g.Client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsForbidden(err) {
			g.missing(err, "get node "+name, "nodes")
			return name, nil
		}
		if err == nil && usable(got) == "" {
			g.s.Nodes = []corev1.Node{snapshot.SlimNode(got)}
			return name, nil
		}
	}
	list, err := g.Client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		g.missing(err, listNodes, "nodes")
		return "", nil
	}
	for i := range list.Items {
		if usable(&list.Items[i]) == "" {
			g.s.Nodes = []corev1.Node{snapshot.SlimNode(&list.Items[i])}
			return list.Items[i].Name, nil
		}
	}
	return "", errors.New("choose a node: none of the cluster's nodes is a Ready Linux node; --via none shows what the API says")
}

func (g *gathering) checkNode(ctx context.Context) error {
	got, err := g.Client.CoreV1().Nodes().Get(ctx, g.req.Node, metav1.GetOptions{})
	switch {
	case apierrors.IsForbidden(err):
		g.missing(err, "get node "+g.req.Node, "nodes")
		return nil
	case apierrors.IsNotFound(err):
		return g.unknownNode(ctx)
	case err != nil:
		return readError(err, "get node "+g.req.Node)
	}
	g.s.Nodes = []corev1.Node{snapshot.SlimNode(got)}
	if why := usable(got); why != "" && len(g.Ways) > 0 {
		return fmt.Errorf("read node %s: %s; name another with --node, or use --via none", g.req.Node, why)
	}
	return nil
}

// usable says why a node cannot be read, "" where it can.
func usable(n *corev1.Node) string {
	if system := n.Status.NodeInfo.OperatingSystem; system != "" && system != "linux" {
		return "it runs " + system + ", and netfilter rules are Linux's"
	}
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
			return ""
		}
		if c.Type == corev1.NodeReady {
			return fmt.Sprintf("it is not Ready (%s: %s)", c.Reason, c.Message)
		}
	}
	return "it is not Ready"
}

// endpointNodes lists the nodes that run an endpoint of the Service, sorted.
func endpointNodes(s *snapshot.Snapshot) []string {
	var names []string
	for _, slice := range s.EndpointSlices {
		for _, ep := range slice.Endpoints {
			if ep.NodeName != nil {
				names = append(names, *ep.NodeName)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// maxAsked bounds the requests for the owners of addresses that no slice lists.
const maxAsked = 16

// settle looks a second time where the node does not agree with the API: a change of
// a moment ago is not on the node yet, and no difference. What came or went while the
// node was read is none either. And of each address that only the node knows, it is
// asked whose it is.
func (g *gathering) settle(ctx context.Context, look func() error) error {
	if !g.differs(g.req) {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(g.Pause):
	}
	if err := g.slices(ctx); err != nil {
		return err
	}
	before := g.s.EndpointSlices
	if err := look(); err != nil {
		return err
	}
	if err := g.slices(ctx); err != nil {
		return err
	}
	g.s.Unsettled = changed(before, g.s.EndpointSlices)
	g.owners(ctx, g.staleAddresses(g.req))
	return nil
}

// owners asks which Pods have the addresses, of the first maxAsked of them.
func (g *gathering) owners(ctx context.Context, addresses []string) {
	for _, address := range addresses[:min(len(addresses), maxAsked)] {
		if !g.owner(ctx, address) {
			return
		}
	}
}

// owner asks which Pod of the cluster has an address. It says whether the next
// question makes sense.
func (g *gathering) owner(ctx context.Context, ip string) bool {
	// Only a Pod's first address can be selected by (pkg/registry/core/pod/strategy.go
	// ToSelectableFields), so of the second family every Pod is looked at.
	options := metav1.ListOptions{FieldSelector: fields.OneTermEqualSelector("status.podIP", ip).String()}
	if g.secondFamily(ip) {
		options = metav1.ListOptions{ResourceVersion: "0"}
	}
	list, err := g.Client.CoreV1().Pods(metav1.NamespaceAll).List(ctx, options)
	if err != nil {
		g.missing(err, "list pods in all namespaces", "pods")
		return false
	}
	g.s.AddressesAsked = append(g.s.AddressesAsked, ip)
	for i := range list.Items {
		if pod := &list.Items[i]; podHas(pod, ip) {
			g.keep(list.Items[i : i+1])
		}
	}
	return true
}
