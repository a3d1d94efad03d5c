package downward

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	fakediscovery "k8s.io/client-go/discovery/fake"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	kk "github.com/kubectl-kk/kubectl-kk"
	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// containersInside are containers that can be read: by container and path what a file
// holds, by container why none can be.
type containersInside struct {
	files  map[string]string
	errors map[string]error
	asked  []string
}

func (c *containersInside) Files(_ context.Context, namespace, pod, container string, paths ...string) ([]kube.File, error) {
	c.asked = append(c.asked, namespace+"/"+pod+" "+container+": "+strings.Join(paths, " "))
	if err := c.errors[container]; err != nil {
		return nil, err
	}
	var out []kube.File
	for _, path := range paths {
		text, there := c.files[container+" "+path]
		f := kube.File{Path: path, Data: []byte(text)}
		if !there {
			f.Complaint = "cat: " + path + ": No such file or directory"
		}
		out = append(out, f)
	}
	return out, nil
}

// workload is an object of a kind that has the Pods with the label app=web.
func workload(kind string) runtime.Object {
	meta, selector := metav1.ObjectMeta{Namespace: "shop", Name: "web"}, &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	switch kind {
	case "Deployment":
		return &appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Selector: selector}}
	case "ReplicaSet":
		return &appsv1.ReplicaSet{ObjectMeta: meta, Spec: appsv1.ReplicaSetSpec{Selector: selector}}
	case "StatefulSet":
		return &appsv1.StatefulSet{ObjectMeta: meta, Spec: appsv1.StatefulSetSpec{Selector: selector}}
	case "DaemonSet":
		return &appsv1.DaemonSet{ObjectMeta: meta, Spec: appsv1.DaemonSetSpec{Selector: selector}}
	case "Job":
		return &batchv1.Job{ObjectMeta: meta, Spec: batchv1.JobSpec{Selector: selector}}
	default:
		return &corev1.ReplicationController{ObjectMeta: meta, Spec: corev1.ReplicationControllerSpec{Selector: selector.MatchLabels}}
	}
}

// apiServer is one of version 1.36.3, that refuses to get what is named.
func apiServer(refuses []string, objects ...runtime.Object) *fake.Clientset {
	client := fake.NewClientset(objects...)
	client.Discovery().(*fakediscovery.FakeDiscovery).FakedServerVersion = &version.Info{GitVersion: "v1.36.3"}
	for _, resource := range refuses {
		client.PrependReactor("get", resource, func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: resource}, "", nil)
		})
	}
	return client
}

func asked(client *fake.Clientset) (out []string) {
	for _, action := range client.Actions() {
		out = append(out, action.GetVerb()+" "+action.GetResource().Resource)
	}
	return out
}

var ofPod = Request{Namespace: "shop", Target: kube.Target{Kind: "Pod", Name: "web"}}

