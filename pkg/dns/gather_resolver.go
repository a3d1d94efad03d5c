package dns

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// resolverLook is what says how a container looks names up.
var resolverLook = node.Look{Files: []string{"/etc/resolv.conf", "/etc/hosts", "/etc/hostname"}, Process: []string{"maps", "net/if_inet6"}, Go: true}

// resolver reads the container by the first way that works. Where none does, it is noted
// why, and what can be computed is.
func (g *gathering) resolver(ctx context.Context, pod *corev1.Pod, container string) error {
	g.s.Resolvers = []snapshot.ResolverReading{{Namespace: pod.Namespace, Pod: pod.Name, Container: container}}
	r := &g.s.Resolvers[0]
	environment(r, pod, container)
	if r.NotRead = notRunning(pod, container); r.NotRead != "" {
		return nil
	}
	for i, way := range g.Ways {
		if way.Via == "exec" {
			g.requests++
		}
		err := look(ctx, r, way, pod)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			g.s.Missing = nil
			return nil
		}
		r.NotRead = g.notRead(pod, container, way.Via, err)
		if way.Via == "exec" && !g.mayGoOn(i, err) {
			return nil
		}
		if i < len(g.Ways)-1 {
			g.warn(fmt.Sprintf("read /etc/resolv.conf in container %s: %s; trying %s", container, r.NotRead, viaWords[g.Ways[i+1].Via]))
		}
	}
	if len(g.Ways) == 0 {
		r.NotRead = "--via none reads nothing in it"
	}
	return nil
}

// look reads the container by one way.
func look(ctx context.Context, r *snapshot.ResolverReading, way Way, pod *corev1.Pod) error {
	looked, err := way.Look(ctx, pod, r.Container, resolverLook)
	if err != nil {
		return err
	}
	if looked.Files[0].Complaint != "" {
		return errors.New(looked.Files[0].Complaint)
	}
	r.Via, r.NotRead, r.Shared = way.Via, "", way.Via != "debug" && kube.SharesProcesses(pod)
	fill(r, looked)
	return nil
}

// mayGoOn says whether another way may be tried after an exec: where the image has nothing
// to read with, or the user asked for that way. A right to exec that somebody was not given
// is not made up for by a debug pod.
func (g *gathering) mayGoOn(i int, err error) bool {
	return errors.Is(err, kube.ErrNoShell) || i+1 < len(g.Ways) && g.Ways[i+1].Via == "ephemeral"
}

var viaWords = map[string]string{"exec": "the container's own programs", "debug": "a debug pod on its node", "ephemeral": "an ephemeral container"}

func (g *gathering) warn(text string) {
	if g.Warn != nil {
		g.Warn(text)
	}
}

// notRead notes why a way did not work, and returns it in words.
func (g *gathering) notRead(pod *corev1.Pod, container, via string, err error) string {
	m := snapshot.Missing{What: fmt.Sprintf("look at container %s of pod %s/%s by %s", container, pod.Namespace, pod.Name, viaWords[via])}
	var no *node.Refused
	switch {
	case errors.As(err, &no):
		m.Why, m.Allow = no.Error(), no.Missing.Allow
	case kube.ExecRefused(err):
		m.Why = kube.Plain(err).Error()
		m.Allow = allowExec()
	case via == "exec":
		m.Why = kube.WhyNotRead(err, pod.Namespace, pod.Name)
	default:
		m.Why = kube.Plain(err).Error()
	}
	if !g.asked(m.What) {
		g.s.Missing = append(g.s.Missing, m)
	}
	return m.Why
}

func allowExec() *rbacv1.PolicyRule {
	return &rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods/exec"}, Verbs: []string{"get", "create"}}
}
