package svcenv

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// What Gather notes as missing, and Analyze looks for.
const getAPIService = "get service default/kubernetes"

func listServices(namespace string) string { return "list services in namespace " + namespace }

// Analyze judges what was read. The same snapshot and request give the same answer,
// byte for byte. Its error says that the snapshot does not hold the Pod or container.
func Analyze(s *snapshot.Snapshot, req Request) (*View, error) {
	pod, err := s.PodOf(req.Namespace, req.Target.String())
	if err != nil {
		return nil, err
	}
	c, err := req.container(pod)
	if err != nil {
		return nil, err
	}
	a := newAnalysis(s, pod, c)
	a.variables()
	a.size()
	a.find()
	if !req.ShowValues {
		a.hide()
	}
	explain.Sort(a.view.Findings)
	return a.view, nil
}

// analysis is one run of Analyze.
type analysis struct {
	s       *snapshot.Snapshot
	pod     *corev1.Pod
	c       *corev1.Container
	reading *snapshot.ContainerReading
	// linked are the Services whose variables the kubelet gives, set their variables.
	linked []*corev1.Service
	set    linkSet
	// next is what it gives to a container that starts now.
	next prediction
	// has is what the process has: of a name that is there twice the first, as getenv(3).
	has  map[string]snapshot.VariableReading
	view *View
}

func newAnalysis(s *snapshot.Snapshot, pod *corev1.Pod, c *corev1.Container) *analysis {
	a := &analysis{s: s, pod: pod, c: c, reading: s.Container(pod.Namespace, pod.Name, c.Name), has: map[string]snapshot.VariableReading{}}
	a.linked = Linked(s.Services, pod.Namespace, linksEnabled(pod))
	a.set = linksOf(a.linked)
	a.next = predict(s, pod, c, a.set.byName)
	for _, e := range a.environment() {
		if _, twice := a.has[e.Name]; e.Name != "" && !twice {
			a.has[e.Name] = e
		}
	}
	a.view = &View{
		APIVersion: APIVersion, Kind: Kind, Services: []Service{}, Variables: []Variable{}, Findings: []explain.Finding{},
		NotChecked: s.Missing,
		Object: Object{
			Namespace: pod.Namespace, Name: pod.Name, Of: s.PickedFrom, Node: pod.Spec.NodeName, Phase: string(pod.Status.Phase),
		},
		Container: Container{Name: c.Name, ServiceLinks: linksEnabled(pod)},
	}
	a.containerState()
	return a
}

func (a *analysis) containerState() {
	out := &a.view.Container
	for _, c := range containers(&a.pod.Spec) {
		if c.Name != a.c.Name {
			out.Others = append(out.Others, c.Name)
		}
	}
	if status := statusOf(a.pod, a.c.Name); status != nil {
		out.Restarts = status.RestartCount
		if status.State.Running != nil {
			started := status.State.Running.StartedAt.UTC()
			out.StartedAt = &started
		}
	}
	if a.reading == nil {
		out.NotRead = cannot(a.pod, a.c.Name)
		return
	}
	out.ReadFrom, out.NotRead = a.reading.Environ, a.reading.NotRead
}

// read says whether it is known what the process has.
func (a *analysis) read() bool {
	return a.reading != nil && a.reading.Environ != "" && a.reading.NotRead == ""
}

// environment is what the process has, without what the shell has added by which it was
// read.
func (a *analysis) environment() []snapshot.VariableReading {
	if a.reading == nil {
		return nil
	}
	if a.reading.Environ != ownEnviron {
		return a.reading.Environment
	}
	var out []snapshot.VariableReading
	for _, e := range a.reading.Environment {
		if !slices.Contains(shellNames, e.Name) || a.next.vars[e.Name] != nil {
			out = append(out, e)
		}
	}
	return out
}

// unread says whether something was asked for and not given.
func (a *analysis) unread(what string) bool {
	return slices.ContainsFunc(a.s.Missing, func(m snapshot.Missing) bool { return m.What == what })
}

// younger says whether a Service came after the container had started. Both times are in
// whole seconds.
func (a *analysis) younger(svc *corev1.Service) bool {
	started := a.view.Container.StartedAt
	return started != nil && svc.CreationTimestamp.After(*started)
}

// hide takes the values of variables that are no Service's out of the answer.
func (a *analysis) hide() {
	for i := range a.view.Variables {
		v := &a.view.Variables[i]
		if v.Source == FromService {
			continue
		}
		v.Expression = ""
		for _, value := range []*Value{v.Has, v.Gets} {
			if value != nil {
				value.Text = nil
			}
		}
	}
}

// age is how old something was when the cluster was read.
func (a *analysis) age(created time.Time) time.Duration { return max(0, a.s.Taken.Sub(created)) }
