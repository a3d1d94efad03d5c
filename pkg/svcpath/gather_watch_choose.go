package svcpath

import (
	"context"
	"errors"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
)

// one chooses one node.
func (w *watching) one(ctx context.Context) error {
	chosen := ChosenAsAny
	if w.req.Node != "" {
		chosen = ChosenByUser
	}
	name, err := w.chooseNode(ctx)
	if err != nil {
		return err
	}
	if name == "" {
		return errors.New(w.what + "no node could be chosen, as nodes may not be listed; name one with --node")
	}
	if chosen == ChosenAsAny && slices.Contains(endpointNodes(w.s), name) {
		chosen = ChosenByEndpoint
	}
	w.nodes = []*nodeWatch{{
		watching: w, chosen: chosen, others: w.otherNodes(ctx), target: node.Target{Node: name, KubeProxy: w.proxyPod(ctx, name)},
	}}
	return nil
}

// otherNodes says whether there is more than one node, and that there is where it may not
// be asked.
func (w *watching) otherNodes(ctx context.Context) bool {
	list, err := w.Client.CoreV1().Nodes().List(ctx, metav1.ListOptions{Limit: 2})
	return err != nil || len(list.Items) > 1
}

// many chooses the nodes that the selector matches.
func (w *watching) many(ctx context.Context) error {
	if err := w.listNodes(ctx, w.Selector); err != nil {
		return err
	}
	proxies := w.proxyPods(ctx)
	others := w.Selector != ""
	for i := range w.s.Nodes {
		n := &w.s.Nodes[i]
		if why := usable(n); why != "" {
			w.Warn("node " + n.Name + " is not counted on: " + why)
			others = true
			continue
		}
		w.nodes = append(w.nodes, &nodeWatch{
			watching: w, chosen: ChosenByUser, target: node.Target{Node: n.Name, KubeProxy: kubeproxy.FindPod(proxies, n.Name)},
		})
	}
	switch {
	case len(w.nodes) == 0:
		return errors.New(w.what + "none of the nodes is a Ready Linux node")
	case len(w.nodes) > maxWatched:
		return fmt.Errorf("%sa pod on each of %d nodes would run for the whole time: choose %d at most with --nodes SELECTOR", w.what, len(w.nodes), maxWatched)
	}
	for _, n := range w.nodes {
		n.others = others
	}
	return nil
}
