//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-kk/kubectl-kk/pkg/downward"
)

// view runs downward and returns its answer. The exit status must be the wanted one.
func view(t *testing.T, wantExit int, args ...string) *downward.View {
	t.Helper()
	return viewFrom(t, wantExit, kk(t, append([]string{"downward", "-o", "json"}, args...)...))
}

func viewFrom(t *testing.T, wantExit int, got result) *downward.View {
	t.Helper()
	if got.exit != wantExit {
		t.Fatalf("exit %d, want %d\n%s%s", got.exit, wantExit, got.stdout, got.stderr)
	}
	var v downward.View
	if err := json.Unmarshal([]byte(got.stdout), &v); err != nil {
		t.Fatalf("the answer is not JSON: %v\n%s%s", err, got.stdout, got.stderr)
	}
	return &v
}

// api is a client that is not kk's.
func api(t *testing.T) kubernetes.Interface {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	config.QPS, config.Burst = 100, 300
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// running starts a Pod, waits until it is ready, and deletes it after the test.
func running(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	text, err := yaml.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, string(text))
	kubectl(t, "wait", "--for=condition=Ready", "pod/"+pod.Name, "-n", pod.Namespace, "--timeout=60s")
}

// accepted asks the API server whether it would take a Pod, by a dry run.
func accepted(t *testing.T, client kubernetes.Interface, pod *corev1.Pod) (bool, string) {
	t.Helper()
	pod.Name, pod.Namespace = "kk-dry-run", "default"
	_, err := client.CoreV1().Pods("default").Create(context.Background(), pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	switch {
	case err == nil:
		return true, ""
	case apierrors.IsInvalid(err):
		return false, err.Error()
	}
	t.Fatalf("a dry run: %v", err)
	return false, ""
}

// withUses is a Pod with one container app that takes fields by variables V0, V1, … and
// by the files /kk/0, /kk/1, …
func withUses(env, files []downward.Field) *corev1.Pod {
	c := corev1.Container{Name: "app", Image: "curl:1", ImagePullPolicy: corev1.PullIfNotPresent}
	volume := corev1.Volume{Name: "kk", VolumeSource: corev1.VolumeSource{DownwardAPI: &corev1.DownwardAPIVolumeSource{}}}
	for i, f := range env {
		v := corev1.EnvVar{Name: fmt.Sprintf("V%d", i), ValueFrom: &corev1.EnvVarSource{}}
		if f.Group == downward.Resources {
			v.ValueFrom.ResourceFieldRef = &corev1.ResourceFieldSelector{Resource: f.Field, ContainerName: f.Container}
		} else {
			v.ValueFrom.FieldRef = &corev1.ObjectFieldSelector{FieldPath: f.Field}
		}
		c.Env = append(c.Env, v)
	}
	for i, f := range files {
		item := corev1.DownwardAPIVolumeFile{Path: fmt.Sprint(i)}
		if f.Group == downward.Resources {
			item.ResourceFieldRef = &corev1.ResourceFieldSelector{Resource: f.Field, ContainerName: f.Container}
		} else {
			item.FieldRef = &corev1.ObjectFieldSelector{FieldPath: f.Field}
		}
		volume.DownwardAPI.Items = append(volume.DownwardAPI.Items, item)
	}
	c.VolumeMounts = []corev1.VolumeMount{{Name: "kk", MountPath: "/kk"}}
	now := int64(0)
	return &corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		Spec: corev1.PodSpec{
			NodeSelector: map[string]string{"kubernetes.io/hostname": workNode}, TerminationGracePeriodSeconds: &now,
			Containers: []corev1.Container{c}, Volumes: []corev1.Volume{volume},
		},
	}
}

// printed are what a container itself says it has: its variables and files.
type printed struct {
	t                         *testing.T
	namespace, pod, container string
	variables                 map[string]string
}

func inside(t *testing.T, namespace, pod, container string) *printed {
	t.Helper()
	p := &printed{t: t, namespace: namespace, pod: pod, container: container, variables: map[string]string{}}
	for _, entry := range strings.Split(kubectl(t, "exec", "-n", namespace, pod, "-c", container, "--", "cat", "/proc/1/environ"), "\x00") {
		name, text, _ := strings.Cut(entry, "=")
		p.variables[name] = text
	}
	return p
}

func (p *printed) value(u downward.Use) string {
	p.t.Helper()
	if u.As == "env" {
		text, there := p.variables[u.Name]
		if !there {
			p.t.Errorf("container %s has no variable %s", p.container, u.Name)
		}
		return text
	}
	return kubectl(p.t, "exec", "-n", p.namespace, p.pod, "-c", p.container, "--", "cat", u.Name)
}

// holds compares every use of an answer with what its container prints, byte for byte.
func holds(t *testing.T, v *downward.View) {
	t.Helper()
	containers := map[string]*printed{}
	for _, u := range v.Uses {
		if u.Token {
			continue
		}
		if containers[u.Container] == nil {
			containers[u.Container] = inside(t, v.Object.Namespace, v.Object.Name, u.Container)
		}
		if got := containers[u.Container].value(u); got != u.Should.Text || u.Should.State != "" || u.Status != downward.Holds {
			t.Errorf("%s %s (%s): the container prints %.200q, kk says %.200q, %s, %s", u.Container, u.Name, u.Field, got, u.Should.Text, u.Should.State, u.Status)
		}
	}
}

// found are the codes of an answer's findings.
func found(v *downward.View) []string {
	out := []string{}
	for _, f := range v.Findings {
		out = append(out, f.Code)
	}
	return out
}

// eventuallyView asks until an answer is as wanted, and returns it.
func eventuallyView(t *testing.T, what string, wanted func(*downward.View) bool, args ...string) *downward.View {
	t.Helper()
	var last *downward.View
	eventually(t, 90*time.Second, what, func() bool {
		last = viewFrom(t, 0, kk(t, append([]string{"downward", "-o", "json"}, args...)...))
		return wanted(last)
	})
	return last
}

// has says whether an answer has a finding about a variable or a file.
func has(v *downward.View, code, name string) bool {
	for _, f := range v.Findings {
		if f.Code == code && slices.Contains([]string{f.Args["variable"], f.Args["file"], ""}, name) {
			return true
		}
	}
	return false
}
