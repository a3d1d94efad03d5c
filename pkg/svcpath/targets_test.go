package svcpath

import (
	"context"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// TestTargetsByHand: a Pod that a slice by hand names is asked for, one that the controller
// names is not; and what is not known is not said.
func TestTargetsByHand(t *testing.T) {
	for _, c := range []struct {
		managed bool
		target  string
		reason  string
	}{
		{false, "nobody", "nobody: there is no such Pod"},
		{true, "nobody", ""},
		{false, "", ""},
	} {
		s, req := load(t, "testdata/field-hand.json")
		s.Readings = nil
		slice := &s.EndpointSlices[0]
		slice.Endpoints = slice.Endpoints[:1]
		if c.target != "" {
			slice.Endpoints[0].TargetRef = &corev1.ObjectReference{Kind: "Pod", Namespace: slice.Namespace, Name: c.target}
		}
		if c.managed {
			slice.Labels["endpointslice.kubernetes.io/managed-by"] = managerPods
		}
		got, err := Gather(context.Background(), Source{Client: cluster(s), Warn: func(string) {}}, req)
		if err != nil {
			t.Fatal(err)
		}
		path, err := Analyze(got, req)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(path.Findings, func(f explain.Finding) bool { return f.Code == explain.SliceTargetWrong })
		if (at >= 0) != (c.reason != "") || at >= 0 && path.Findings[at].Args["reason"] != c.reason {
			t.Errorf("%+v: findings %v", c, path.Findings)
		}
		if wrong := path.Ports[0].Endpoints[0].Target; wrong != "" && c.reason == "" {
			t.Errorf("%+v: the wrong target %q", c, wrong)
		}
	}
}
