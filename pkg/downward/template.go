package downward

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// ViewList is the answer for a manifest: a View of each Pod template in it.
type ViewList struct {
	APIVersion string  `json:"apiVersion"`
	Kind       string  `json:"kind"`
	Items      []*View `json:"items"`
}

// AnalyzeTemplate says of each use in a Pod template whether the API server of a minor
// version would take it. Values are those of run time, and not known.
func AnalyzeTemplate(t Template, req Request, minor int) (*View, error) {
	if err := req.checkContainer(t.Pod); err != nil {
		return nil, err
	}
	a := newAnalysis(&snapshot.Snapshot{}, t.Pod)
	a.minor, a.values.template = minor, true
	a.view.Object = Object{Kind: t.Kind, Namespace: t.Namespace, Name: t.Name, Container: req.Container, Manifest: true, Version: fmt.Sprintf("1.%d", minor)}
	uses := usesOf(&t.Pod.Spec, req.Container)
	for _, u := range uses {
		a.view.Uses = append(a.view.Uses, a.planned(u))
	}
	a.notMounted(uses)
	explain.Sort(a.view.Findings)
	return a.view, nil
}

// planned judges one use of a template.
func (a *analysis) planned(u use) Use {
	out := u.answer()
	out.Should, out.Status = a.should(u), Valid
	p := u.path()
	if r, known := ruleOf(p); known {
		out.Changes = r.field(a.minor).Volume.Changes
		if u.env {
			out.Changes = r.field(a.minor).Env.Changes
		}
	}
	switch {
	case a.refused(u, p):
		out.Status = Refused
	case a.containerAbsent(u):
		out.Status = NoStart
	case u.overridden:
		out.Status = Overridden
		a.findUse(u, explain.UseOverridden, explain.Warning, nil)
	case !setLater(p):
		a.keyMissing(u, p)
	}
	return out
}

// setLater says whether a controller or the API server gives a Pod the key, so that it
// is in no template: such keys have a domain of Kubernetes', or are older than domains.
func setLater(p fieldPath) bool {
	domain, _, prefixed := strings.Cut(p.key, "/")
	old := []string{"pod-template-hash", "controller-revision-hash", "pod-template-generation", "job-name", "controller-uid"}
	return p.keyed && (slices.Contains(old, p.key) || prefixed && (strings.HasSuffix(domain, "kubernetes.io") || strings.HasSuffix(domain, "k8s.io")))
}

// refused finds what the API server would refuse (validation.go,
// validateObjectFieldSelector and validateContainerResourceFieldSelector).
func (a *analysis) refused(u use, p fieldPath) bool {
	code, args := a.refusal(u, p)
	if code != "" {
		a.findUse(u, code, explain.Error, args)
	}
	return code != ""
}

func (a *analysis) refusal(u use, p fieldPath) (code string, args map[string]string) {
	r, known := ruleOf(p)
	switch {
	case a.malformed(u) != "":
		return explain.UseMalformed, map[string]string{"reason": a.malformed(u)}
	case u.isResource && !u.env && u.of == "":
		return explain.ContainerNameMissing, nil
	case !known || u.isResource != (r.group == Resources):
		return explain.FieldUnknown, map[string]string{"near": near(u.field, known, r)}
	case u.isResource:
		return unfit(u)
	case p.keyed && p.keyProblem() != "":
		return explain.KeyInvalid, map[string]string{"reason": p.keyProblem()}
	default:
		return a.otherWay(u, r)
	}
}

// near is the field that may be meant; one that is there is asked for in the wrong place.
func near(field string, known bool, r rule) string {
	switch {
	case known && r.group == Resources:
		return field + ", resourceFieldRef"
	case known:
		return field + ", fieldRef"
	default:
		return nearestField(field)
	}
}

func (a *analysis) malformed(u use) string {
	if u.malformed == "" && u.env {
		return oldName(u.name, a.minor)
	}
	return u.malformed
}

func unfit(u use) (code string, args map[string]string) {
	if divisorProblem(u.field, u.divisor) == "" {
		return "", nil
	}
	return explain.DivisorUnfit, map[string]string{"divisor": u.divisor.String(), "allowed": strings.Join(divisors(u.field), ", ")}
}

// otherWay finds a field that can be had, but not by this way, or not in this version.
func (a *analysis) otherWay(u use, r rule) (code string, args map[string]string) {
	switch {
	case u.env && !r.byEnv():
		return explain.FieldNotByVariable, nil
	case !u.env && !r.byVolume():
		return explain.FieldNotByFile, nil
	case a.minor < r.since:
		return explain.FieldTooNew, map[string]string{"since": fmt.Sprintf("1.%d", r.since), "gate": r.gate, "version": fmt.Sprintf("1.%d", a.minor)}
	default:
		return "", nil
	}
}
