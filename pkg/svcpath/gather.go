package svcpath

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Where kubeadm, and every installer that follows it, puts kube-proxy and its
// configuration.
const (
	proxyNamespace = "kube-system"
	proxyConfigMap = "kube-proxy"
)

// Way is one way to read the rules of a node. It returns a *node.Refused where the
// cluster does not allow it.
type Way interface {
	Read(ctx context.Context, target node.Target, plan node.Plan) (*snapshot.Reading, error)
}

// Source is where Gather reads from.
type Source struct {
	Client kubernetes.Interface
	// Ways to read a node, in the order in which to try them. None: the API only.
	Ways []Way
	// Warn is told at once what was refused and what is done instead.
	Warn func(string)
	// Pause is how long to wait before a second look at a node that does not agree with
	// the API: kube-proxy collects changes for a second (its minSyncPeriod).
	Pause time.Duration
	// Taken is the time of the reading, By the version of kk.
	Taken time.Time
	By    string
}

// Gather reads all that Analyze needs to answer the request. What the cluster
// refused is in the snapshot's Missing; without the Service itself, its
// EndpointSlices or the node that was asked for there is no answer, but an error.
func Gather(ctx context.Context, src Source, req Request) (*snapshot.Snapshot, error) {
	g := begin(src, req)
	svc, err := g.cluster(ctx)
	if err != nil {
		return nil, err
	}
	if kubeproxy.Skipped(svc) != "" {
		return g.s, nil
	}
	if err := g.node(ctx, svc); err != nil {
		return nil, err
	}
	return g.s, nil
}

func begin(src Source, req Request) *gathering {
	return &gathering{Source: src, req: req, s: &snapshot.Snapshot{
		APIVersion: snapshot.APIVersion, Kind: snapshot.Kind, Taken: src.Taken.UTC(), By: src.By,
	}}
}

// cluster reads what is the same for every node: the Service, its slices and its Pods.
func (g *gathering) cluster(ctx context.Context) (*corev1.Service, error) {
	svc, err := g.service(ctx)
	if err != nil {
		return nil, err
	}
	if err := g.req.checkPort(svc); err != nil {
		return nil, err
	}
	g.s.Services = []corev1.Service{snapshot.SlimService(svc)}
	if kubeproxy.Skipped(svc) == kubeproxy.SkippedExternalName {
		return svc, nil
	}
	if err := g.slices(ctx); err != nil {
		return nil, err
	}
	g.pods(ctx, svc)
	g.targets(ctx, svc)
	return svc, nil
}

type gathering struct {
	Source
	req Request
	s   *snapshot.Snapshot
}

func (g *gathering) service(ctx context.Context) (*corev1.Service, error) {
	svc, err := g.Client.CoreV1().Services(g.req.Namespace).Get(ctx, g.req.Name, metav1.GetOptions{})
	if err != nil {
		return nil, g.unknownService(ctx, err)
	}
	return svc, nil
}

// slices reads the Service's EndpointSlices, in place of those that were read before.
func (g *gathering) slices(ctx context.Context) error {
	list, err := g.listSlices(ctx)
	if err != nil {
		return readError(err, fmt.Sprintf("list endpointslices of service %s/%s", g.req.Namespace, g.req.Name))
	}
	g.s.EndpointSlices = nil
	for i := range list {
		g.s.EndpointSlices = append(g.s.EndpointSlices, snapshot.SlimSlice(&list[i]))
	}
	return nil
}

func (g *gathering) listSlices(ctx context.Context) ([]discoveryv1.EndpointSlice, error) {
	list, err := g.Client.DiscoveryV1().EndpointSlices(g.req.Namespace).List(ctx, metav1.ListOptions{
		LabelSelector: labels.Set{discoveryv1.LabelServiceName: g.req.Name}.String(),
	})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

// pods reads those that the selector matches: they say why an endpoint is not ready.
func (g *gathering) pods(ctx context.Context, svc *corev1.Service) {
	if len(svc.Spec.Selector) == 0 {
		return
	}
	list, err := g.Client.CoreV1().Pods(svc.Namespace).List(ctx, metav1.ListOptions{
		LabelSelector: labels.Set(svc.Spec.Selector).String(),
	})
	if err != nil {
		g.missing(err, "list pods in namespace "+svc.Namespace, "pods")
		return
	}
	g.keep(list.Items)
}

// keep adds Pods that are not in the snapshot yet.
func (g *gathering) keep(pods []corev1.Pod) {
	have := map[string]bool{}
	for _, p := range g.s.Pods {
		have[p.Namespace+"/"+p.Name] = true
	}
	for i := range pods {
		if !have[pods[i].Namespace+"/"+pods[i].Name] {
			g.s.Pods = append(g.s.Pods, snapshot.Slim(&pods[i]))
		}
	}
}
