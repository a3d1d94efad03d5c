// Package kube makes clients from kubectl's flags, and words their errors.
package kube

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Clients is the connection to one cluster.
type Clients struct {
	// Interface bounds each request by --request-timeout.
	Interface kubernetes.Interface
	// Streams does not: it is for watches and logs, which the caller bounds.
	Streams kubernetes.Interface
	// Config is for what they cannot do: exec. It has no timeout either.
	Config *rest.Config
	// Namespace is the one that the flags or the kubeconfig choose.
	Namespace string

	timeout time.Duration
}

// patience is how long a request may take where the user set no --request-timeout:
// kubectl waits for ever.
const patience = 15 * time.Second

// Connect returns clients for kubectl's flags. It sends no request.
func Connect(flags *genericclioptions.ConfigFlags, userAgent string) (*Clients, error) {
	namespace, _, err := flags.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig: %w", err)
	}
	config, err := flags.ToRESTConfig()
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig: %w", err)
	}
	if raw, err := flags.ToRawKubeConfigLoader().RawConfig(); err == nil && len(raw.Clusters) == 0 && *flags.APIServer == "" && config.Host == clientcmd.ClusterDefaults.Server {
		// kubectl then tries this host, where nobody has run an API server for years.
		return nil, errors.New("find a cluster: there is no kubeconfig; name one with --kubeconfig or KUBECONFIG, or a server with --server")
	}
	config.UserAgent = userAgent
	// As kubectl does: a command that sends some requests is not throttled.
	config.QPS, config.Burst = 50, 300
	bounded := rest.CopyConfig(config)
	if bounded.Timeout == 0 {
		bounded.Timeout = patience
	}
	config.Timeout = 0
	c := &Clients{Config: config, Namespace: namespace, timeout: bounded.Timeout}
	if c.Interface, err = kubernetes.NewForConfig(bounded); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", config.Host, err)
	}
	if c.Streams, err = kubernetes.NewForConfig(config); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", config.Host, err)
	}
	return c, nil
}

// Configz returns the configuration of a node's kubelet as JSON, through the API server,
// which allows that to those who may get nodes/proxy.
func (c *Clients) Configz(ctx context.Context, node string) ([]byte, error) {
	return c.Interface.CoreV1().RESTClient().Get().Resource("nodes").Name(node).SubResource("proxy").Suffix("configz").DoRaw(ctx)
}
