package downward

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-kk/kubectl-kk/internal/words"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// containerAbsent finds a use of a container that the Pod does not have: neither the
// API server nor anybody else says so until the kubelet looks for it
// (pkg/api/v1/resource/helpers.go, findContainerInPod: regular and init containers).
func (a *analysis) containerAbsent(u use) bool {
	if u.of == "" {
		return false
	}
	var names []string
	for _, c := range a.pod.Spec.InitContainers {
		names = append(names, c.Name)
	}
	for _, c := range a.pod.Spec.Containers {
		names = append(names, c.Name)
	}
	if slices.Contains(names, u.of) {
		return false
	}
	a.findUse(u, explain.ContainerAbsent, explain.Error, map[string]string{"named": u.of, "containers": strings.Join(names, ", ")})
	return true
}

// keyMissing finds a key that the Pod does not have, which gives an empty value.
func (a *analysis) keyMissing(u use, p fieldPath) {
	if !p.keyed || p.key == sourceAnnotation || p.key == seenAnnotation {
		return
	}
	have := a.pod.Labels
	if p.base == annotations {
		have = a.pod.Annotations
	}
	if _, there := have[p.key]; there {
		return
	}
	a.findUse(u, explain.KeyMissing, explain.Warning, map[string]string{"near": nearKeys(p.key, have)})
}

// maxNear is how many keys a sentence offers.
const maxNear = 3

func nearKeys(wanted string, have map[string]string) string {
	var keys []string
	for key := range have {
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return "the Pod has none"
	}
	distance := func(key string) int {
		_, name, _ := strings.Cut("/"+key, "/")
		return min(words.Distance(strings.ToLower(wanted), strings.ToLower(key)), words.Distance(strings.ToLower(wanted), strings.ToLower(name)))
	}
	slices.SortFunc(keys, func(x, y string) int { return cmp.Or(distance(x)-distance(y), cmp.Compare(x, y)) })
	return strings.Join(keys[:min(len(keys), maxNear)], ", ")
}

// amounts finds what surprises about the value of a resource.
func (a *analysis) amounts(u use, v Value) {
	if !u.isResource {
		return
	}
	args := map[string]string{"value": withUnit(v, u.answer().Divisor), "quantity": v.Quantity, "divisor": u.answer().Divisor}
	list, name, _ := resourceOf(u.field)
	switch {
	case v.Origin == FromNode:
		code := explain.LimitOfNode
		if limit, limited := a.values.podLimit(resourceName(name)); limited && !u.env {
			code, args["limit"] = explain.PodLimitIgnored, limit.String()
		}
		a.findUse(u, code, explain.Info, args)
	case a.initLimitZero(u, list, name):
		a.findUse(u, explain.InitLimitZero, explain.Warning, map[string]string{"named": u.of})
	case a.notGranted(u, v, args):
		a.findUse(u, explain.ResizeNotGranted, explain.Warning, args)
	}
	if q, err := resource.ParseQuantity(v.Quantity); err == nil && v.Origin != FromNode && !exact(u.field, q, u.divisor) {
		a.findUse(u, explain.RoundedUp, explain.Info, args)
	}
}

func (a *analysis) initLimitZero(u use, list, name string) bool {
	if !u.env || u.of == "" || list != limits || !defaulted(name) || a.values.regular(u.of) {
		return false
	}
	c := a.container(u.of)
	q := c.Resources.Limits[resourceName(name)]
	return q.IsZero()
}

// notGranted says whether a file shows what a resize asks for and has not got.
func (a *analysis) notGranted(u use, v Value, args map[string]string) bool {
	c := a.container(u.owner())
	if u.env || c == nil || !resizePending(a.pod) {
		return false
	}
	granted := a.values.resourceRef(u.field, u.divisor, c, false, false)
	args["granted"] = withUnit(granted, u.answer().Divisor)
	return granted.Text != v.Text
}

func withUnit(v Value, divisor string) string {
	switch {
	case v.State != "":
		return "<" + string(v.State) + ">"
	case divisor == "1" || divisor == "":
		return v.Text
	default:
		return fmt.Sprintf("%s (in units of %s)", v.Text, divisor)
	}
}

// identity finds a UID that the API does not show.
func (a *analysis) identity(u use, v Value) {
	if u.field == "metadata.uid" && v.Origin == FromKubelet {
		a.findUse(u, explain.StaticPodIdentity, explain.Info, map[string]string{"uid": v.Text, "shown": string(a.pod.UID)})
	}
}

// evidence is where a use stands in the Pod, and, of what may be older than the Pod,
// since when its container runs.
func (a *analysis) evidence(u use) []explain.Evidence {
	where := a.view.Object.words()
	kind := "fieldRef " + u.field
	if u.isResource {
		kind = strings.TrimSpace("resourceFieldRef " + u.field + " " + u.of)
	}
	what := fmt.Sprintf("volume %s, path %s: %s", u.volume, u.item, kind)
	if u.env {
		what = fmt.Sprintf("container %s, env %s: %s", u.container, u.name, kind)
	}
	return []explain.Evidence{{Where: where, What: what}}
}

// since is the start of the container that holds an older value.
func (a *analysis) since(u use) []explain.Evidence {
	for _, s := range slices.Concat(a.pod.Status.InitContainerStatuses, a.pod.Status.ContainerStatuses) {
		if s.Name == u.container && s.State.Running != nil {
			return []explain.Evidence{{Where: a.view.Object.words(), What: fmt.Sprintf("container %s runs since %s, restarts %d",
				s.Name, s.State.Running.StartedAt.UTC().Format("2006-01-02T15:04:05Z"), s.RestartCount)}}
		}
	}
	return nil
}
