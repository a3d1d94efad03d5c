package svcpath

import (
	"context"
	"errors"
	"fmt"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// maxNames bounds the list from which near names are offered.
const maxNames = 500

func (g *gathering) unknownService(ctx context.Context, err error) error {
	what := fmt.Sprintf("get service %s/%s", g.req.Namespace, g.req.Name)
	if !apierrors.IsNotFound(err) {
		return readError(err, what)
	}
	list, listErr := g.Client.CoreV1().Services(g.req.Namespace).List(ctx, metav1.ListOptions{Limit: maxNames})
	if listErr != nil {
		return errors.New(what + ": not found")
	}
	var names []string
	for _, svc := range list.Items {
		names = append(names, svc.Name)
	}
	return errors.New(what + ": not found; " + kube.Offer("services in "+g.req.Namespace, g.req.Name, names))
}

func (g *gathering) unknownNode(ctx context.Context) error {
	what := "get node " + g.req.Node + ": not found"
	list, err := g.Client.CoreV1().Nodes().List(ctx, metav1.ListOptions{Limit: maxNames})
	if err != nil {
		return errors.New(what)
	}
	var names []string
	for _, n := range list.Items {
		names = append(names, n.Name)
	}
	return errors.New(what + "; " + kube.Offer("nodes", g.req.Node, names))
}

// readError is for what the answer cannot do without.
func readError(err error, what string) error {
	return fmt.Errorf("%s: %w", what, kube.Plain(err))
}

// missing notes what the answer can do without, and tells the user at once where a right is
// what is lacking.
func (g *gathering) missing(err error, what, resource string) {
	m := snapshot.Missing{What: what, Why: kube.Plain(err).Error()}
	if apierrors.IsForbidden(err) {
		verb, _, _ := strings.Cut(what, " ")
		m.Allow = &rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{resource}, Verbs: []string{verb}}
		g.Warn(m.What + ": " + m.Why)
	}
	g.s.Missing = append(g.s.Missing, m)
}
