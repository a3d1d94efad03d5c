package svcenv

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// find judges the whole: what a restart would change, what keeps it from happening, and
// what surprises.
func (a *analysis) find() {
	a.notRead()
	a.linksOff()
	if !a.replaced() {
		a.youngerServices()
		a.older()
	}
	a.goneServices()
	a.changedServices()
	a.twoServices()
	a.tooLarge()
	a.collisions()
	a.references()
	a.elsewhere()
	a.absent()
	a.notForShells()
}

// add adds a finding about the container.
func (a *analysis) add(code string, severity explain.Severity, proof explain.Proof, args map[string]string, seen ...explain.Evidence) {
	args["container"] = a.c.Name
	a.view.Findings = append(a.view.Findings, explain.Finding{
		Code: code, Severity: severity, Proof: proof, Subject: a.podWords(), Args: args, Evidence: seen,
	})
}

func (a *analysis) podWords() string { return "Pod " + a.pod.Namespace + "/" + a.pod.Name }

// proof is how what the container has is known.
func (a *analysis) proof() explain.Proof {
	if a.read() {
		return explain.ProofNode
	}
	return explain.ProofComputed
}

// maxListed is how many names a sentence holds.
const maxListed = 5

func listed(names []string) string {
	if len(names) > maxListed {
		return strings.Join(names[:maxListed], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

func (a *analysis) notRead() {
	if reason := a.view.Container.NotRead; reason != "" {
		a.add(explain.EnvironmentNotRead, explain.Warning, explain.ProofNotChecked, map[string]string{"reason": reason})
	}
	a.notListed(listServices(a.pod.Namespace), a.pod.Namespace+"/*")
	a.notListed(getAPIService, corev1.NamespaceDefault+"/"+apiService)
}

func (a *analysis) notListed(what, services string) {
	if a.unread(what) {
		a.add(explain.ServicesNotRead, explain.Warning, explain.ProofNotChecked, map[string]string{"services": services})
	}
}

func (a *analysis) linksOff() {
	if !linksEnabled(a.pod) {
		a.add(explain.LinksOff, explain.Info, explain.ProofAPI, map[string]string{"namespace": a.pod.Namespace},
			explain.Evidence{Where: a.podWords(), What: "spec.enableServiceLinks: false"})
	}
}

// services are those of a status, of the ones that are younger than the container, or not.
func (a *analysis) services(status Status, younger bool) []Service {
	var out []Service
	for _, s := range a.view.Services {
		if s.Status == status && s.Younger == younger {
			out = append(out, s)
		}
	}
	return out
}

func names(services []Service) []string {
	var out []string
	for _, s := range services {
		out = append(out, s.Name)
	}
	return out
}

// replaced finds a process that has none of what every container gets.
func (a *analysis) replaced() bool {
	if !a.read() || len(a.services(Added, false)) == 0 {
		return false
	}
	for _, s := range a.view.Services {
		if s.Status != Added {
			return false
		}
	}
	a.add(explain.EnvironmentReplaced, explain.Warning, explain.ProofNode, map[string]string{"file": a.reading.Environ})
	return true
}

func (a *analysis) youngerServices() {
	young := a.services(Added, true)
	if len(young) == 0 {
		return
	}
	count := 0
	for _, v := range a.view.Variables {
		if v.Source == FromService && v.Status == Added {
			count++
		}
	}
	args := map[string]string{"count": strconv.Itoa(len(young)), "services": listed(names(young)), "variables": strconv.Itoa(count)}
	seen := []explain.Evidence{a.since()}
	for _, s := range young[:min(len(young), maxListed)] {
		seen = append(seen, explain.Evidence{Where: s.words(), What: "creationTimestamp " + s.Created.Format(timeForm)})
	}
	a.add(explain.ServicesYounger, explain.Warning, a.proof(), args, seen...)
}

const timeForm = "2006-01-02T15:04:05Z"

func (s Service) words() string { return "Service " + s.Namespace + "/" + s.Name }

// since is when the container started.
func (a *analysis) since() explain.Evidence {
	return explain.Evidence{Where: a.podWords(), What: fmt.Sprintf("container %s runs since %s, restarts %d",
		a.c.Name, a.view.Container.StartedAt.Format(timeForm), a.view.Container.Restarts)}
}

// older finds Services that the container should have known and does not.
func (a *analysis) older() {
	if old := a.services(Added, false); len(old) > 0 && a.read() {
		a.add(explain.ServicesMissed, explain.Warning, explain.ProofNode, map[string]string{"services": listed(names(old))})
	}
}

func (a *analysis) goneServices() {
	var gone []Service
	for _, s := range a.view.Services {
		if s.Status == Removed {
			gone = append(gone, s)
		}
	}
	if len(gone) > 0 {
		a.add(explain.ServicesGone, explain.Warning, explain.ProofNode, map[string]string{
			"count": strconv.Itoa(len(gone)), "services": listed(names(gone)),
		}, a.firstOf(gone, Removed)...)
	}
}

// firstOf are the first variables of some Services that have a status, as evidence.
func (a *analysis) firstOf(services []Service, status Status) []explain.Evidence {
	var out []explain.Evidence
	for _, v := range a.view.Variables {
		if len(out) == maxListed {
			break
		}
		if v.Source != FromService || v.Status != status || v.Has == nil || !slices.ContainsFunc(services, func(s Service) bool { return s.words() == v.From }) {
			continue
		}
		out = append(out, explain.Evidence{Where: "container " + a.c.Name + " " + a.view.Container.ReadFrom, What: v.Name + v.Has.assigned()})
	}
	return out
}

// assigned is a value behind its name, where it may be shown.
func (v *Value) assigned() string {
	if v.Text == nil {
		return ""
	}
	return "=" + *v.Text
}

// changedServices finds Services whose address or ports are others now, with the first
// variable that shows it.
func (a *analysis) changedServices() {
	var changed []Service
	for _, s := range a.view.Services {
		if s.Status == Changed {
			changed = append(changed, s)
		}
	}
	shows := func(v Variable, s Service) bool {
		return v.From == s.words() && v.Status != Same && v.Status != NotCompared && !a.takenOver(v)
	}
	changed = slices.DeleteFunc(changed, func(s Service) bool {
		return !slices.ContainsFunc(a.view.Variables, func(v Variable) bool { return shows(v, s) })
	})
	if len(changed) == 0 {
		return
	}
	v := a.view.Variables[slices.IndexFunc(a.view.Variables, func(v Variable) bool { return shows(v, changed[0]) })]
	args := map[string]string{
		"count": strconv.Itoa(len(changed)), "services": listed(names(changed)), "variable": v.Name, "has": known(v.Has), "gets": known(v.Gets),
	}
	a.add(explain.ServiceChanged, explain.Warning, explain.ProofNode, args, a.firstOf(changed, v.Status)...)
}

// known is a value in a sentence, "-" for a variable that is not there.
func known(v *Value) string {
	if v == nil || v.Text == nil {
		return "-"
	}
	return *v.Text
}
