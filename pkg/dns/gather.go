package dns

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Reader reads files inside of a container; kube.Exec is one.
type Reader interface {
	Files(ctx context.Context, namespace, pod, container string, paths ...string) ([]kube.File, error)
}

// Source is where Gather reads from.
type Source struct {
	Client kubernetes.Interface
	Reader Reader
	// Warn is told at once what was refused.
	Warn func(string)
}

// The files of a container that say how it looks names up.
const (
	resolvConf = "/etc/resolv.conf"
	firstMaps  = "/proc/1/maps"
	inet6      = "/proc/net/if_inet6"
)

// Gather reads a Pod (of a workload: the workload and its Pods) and, by one exec in it,
// its resolv.conf and which resolver its program uses; then the Services that the names
// could mean, as far as maxRequests go. Without the file there is no answer, but an
// error that says why.
func Gather(ctx context.Context, src Source, req Request) (Facts, error) {
	pod, of, err := kube.Pod(ctx, src.Client, req.Namespace, req.Target)
	if err != nil {
		return Facts{}, err
	}
	container, err := req.container(pod)
	if err != nil {
		return Facts{}, err
	}
	f := Facts{Pod: pod, Hostname: hostname(pod), Names: req.Names}
	if err := f.read(ctx, src, pod, container); err != nil {
		return Facts{}, err
	}
	f.Source = fmt.Sprintf("%s of container %s in pod %s/%s", resolvConf, container, pod.Namespace, pod.Name)
	if of > 0 {
		f.Source += fmt.Sprintf(", picked from %s, 1 of %d Pods", req.Target, of)
	}
	if req.Libc != "" {
		f.Libc, f.LibcAssumed = req.Libc, false
	}
	g := &gathering{Source: src, f: &f}
	g.records(ctx)
	return f, ctx.Err()
}

// hostname is the kubelet's (kubelet_pods.go, GeneratePodHostNameAndDomain), as far as it
// matters: whether there is a domain behind it, which setHostnameAsFQDN decides.
func hostname(pod *corev1.Pod) string {
	if pod.Spec.Hostname != "" {
		return pod.Spec.Hostname
	}
	return pod.Name
}

func (f *Facts) read(ctx context.Context, src Source, pod *corev1.Pod, container string) error {
	where := fmt.Sprintf("read %s in container %s of pod %s/%s", resolvConf, container, pod.Namespace, pod.Name)
	files, err := src.Reader.Files(ctx, pod.Namespace, pod.Name, container, resolvConf, firstMaps, inet6)
	switch {
	case errors.Is(err, kube.ErrNoShell):
		return fmt.Errorf("%s: %w; from a file that you have: kubectl kk dns --from-file FILE", where, err)
	case kube.ExecRefused(err):
		return fmt.Errorf("%s: %w; allow get and create on pods/exec, or use --from-file", where, kube.Plain(err))
	case err != nil:
		return fmt.Errorf("%s: %w", where, kube.Plain(err))
	case files[0].Complaint != "":
		return fmt.Errorf("%s: %s", where, files[0].Complaint)
	}
	f.File = string(files[0].Data)
	maps := ""
	if files[1].Complaint == "" {
		maps = string(files[1].Data)
	}
	f.Libc, f.LibcAssumed = libcOf(maps)
	f.IPv4Only = files[2].Complaint != "" || ipv4Only(string(files[2].Data))
	return nil
}

type gathering struct {
	Source
	f *Facts
	// requests counts what was asked about names.
	requests int
}

// missing notes what the answer can do without.
func (g *gathering) missing(what string, err error, allow rbacv1.PolicyRule) {
	m := snapshot.Missing{What: what, Why: kube.Plain(err).Error(), Allow: &allow}
	g.f.Missing = append(g.f.Missing, m)
	if g.Warn != nil {
		g.Warn(what + ": " + m.Why)
	}
}
