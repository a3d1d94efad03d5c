package main

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
)

// clients offers pod/NAME and node/NAME: the two words first, and names behind them.
func clients(ctx context.Context, clients *kube.Clients, _ []string, typed string) []string {
	kind, rest, slashed := strings.Cut(typed, "/")
	resource, namespace := schema.GroupVersionResource{Version: "v1", Resource: "pods"}, clients.Namespace
	switch {
	case !slashed:
		return []string{"pod/", "node/"}
	case kind == "node":
		resource.Resource, namespace = "nodes", ""
	case kind != "pod":
		return nil
	}
	if other, _, inside := strings.Cut(rest, "/"); inside {
		kind, namespace = kind+"/"+other, other
	}
	found, _ := clients.Names(ctx, resource, namespace)
	return prefixed(kind+"/", found)
}
