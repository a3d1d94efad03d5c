package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
)

// containerOptions are the flags of a command that looks at a container whatever its
// image has.
type containerOptions struct {
	via            string
	allowEphemeral bool
	namespace      string
	image          string
	timeout        time.Duration
}

func (o *containerOptions) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.via, "via", "exec", "How to look at the container: exec (its own programs, and a debug pod where it has none), debug or none")
	flags.BoolVar(&o.allowEphemeral, "allow-ephemeral", false, "Add an ephemeral container to the Pod, in place of a debug pod. It stays in the Pod's spec for good")
	flags.StringVar(&o.namespace, "debug-namespace", "kube-system", "Namespace of the debug pod")
	flags.StringVar(&o.image, "image", "", "Image of the debug pod or ephemeral container; --live needs dig and nsenter in it. Default: the one that the node's kube-proxy pod runs; to ask nameservers, "+node.DNSImage)
	flags.DurationVar(&o.timeout, "timeout", 30*time.Second, "How long looking at the container may take")
}

func (o *containerOptions) validate() error {
	if o.timeout < time.Second {
		return fmt.Errorf("--timeout=%s: it must be one second at least", o.timeout)
	}
	if o.via == "none" && o.allowEphemeral {
		return errors.New("--via none looks at no container; leave out --allow-ephemeral")
	}
	return oneOf("--via", o.via, "exec", "debug", "none")
}

// ways are the ways to look, the chosen one first and what may stand in for it behind.
func (o *containerOptions) ways(clients *kube.Clients, s *suite) []dns.Way {
	exec := dns.Way{Via: "exec", Looker: &node.Inside{Exec: &kube.Exec{Client: clients.Streams, Config: clients.Config, Timeout: o.timeout}}}
	other := dns.Way{Via: "debug", Looker: &node.Beside{
		Debug:     node.Debug{Client: clients.Streams, Namespace: o.namespace, Image: o.image, Timeout: o.timeout, Warn: s.warn},
		KubeProxy: func(ctx context.Context, name string) *corev1.Pod { return kubeProxyOf(ctx, clients.Interface, name) },
		Before:    func(ctx context.Context) { s.sweep(ctx, clients, o.namespace) },
	}}
	if o.allowEphemeral {
		other = dns.Way{Via: "ephemeral", Looker: &node.Ephemeral{Client: clients.Streams, Image: o.image, Timeout: o.timeout}}
	}
	switch o.via {
	case "exec":
		return []dns.Way{exec, other}
	case "debug":
		return []dns.Way{other}
	default:
		return nil
	}
}

// kubeProxyOf is the kube-proxy pod of a node, nil where none is found.
func kubeProxyOf(ctx context.Context, client kubernetes.Interface, name string) *corev1.Pod {
	list, err := client.CoreV1().Pods(metav1.NamespaceSystem).List(ctx, metav1.ListOptions{
		FieldSelector: fields.OneTermEqualSelector("spec.nodeName", name).String(),
	})
	if err != nil {
		return nil
	}
	return kubeproxy.FindPod(list.Items, name)
}
