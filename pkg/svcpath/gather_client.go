package svcpath

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
	"github.com/kubectl-kk/kubectl-kk/pkg/walk"
)

// client reads who the client is, and chooses the node whose rules its packets meet.
func (g *gathering) client(ctx context.Context) error {
	switch {
	case !g.req.From.given():
		return nil
	case g.req.From.Kind == walk.Pod:
		if err := g.clientPod(ctx); err != nil {
			return err
		}
	case g.req.From.Kind == walk.Node:
		if err := g.clientNode(ctx); err != nil {
			return err
		}
	default:
		g.clientAddress(ctx)
	}
	c, err := g.req.client(g.s)
	if err != nil {
		return err
	}
	if g.req.From.Addr.IsValid() && c.Kind != walk.Outside {
		g.Warn(fmt.Sprintf("%s is the address of %s: it is walked as such", g.req.From.Addr, c.Name))
	}
	g.req.Node = c.Node
	return nil
}

func (g *gathering) clientPod(ctx context.Context) error {
	namespace, name := g.req.pod()
	what := "list pods in namespace " + namespace
	list, err := g.Client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{
		FieldSelector: fields.OneTermEqualSelector(metav1.ObjectNameField, name).String(),
	})
	if err != nil {
		return readError(err, what)
	}
	found := slices.DeleteFunc(list.Items, func(p corev1.Pod) bool { return p.Name != name })
	if g.keep(found); len(found) > 0 {
		return nil
	}
	all, err := g.Client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{Limit: maxNames})
	if err != nil {
		return readError(err, what)
	}
	var names []string
	for i := range all.Items {
		names = append(names, all.Items[i].Name)
	}
	return errors.New(fmt.Sprintf("find pod %s/%s: not found; ", namespace, name) + kube.Offer("pods in "+namespace, name, names))
}

// clientNode reads the Node; that it does not exist, or is not Ready, is said as for --node.
func (g *gathering) clientNode(ctx context.Context) error {
	asked := g.req.Node
	g.req.Node = g.req.From.Name
	err := g.checkNode(ctx)
	g.req.Node = asked
	return err
}

// clientAddress asks whose an address is. Where that may not be asked, it is taken for
// one outside.
func (g *gathering) clientAddress(ctx context.Context) {
	ip := g.req.From.Addr.String()
	list, err := g.Client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		g.missing(err, listNodes, "nodes")
		return
	}
	for i := range list.Items {
		if slices.Contains(nodeAddresses(&list.Items[i]), g.req.From.Addr) {
			g.s.Nodes = []corev1.Node{snapshot.SlimNode(&list.Items[i])}
			return
		}
	}
	g.owner(ctx, ip)
}
