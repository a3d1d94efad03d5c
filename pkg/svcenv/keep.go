package svcenv

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// keep decides which values of a process's environment may leave it. A value stays where it
// is one of these, and no Secret could have given the variable:
//
//   - what the kubelet gives by the API now, or gave by the Services that the process knows;
//   - an address, a port, a protocol or a URL of these, in a variable of a Service.
//
// Of a variable that a Secret of envFrom may have given, the value stays only where it is
// the one that a Service or a ConfigMap gives. Of all others the name and the length stay.
func keep(s *snapshot.Snapshot, pod *corev1.Pod, c *corev1.Container, entries []entry) []snapshot.VariableReading {
	set := linksOf(Linked(s.Services, pod.Namespace, linksEnabled(pod)))
	k := &keeper{now: predict(s, pod, c, set.byName), set: set, members: map[string]string{}}
	k.group(entries)
	then := map[string]Link{}
	for _, e := range entries {
		if _, twice := then[e.name]; !twice && k.ofService(e) {
			then[e.name] = Link{Name: e.name, Value: e.value, Port: -1}
		}
	}
	k.then = predict(s, pod, c, then)
	var out []snapshot.VariableReading
	for _, e := range entries {
		r := snapshot.VariableReading{Name: e.name, Bytes: e.bytes}
		if e.name != "" && (k.ofService(e) || k.given(e)) {
			r.Value = &e.value
		}
		out = append(out, r)
	}
	return out
}

type keeper struct {
	now, then prediction
	set       linkSet
	// members are the variables of Services that are known from their variables only.
	members map[string]string
}

func (k *keeper) group(entries []entry) {
	values := map[string]string{}
	var names []string
	for _, e := range entries {
		if _, twice := values[e.name]; e.name != "" && !twice {
			values[e.name] = e.value
			names = append(names, e.name)
		}
	}
	for _, g := range groups(names, func(name string) *string { v := values[name]; return &v }) {
		for _, name := range g.names {
			k.members[name] = values[name]
		}
	}
}

// ofService says whether a string is the variable of a Service with a value of its kind.
func (k *keeper) ofService(e entry) bool {
	g := k.now.vars[e.name]
	if k.now.secretNames[e.name] || g != nil && g.source != FromService {
		return false
	}
	link, live := k.set.byName[e.name]
	candidates := append([]Link{link}, k.set.either[e.name]...)
	if live && slices.ContainsFunc(candidates, func(l Link) bool { return l.Value == e.value }) {
		return true
	}
	if k.now.ofSecret(e.name) {
		return false
	}
	if live && kindOf(e.name[len(variablePrefix(link.Service.Name)):]).fits(e.value) {
		return true
	}
	value, member := k.members[e.name]
	return member && value == e.value
}

// given says whether the value is one that the kubelet computes from what everybody may see
// who may see the Pod and its ConfigMaps.
func (k *keeper) given(e entry) bool {
	if k.now.secretNames[e.name] {
		return false
	}
	for _, p := range []*prediction{&k.now, &k.then} {
		if g := p.vars[e.name]; g != nil && g.known && !g.secret && g.text == e.value {
			return true
		}
	}
	return false
}

// linksEnabled is the Pod's enableServiceLinks, whose default is true
// (pkg/apis/core/v1/defaults.go, SetDefaults_PodSpec).
func linksEnabled(pod *corev1.Pod) bool {
	return pod.Spec.EnableServiceLinks == nil || *pod.Spec.EnableServiceLinks
}
