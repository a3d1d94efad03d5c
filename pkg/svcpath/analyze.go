package svcpath

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Analyze judges what was read. The same snapshot and request give the same
// answer, byte for byte. Its error says that the snapshot cannot answer: it does
// not hold the Service, or what a node's program printed is not what it prints.
func Analyze(s *snapshot.Snapshot, req Request) (*Path, error) {
	svc := s.Service(req.Namespace, req.Name)
	if svc == nil {
		return nil, unknownInSnapshot(s, req)
	}
	if err := req.checkPort(svc); err != nil {
		return nil, err
	}
	a := &analysis{s: s, req: req, svc: svc, path: newPath(s, svc)}
	a.cluster()
	if skipped := kubeproxy.Skipped(svc); skipped != "" {
		a.skipped(skipped)
		return a.finish(), nil
	}
	if err := a.client(); err != nil {
		return nil, err
	}
	if err := a.node(); err != nil {
		return nil, err
	}
	a.healthChecks()
	for _, p := range kubeproxy.ServicePorts(svc) {
		if req.wanted(p.Port, p.Number) {
			a.port(p)
		}
	}
	if err := a.walks(); err != nil {
		return nil, err
	}
	return a.finish(), nil
}

// analysis is one run of Analyze.
type analysis struct {
	s    *snapshot.Snapshot
	req  Request
	svc  *corev1.Service
	path *Path
	// info is the node as the choice of endpoints sees it, backends are its rules by IP
	// family: nil where nothing was read, or where kube-proxy's mode is not followed.
	info     kubeproxy.NodeInfo
	config   kubeproxy.Config
	backends map[int]backend
	// rules is what was read there, nil where backends is.
	rules *rules
	// reading is what was read on the node, nil for nothing.
	reading *snapshot.Reading
}

func newPath(s *snapshot.Snapshot, svc *corev1.Service) *Path {
	ips := svc.Spec.ClusterIPs
	if len(ips) == 0 && svc.Spec.ClusterIP != "" {
		ips = []string{svc.Spec.ClusterIP}
	}
	kind := string(svc.Spec.Type)
	if kind == "" {
		kind = string(corev1.ServiceTypeClusterIP)
	}
	return &Path{
		APIVersion: APIVersion, Kind: Kind, Agreement: NotChecked,
		Ports: []Port{}, Findings: []explain.Finding{}, Unsettled: s.Unsettled, NotChecked: s.Missing,
		Service: Service{
			Namespace: svc.Namespace, Name: svc.Name, Type: kind, ClusterIPs: ips,
			ExternalName: svc.Spec.ExternalName, Selector: svc.Spec.Selector, Settings: settings(svc),
		},
	}
}

func unknownInSnapshot(s *snapshot.Snapshot, req Request) error {
	var have []string
	for _, svc := range s.Services {
		have = append(have, svc.Namespace+"/"+svc.Name)
	}
	if len(have) == 0 {
		return fmt.Errorf("find service %s/%s: the snapshot holds no Service", req.Namespace, req.Name)
	}
	return fmt.Errorf("find service %s/%s: the snapshot holds only %s", req.Namespace, req.Name, strings.Join(have, ", "))
}

// find adds a finding; the same one again, of another address or family, adds its
// evidence to the first.
func (a *analysis) find(f explain.Finding) {
	if f.Subject == "" {
		f.Subject = "Service " + a.svc.Namespace + "/" + a.svc.Name
	}
	for i := range a.path.Findings {
		have := &a.path.Findings[i]
		if have.Code == f.Code && have.Subject == f.Subject && sameArgs(have.Args, f.Args) {
			for _, e := range f.Evidence {
				if !slices.Contains(have.Evidence, e) {
					have.Evidence = append(have.Evidence, e)
				}
			}
			return
		}
	}
	a.path.Findings = append(a.path.Findings, f)
}

func sameArgs(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

func (a *analysis) finish() *Path {
	explain.Sort(a.path.Findings)
	return a.path
}

// name is the Service as the arguments of findings give it.
func (a *analysis) name() string { return a.svc.Namespace + "/" + a.svc.Name }
