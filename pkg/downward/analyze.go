package downward

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/version"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Analyze judges what was read. The same snapshot and request give the same answer,
// byte for byte. Its error says that the snapshot does not hold the Pod or container.
func Analyze(s *snapshot.Snapshot, req Request) (*View, error) {
	pod, err := s.PodOf(req.Namespace, req.Target.String())
	if err != nil {
		return nil, err
	}
	if err := req.checkContainer(pod); err != nil {
		return nil, err
	}
	a := newAnalysis(s, pod)
	a.view.Object = Object{
		Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name, Container: req.Container, Of: s.PickedFrom,
		Node: pod.Spec.NodeName, Phase: string(pod.Status.Phase), Version: kubernetesVersion(s, pod),
	}
	a.view.NotChecked = s.Missing
	a.minor = minorOf(a.view.Object.Version)
	a.values.minor = a.minor
	uses := usesOf(&pod.Spec, req.Container)
	a.values.seen = a.firstSeen(uses)
	for _, u := range uses {
		a.view.Uses = append(a.view.Uses, a.use(u))
	}
	a.notMounted(uses)
	a.containersNotRead(uses)
	a.view.Fields = a.fields(uses, req.Container)
	explain.Sort(a.view.Findings)
	return a.view, nil
}

// analysis is one run of Analyze, or of AnalyzeTemplate.
type analysis struct {
	s      *snapshot.Snapshot
	pod    *corev1.Pod
	values *values
	// minor is the version whose rules count, 0 where not known.
	minor int
	view  *View
}

func newAnalysis(s *snapshot.Snapshot, pod *corev1.Pod) *analysis {
	v := &values{pod: pod}
	if node := s.Node(pod.Spec.NodeName); node != nil {
		v.allocatable = node.Status.Allocatable
	}
	return &analysis{s: s, pod: pod, values: v, view: &View{
		APIVersion: APIVersion, Kind: Kind, Fields: []Field{}, Uses: []Use{}, Findings: []explain.Finding{},
	}}
}

// kubernetesVersion is the kubelet's, which computes the values and is never newer than
// the API server (the version skew policy); of a Pod on no node the API server's.
func kubernetesVersion(s *snapshot.Snapshot, pod *corev1.Pod) string {
	if node := s.Node(pod.Spec.NodeName); node != nil && node.Status.NodeInfo.KubeletVersion != "" {
		return node.Status.NodeInfo.KubeletVersion
	}
	return s.ServerVersion
}

// minorOf is 37 for v1.37.2, 0 for what is no version of Kubernetes 1.
func minorOf(text string) int {
	v, err := version.ParseGeneric(text)
	if err != nil || v.Major() != 1 {
		return 0
	}
	return int(v.Minor())
}

// firstSeen finds in what was read the time that the kubelet alone knows.
func (a *analysis) firstSeen(uses []use) string {
	for _, u := range uses {
		has, _, _ := a.has(u)
		if has == nil {
			continue
		}
		switch {
		case u.field == annotations:
			if seen := seenIn(*has); seen != "" {
				return seen
			}
		case u.field == keyed(annotations, seenAnnotation):
			return *has
		}
	}
	return ""
}

// has is what a container holds for a use, nil where that was not read; from is what it
// was read from, complaint why a file was not to be read.
func (a *analysis) has(u use) (has *string, from, complaint string) {
	read := a.s.Container(a.pod.Namespace, a.pod.Name, u.container)
	if read == nil || read.NotRead != "" || u.hidden != "" || u.somewhere || u.secret || u.overridden {
		return nil, "", ""
	}
	if u.env {
		text, there := read.Variables[u.name]
		if !there {
			return nil, read.Environ, ""
		}
		return &text, read.Environ, ""
	}
	i := slices.IndexFunc(read.Files, func(f snapshot.FileReading) bool { return f.Path == u.name })
	if i < 0 {
		return nil, "", ""
	}
	if read.Files[i].Complaint != "" {
		return nil, u.name, read.Files[i].Complaint
	}
	return &read.Files[i].Text, u.name, ""
}

// find adds a finding about the Pod; one that says the same of another use names both.
func (a *analysis) find(f explain.Finding) {
	f.Subject = a.view.Object.words()
	for i := range a.view.Findings {
		if merge(&a.view.Findings[i], f) {
			return
		}
	}
	a.view.Findings = append(a.view.Findings, f)
}

func (o Object) words() string {
	if o.Namespace == "" {
		return o.Kind + " " + o.Name
	}
	return fmt.Sprintf("%s %s/%s", o.Kind, o.Namespace, o.Name)
}

// notMounted finds the files that no container sees, one finding a volume.
func (a *analysis) notMounted(uses []use) {
	files := map[string]string{}
	var volumes []string
	for _, u := range uses {
		if u.container != "" || u.env || u.overridden {
			continue
		}
		if files[u.volume] == "" {
			volumes = append(volumes, u.volume)
			files[u.volume] = u.item
		} else {
			files[u.volume] += ", " + u.item
		}
	}
	for _, volume := range volumes {
		a.find(explain.Finding{
			Code: explain.FilesNotMounted, Severity: explain.Info, Proof: explain.ProofAPI,
			Args: map[string]string{"volume": volume, "files": files[volume]},
		})
	}
}

// containersNotRead finds the containers with uses whose values nobody has seen.
func (a *analysis) containersNotRead(uses []use) {
	var done []string
	for _, u := range uses {
		read := a.s.Container(a.pod.Namespace, a.pod.Name, u.container)
		if u.container == "" || slices.Contains(done, u.container) || read == nil || read.NotRead == "" {
			continue
		}
		done = append(done, u.container)
		severity := explain.Warning
		if a.initDone(u.container) {
			severity = explain.Info
		}
		a.find(explain.Finding{
			Code: explain.ContainerNotRead, Severity: severity, Proof: explain.ProofNotChecked,
			Args: map[string]string{"container": u.container, "reason": read.NotRead},
		})
	}
}

// initDone says whether a container is one that had to end, and did.
func (a *analysis) initDone(container string) bool {
	return slices.ContainsFunc(a.pod.Status.InitContainerStatuses, func(s corev1.ContainerStatus) bool {
		return s.Name == container && s.State.Terminated != nil && s.State.Terminated.ExitCode == 0
	})
}
