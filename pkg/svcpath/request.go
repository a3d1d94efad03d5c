package svcpath

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Request is what the user asks.
type Request struct {
	Namespace string
	Name      string
	// Port is the name or the number of one port of the Service, "" for all.
	Port string
	// Node to follow the rules on, "" to choose one.
	Node string
	// Connections asks for those that the node translates now.
	Connections bool
	// From is the client whose packets to walk. Without one, Walks asks for those of a Pod,
	// of the node itself and of a client outside of the cluster.
	From  From
	Walks bool
	// ToNode is the node through which a client outside of the cluster comes, "" for that
	// of Node.
	ToNode string
}

// wanted says whether the request asks for this port of the Service.
func (r Request) wanted(name string, number int32) bool {
	return r.Port == "" || r.Port == name || r.Port == strconv.Itoa(int(number))
}

// checkPort says which ports there are, where the one asked for is none of them.
func (r Request) checkPort(svc *corev1.Service) error {
	var have []string
	for _, p := range svc.Spec.Ports {
		if r.wanted(p.Name, p.Port) {
			return nil
		}
		have = append(have, strings.TrimPrefix(fmt.Sprintf("%s (%d)", p.Name, p.Port), " "))
	}
	if r.Port == "" || len(have) == 0 {
		return nil
	}
	return fmt.Errorf("--port=%s: Service %s/%s has no such port; its ports: %s", r.Port, svc.Namespace, svc.Name, strings.Join(have, ", "))
}
