package svcenv

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// variables puts what the container has beside what it would get: Service by Service, then
// the others by name.
func (a *analysis) variables() {
	seen := map[string]bool{}
	add := func(v Variable) Status {
		seen[v.Name] = true
		a.view.Variables = append(a.view.Variables, v)
		if a.takenOver(v) {
			return Added // what the process has is not the Service's
		}
		return v.Status
	}
	old := a.groups()
	for _, svc := range a.linked {
		var statuses []Status
		for _, v := range a.linksOf(svc, old[variablePrefix(svc.Name)]) {
			if !seen[v.Name] {
				statuses = append(statuses, add(v))
			}
		}
		delete(old, variablePrefix(svc.Name))
		a.service(svc, statuses)
	}
	for _, prefix := range slices.Sorted(maps.Keys(old)) {
		a.goneService(group{prefix: prefix, names: old[prefix]}, func(v Variable) {
			if !seen[v.Name] {
				add(v)
			}
		})
	}
	for _, name := range a.names() {
		switch g := a.next.vars[name]; {
		case seen[name]:
		case g != nil:
			add(a.ofGiven(g))
		default:
			add(a.other(a.has[name]))
		}
	}
}

// linksOf are the variables that a Service gives and no one else does, and those of old
// that it gave before.
func (a *analysis) linksOf(svc *corev1.Service, old []string) []Variable {
	var out []Variable
	for _, l := range Links(svc) {
		if g := a.next.vars[l.Name]; g.source == FromService && g.link.Service == svc {
			out = append(out, a.ofLink(g))
		}
	}
	for _, name := range old {
		if a.next.vars[name] == nil {
			out = append(out, a.gone(name, serviceWords(svc), Removed))
		}
	}
	return out
}

// names are the variables that the container has or would get, sorted.
func (a *analysis) names() []string {
	names := a.next.names()
	for name := range a.has {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// groups are the variables of Services that the process has, by the beginning of their names.
func (a *analysis) groups() map[string][]string {
	var names []string
	for name, e := range a.has {
		g := a.next.vars[name]
		if (g == nil || g.source == FromService) && (e.Value != nil || a.next.ofSecret(name)) {
			names = append(names, name)
		}
	}
	out := map[string][]string{}
	for _, g := range groups(names, func(name string) *string { return a.has[name].Value }) {
		out[g.prefix] = g.names
	}
	return out
}

// service adds a Service that gives variables now.
func (a *analysis) service(svc *corev1.Service, statuses []Status) {
	created := svc.CreationTimestamp.UTC()
	out := Service{
		Namespace: svc.Namespace, Name: svc.Name, ClusterIP: svc.Spec.ClusterIP, Created: &created,
		Younger: a.younger(svc), Status: together(statuses),
	}
	if !created.IsZero() {
		out.Age = duration.HumanDuration(a.age(created))
	}
	a.view.Services = append(a.view.Services, out)
}

// together is the status of a Service by those of its variables; one that could not be
// compared says nothing against the others.
func together(statuses []Status) Status {
	if len(statuses) == 0 {
		return Same // the manifest defines them all
	}
	out := NotCompared
	for _, s := range statuses {
		switch {
		case s == NotCompared || s == out:
		case out == NotCompared:
			out = s
		default:
			return Changed
		}
	}
	return out
}

// goneService adds a Service that is known from the variables in the process only: it is
// gone, or gives none any more, or Services could not be read.
func (a *analysis) goneService(g group, add func(Variable)) {
	svc := Service{Namespace: a.pod.Namespace, Name: g.service(), Status: Removed}
	switch {
	case a.unread(listServices(a.pod.Namespace)):
		svc.Status = NotCompared
	case svc.Name == apiService:
		svc.Namespace = corev1.NamespaceDefault
		if a.unread(getAPIService) {
			svc.Status = NotCompared
		}
	}
	if host := a.has[g.prefix+"_SERVICE_HOST"].Value; host != nil {
		svc.ClusterIP = *host
	}
	a.view.Services = append(a.view.Services, svc)
	for _, name := range g.names {
		add(a.gone(name, "Service "+svc.Namespace+"/"+svc.Name, svc.Status))
	}
}

// gone is the variable of a Service that does not give it now, as far as that is known.
func (a *analysis) gone(name, from string, status Status) Variable {
	v := Variable{Name: name, Source: FromService, From: from, Port: a.portByName(name), Has: valueOf(a.has[name]), Status: status}
	if status == NotCompared {
		v.Gets = valueOf(a.has[name])
	}
	return v
}

// portByName is the port that a variable is of whose Service cannot be asked.
func (a *analysis) portByName(name string) string {
	if m := ofPort.FindStringSubmatch(name[max(0, strings.LastIndex(name, "_PORT_")):]); m != nil {
		return m[1] + "/" + m[2]
	}
	if prefix, end, ok := strings.Cut(name, "_SERVICE_PORT_"); ok && prefix != "" {
		return strings.ToLower(strings.ReplaceAll(end, "_", "-")) + " " + known(valueOf(a.has[name]))
	}
	link := strings.TrimSuffix(strings.TrimSuffix(name, "_PORT"), "_SERVICE") + "_PORT"
	if value := a.has[link].Value; value != nil && strings.HasSuffix(name, "_PORT") {
		protocol, rest, _ := strings.Cut(*value, "://")
		return rest[strings.LastIndex(rest, ":")+1:] + "/" + strings.ToUpper(protocol)
	}
	return ""
}

// ofLink is the variable of a Service.
func (a *analysis) ofLink(g *given) Variable {
	v := Variable{Name: g.name, Source: FromService, From: g.from, Port: portWords(g.link.Service, g.link.Port), Gets: text(g.text)}
	e, there := a.has[g.name]
	switch {
	case !a.read() && a.younger(g.link.Service):
		v.Status = Added
		return v
	case !a.read():
		v.Status = NotRead
		return v
	case !there:
		v.Status = Added
		return v
	}
	v.Has = valueOf(e)
	switch {
	case e.Value == nil && g.maybe:
		v.Status, v.Gets = NotCompared, valueOf(e)
	case e.Value == nil:
		v.Status = Changed
	case *e.Value == g.text || slices.ContainsFunc(a.set.either[g.name], func(l Link) bool { return l.Value == *e.Value }):
		v.Status = Same
	default:
		v.Status = Changed
	}
	return v
}

// other is a variable of the process that nothing in the manifest gives by name.
func (a *analysis) other(e snapshot.VariableReading) Variable {
	return Variable{Name: e.Name, Source: FromOther, Has: valueOf(e), Gets: valueOf(e), Status: Kept}
}