// TestRequests: what is asked of the API server is what the answer needs, and no more
// than four with the exec.
func TestRequests(t *testing.T) {
	withUse := func(pod *corev1.Pod) {
		pod.Spec.Containers[0].Env = []corev1.EnvVar{variable("POD_NAME", "metadata.name")}
	}
	unscheduled := func(pod *corev1.Pod) {
		withUse(pod)
		pod.Spec.NodeName, pod.Status = "", corev1.PodStatus{Phase: corev1.PodPending}
	}
	for what, c := range map[string]struct {
		change  func(*corev1.Pod)
		kind    string
		refuses []string
		none    bool // --via none
		want    []string
		execs   int
		version string
		missing []string
	}{
		"scheduled":        {withUse, "Pod", nil, false, []string{"get pods", "get nodes"}, 1, "v1.37.2", nil},
		"without a use":    {nil, "Pod", nil, false, []string{"get pods", "get nodes"}, 0, "v1.37.2", nil},
		"by the API only":  {withUse, "Pod", nil, true, []string{"get pods", "get nodes"}, 0, "v1.37.2", nil},
		"unscheduled":      {unscheduled, "Pod", nil, false, []string{"get pods", "get version"}, 0, "v1.36.3", nil},
		"nodes refused":    {withUse, "Pod", []string{"nodes"}, false, []string{"get pods", "get nodes", "get version"}, 1, "v1.36.3", []string{"get node node-1"}},
		"all refused":      {withUse, "Pod", []string{"nodes", "version"}, false, []string{"get pods", "get nodes", "get version"}, 1, "", []string{"get node node-1", "get /version"}},
		"of a Deployment":  {withUse, "Deployment", nil, false, []string{"get deployments", "list pods", "get nodes"}, 1, "v1.37.2", nil},
		"of a ReplicaSet":  {withUse, "ReplicaSet", nil, false, []string{"get replicasets", "list pods", "get nodes"}, 1, "v1.37.2", nil},
		"of a StatefulSet": {withUse, "StatefulSet", nil, false, []string{"get statefulsets", "list pods", "get nodes"}, 1, "v1.37.2", nil},
		"of a DaemonSet":   {withUse, "DaemonSet", nil, false, []string{"get daemonsets", "list pods", "get nodes"}, 1, "v1.37.2", nil},
		"of a Job":         {withUse, "Job", nil, false, []string{"get jobs", "list pods", "get nodes"}, 1, "v1.37.2", nil},
		"of a controller":  {withUse, "ReplicationController", nil, false, []string{"get replicationcontrollers", "list pods", "get nodes"}, 1, "v1.37.2", nil},
	} {
		t.Run(what, func(t *testing.T) {
			client := apiServer(c.refuses, podWith(c.change), nodeOne(), workload(c.kind))
			inside := &containersInside{}
			src := Source{Client: client, Reader: inside, Taken: time.Unix(0, 0)}
			if c.none {
				src.Reader = nil
			}
			req := Request{Namespace: "shop", Target: kube.Target{Kind: c.kind, Name: "web"}}
			s, err := Gather(context.Background(), src, req)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, asked(client)); diff != "" {
				t.Errorf("requests (-want +got)\n%s", diff)
			}
			if len(inside.asked) != c.execs || len(client.Actions())+len(inside.asked) > 4 {
				t.Errorf("%d requests, and by exec %v", len(client.Actions()), inside.asked)
			}
			view, err := Analyze(s, req)
			if err != nil {
				t.Fatal(err)
			}
			var missing []string
			for _, m := range view.NotChecked {
				missing = append(missing, m.What)
				if m.Allow == nil || !slices.Contains(m.Allow.Verbs, "get") {
					t.Errorf("%s: the rule that would allow it is %v", m.What, m.Allow)
				}
			}
			if view.Object.Version != c.version || !slices.Equal(missing, c.missing) {
				t.Errorf("version %q, missing %v; want %q, %v", view.Object.Version, missing, c.version, c.missing)
			}
			if c.kind != "Pod" && view.Object.Of != strings.ToLower(c.kind)+"/web, 1 of 1 Pods" {
				t.Errorf("picked from %q", view.Object.Of)
			}
			allowed(t, client)
		})
	}
}

// allowed holds requests to the rules of plugins.yaml.
func allowed(t *testing.T, client *fake.Clientset) {
	t.Helper()
	command, ok := kk.Command("downward")
	if !ok {
		t.Fatal("plugins.yaml has no downward")
	}
	for _, action := range client.Actions() {
		found := action.GetResource().Resource == "version" // which everybody may ask for
		for _, access := range command.RBAC {
			if access.Namespace != "" && action.GetNamespace() != "shop" || access.Namespace == "" && action.GetNamespace() != "" {
				continue
			}
			found = found || slices.ContainsFunc(access.Rules, func(r rbacv1.PolicyRule) bool {
				return slices.Contains(r.Verbs, action.GetVerb()) && slices.Contains(r.Resources, action.GetResource().Resource) &&
					slices.Contains(r.APIGroups, action.GetResource().Group)
			})
		}
		if !found {
			t.Errorf("%s %s in %q is not in plugins.yaml", action.GetVerb(), action.GetResource().Resource, action.GetNamespace())
		}
	}
}

// TestContainerThatIsNot is found out before anything else is read.
func TestContainerThatIsNot(t *testing.T) {
	client := apiServer(nil, podWith(nil), nodeOne())
	req := ofPod
	req.Container = "ap"
	_, err := Gather(context.Background(), Source{Client: client, Reader: &containersInside{}}, req)
	if err == nil || err.Error() != "--container=ap: pod shop/web has no such container; its containers: app" || len(client.Actions()) != 1 {
		t.Errorf("%v after %v", err, asked(client))
	}
}

func recorded(t *testing.T, s *snapshot.Snapshot) string {
	t.Helper()
	var out bytes.Buffer
	if err := snapshot.Encode(&out, s); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
