package svcpath

import (
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// ListKind is the kind of the answer for many nodes.
const ListKind = "ServicePathList"

// Paths is the answer of svcpath for many nodes.
type Paths struct {
	APIVersion string  `json:"apiVersion"`
	Kind       string  `json:"kind"`
	Service    Service `json:"service"`
	Summary    Summary `json:"summary"`
	// Items are the answers of the nodes, by name. For a Service that kube-proxy makes no
	// rules for it is one without a node.
	Items []*Path `json:"items"`
}

// Summary counts nodes.
type Summary struct {
	Nodes  int `json:"nodes"`
	Agree  int `json:"agree"`
	Differ int `json:"differ"`
	// NotChecked were not read, or their rules are of a kind that is not followed.
	NotChecked int `json:"notChecked"`
	// NotRead are those of NotChecked that were not read.
	NotRead int `json:"notRead"`
}

// HasErrors says whether a finding on any node is an error, for the exit status.
func (p *Paths) HasErrors() bool { return slices.ContainsFunc(p.Items, (*Path).HasErrors) }

// AnalyzeNodes judges what was read on each of the snapshot's nodes whose labels match
// the selector ("" for all). Its error is that of Analyze, or that there is no such node.
func AnalyzeNodes(s *snapshot.Snapshot, req Request, selector string) (*Paths, error) {
	names, err := nodeNames(s, selector)
	if err != nil {
		return nil, err
	}
	svc := s.Service(req.Namespace, req.Name)
	switch {
	case svc == nil || kubeproxy.Skipped(svc) != "":
		names = []string{""}
	case len(names) == 0:
		return nil, fmt.Errorf("follow service %s/%s on nodes: the snapshot holds no node%s", req.Namespace, req.Name, matching(selector))
	}
	out := &Paths{APIVersion: APIVersion, Kind: ListKind, Items: []*Path{}}
	for _, name := range names {
		req.Node = name
		path, err := Analyze(s, req)
		if err != nil {
			return nil, err
		}
		if name != "" {
			out.Summary.add(path)
		}
		out.Items = append(out.Items, path)
	}
	out.Service = out.Items[0].Service
	return out, nil
}

func matching(selector string) string {
	if selector == "" {
		return ""
	}
	return " that matches " + selector
}

func (s *Summary) add(p *Path) {
	s.Nodes++
	switch p.Agreement {
	case Agrees:
		s.Agree++
	case Differs:
		s.Differ++
	default:
		s.NotChecked++
		if p.Node.Via == "" {
			s.NotRead++
		}
	}
}

// nodeNames are the nodes that the snapshot knows of, sorted. One that was
// read while its object could not be got has no labels that a selector could match.
func nodeNames(s *snapshot.Snapshot, selector string) ([]string, error) {
	parsed, err := labels.Parse(selector)
	if err != nil {
		return nil, fmt.Errorf("the label selector %q: %w", selector, err)
	}
	names := map[string]bool{}
	for _, r := range s.Readings {
		if selector == "" {
			names[r.Node] = true
		}
	}
	for _, n := range s.Nodes {
		if parsed.Matches(labels.Set(n.Labels)) {
			names[n.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(names)), nil
}
