package svcenv

import (
	"cmp"
	"net"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// apiService is the Service whose variables every container gets, out of namespace
// default (kubelet_pods.go, masterServices).
const apiService = "kubernetes"

// Link is a variable that a Service gives.
type Link struct {
	Name, Value string
	// Service is whose it is, Port the number of its port in spec.ports; -1 for the variable
	// of the address, which is of no port.
	Service *corev1.Service
	Port    int
}

// Linked are the Services whose variables a container gets: those of the Pod's namespace
// if links are enabled, and always default/kubernetes, whose place only a Service of that
// name in the Pod's own namespace can take (kubelet_pods.go, getServiceEnvVarMap). Services
// without an address, which are headless ones and those of type ExternalName, give none.
// They are sorted by name; the kubelet takes them in no order.
func Linked(services []corev1.Service, namespace string, enabled bool) []*corev1.Service {
	chosen := map[string]*corev1.Service{}
	for i := range services {
		svc := &services[i]
		if svc.Spec.ClusterIP == "" || svc.Spec.ClusterIP == corev1.ClusterIPNone || len(svc.Spec.Ports) == 0 {
			continue
		}
		own := enabled && svc.Namespace == namespace
		switch {
		case svc.Namespace == corev1.NamespaceDefault && svc.Name == apiService:
			if chosen[svc.Name] == nil {
				chosen[svc.Name] = svc
			}
		case own:
			chosen[svc.Name] = svc
		}
	}
	var out []*corev1.Service
	for _, svc := range chosen {
		out = append(out, svc)
	}
	slices.SortFunc(out, func(a, b *corev1.Service) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// Links are the variables that a Service gives (pkg/kubelet/envvars, FromServices): its
// address and first port, each named port, and for each port the five that Docker's links
// had. Only the primary address counts, and the port, never the targetPort.
func Links(svc *corev1.Service) []Link {
	ip, prefix := svc.Spec.ClusterIP, variablePrefix(svc.Name)
	var out []Link
	add := func(port int, name, value string) {
		out = append(out, Link{Name: prefix + name, Value: value, Service: svc, Port: port})
	}
	add(-1, "_SERVICE_HOST", ip)
	add(0, "_SERVICE_PORT", number(svc.Spec.Ports[0].Port))
	for i, p := range svc.Spec.Ports {
		if p.Name != "" {
			add(i, "_SERVICE_PORT_"+variablePrefix(p.Name), number(p.Port))
		}
	}
	for i, p := range svc.Spec.Ports {
		protocol := string(p.Protocol)
		if protocol == "" {
			protocol = string(corev1.ProtocolTCP)
		}
		low := strings.ToLower(protocol)
		url := low + "://" + net.JoinHostPort(ip, number(p.Port))
		if i == 0 {
			add(i, "_PORT", url)
		}
		of := "_PORT_" + number(p.Port) + "_" + strings.ToUpper(protocol)
		add(i, of, url)
		add(i, of+"_PROTO", low)
		add(i, of+"_PORT", number(p.Port))
		add(i, of+"_ADDR", ip)
	}
	return out
}

// variablePrefix is a Service's name in its variables. Nothing but the dash and the case
// changes, so that one that begins with a digit makes a name that no shell takes.
func variablePrefix(name string) string {
	return strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

func number(port int32) string { return strconv.Itoa(int(port)) }

// words names a port as a person would: "http 80/TCP", "53/UDP".
func portWords(svc *corev1.Service, port int) string {
	if port < 0 || port >= len(svc.Spec.Ports) {
		return ""
	}
	p := svc.Spec.Ports[port]
	protocol := cmp.Or(string(p.Protocol), string(corev1.ProtocolTCP))
	return strings.TrimSpace(p.Name + " " + number(p.Port) + "/" + protocol)
}

func serviceWords(svc *corev1.Service) string { return "Service " + svc.Namespace + "/" + svc.Name }

// linkSet are the links of several Services by name.
type linkSet struct {
	byName map[string]Link
	// either are the others of a name that two Services give with different values: which of
	// them a container gets is up to the order of a map in the kubelet.
	either map[string][]Link
}

func linksOf(services []*corev1.Service) linkSet {
	set := linkSet{byName: map[string]Link{}, either: map[string][]Link{}}
	for _, svc := range services {
		for _, l := range Links(svc) {
			first, there := set.byName[l.Name]
			switch {
			case !there:
				set.byName[l.Name] = l
			case first.Service == svc:
				// Two ports of one Service: the kubelet takes the later one.
				set.byName[l.Name] = l
			case first.Value != l.Value:
				set.either[l.Name] = append(set.either[l.Name], l)
			}
		}
	}
	return set
}
