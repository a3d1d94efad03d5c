package svcenv

import (
	"bytes"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

var now = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// world is a small cluster: a Pod shop/web with a container app that started an hour ago.
type world struct {
	t         testing.TB
	pod       corev1.Pod
	services  []corev1.Service
	maps      []corev1.ConfigMap
	absent    []string
	missing   []snapshot.Missing
	environ   []string
	limits    string
	argv      *snapshot.ArgvReading
	notRead   string
	file      string
	showValue bool
}

func newWorld(t testing.TB) *world {
	t.Helper()
	started := metav1.NewTime(now.Add(-time.Hour))
	return &world{t: t, file: firstEnviron, services: []corev1.Service{service("default", "kubernetes", "10.0.0.1", "https 443/TCP")}, pod: corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"},
		Spec:       corev1.PodSpec{NodeName: "node-1", Containers: []corev1.Container{{Name: "app", Image: "app:1"}}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{
			Name: "app", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: started}},
		}}},
	}}
}

// service is one that is a day old; ports are like "http 80/TCP" or "53/UDP".
func service(namespace, name, ip string, ports ...string) corev1.Service {
	svc := corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, CreationTimestamp: metav1.NewTime(now.Add(-24 * time.Hour))},
		Spec:       corev1.ServiceSpec{ClusterIP: ip},
	}
	for _, text := range ports {
		p := corev1.ServicePort{}
		if before, after, named := strings.Cut(text, " "); named {
			p.Name, text = before, after
		}
		digits, protocol, _ := strings.Cut(text, "/")
		for _, d := range digits {
			p.Port = p.Port*10 + d - '0'
		}
		p.Protocol = corev1.Protocol(protocol)
		svc.Spec.Ports = append(svc.Spec.Ports, p)
	}
	return svc
}

func young(svc corev1.Service) corev1.Service {
	svc.CreationTimestamp = metav1.NewTime(now.Add(-10 * time.Minute))
	return svc
}

func (w *world) app() *corev1.Container { return &w.pod.Spec.Containers[0] }

// literal adds a variable to the manifest.
func (w *world) literal(name, value string) {
	w.app().Env = append(w.app().Env, corev1.EnvVar{Name: name, Value: value})
}

func (w *world) secret(name string, optional bool) {
	w.app().Env = append(w.app().Env, corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{
		SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "login"}, Key: "password", Optional: &optional},
	}})
}

func (w *world) key(name, configMap, key string, optional bool) {
	w.app().Env = append(w.app().Env, corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{
		ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: configMap}, Key: key, Optional: &optional},
	}})
}

func (w *world) fromSecret(prefix string) {
	w.app().EnvFrom = append(w.app().EnvFrom, corev1.EnvFromSource{Prefix: prefix, SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "login"}}})
}

func (w *world) fromConfigMap(prefix, name string, data map[string]string) {
	w.app().EnvFrom = append(w.app().EnvFrom, corev1.EnvFromSource{Prefix: prefix, ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}}})
	if data != nil {
		w.maps = append(w.maps, corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}, Data: data})
	}
}

// has gives the process the variables of Services as they are now.
func (w *world) has(services ...corev1.Service) {
	for i := range services {
		for _, l := range Links(&services[i]) {
			w.environ = append(w.environ, l.Name+"="+l.Value)
		}
	}
}

func (w *world) snapshot() *snapshot.Snapshot {
	s := &snapshot.Snapshot{
		APIVersion: snapshot.APIVersion, Kind: snapshot.Kind, Taken: now, Services: w.services, ConfigMaps: w.maps, Absent: w.absent,
		Missing: w.missing, Pods: []corev1.Pod{snapshot.SlimWithEnvironment(&w.pod)},
	}
	r := snapshot.ContainerReading{Namespace: "shop", Pod: "web", Container: "app", NotRead: w.notRead, Argv: w.argv}
	if w.limits != "" {
		r.Files = []snapshot.FileReading{{Path: firstLimits, Text: w.limits}}
	}
	if len(w.environ) > 0 {
		r.Environ = w.file
		r.Environment = keep(s, &w.pod, w.app(), parseEnviron([]byte(strings.Join(w.environ, "\x00")+"\x00")))
	}
	s.Containers = []snapshot.ContainerReading{r}
	return s
}

func (w *world) request() Request {
	return Request{Namespace: "shop", Target: kube.Target{Kind: "Pod", Name: "web"}, ShowValues: w.showValue}
}

// answer is through a file, as a recording is.
func (w *world) answer() *View {
	w.t.Helper()
	var file bytes.Buffer
	if err := snapshot.Encode(&file, w.snapshot()); err != nil {
		w.t.Fatal(err)
	}
	s, err := snapshot.Decode(&file)
	if err != nil {
		w.t.Fatal(err)
	}
	v, err := Analyze(s, w.request())
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func codes(v *View) string {
	var out []string
	for _, f := range v.Findings {
		out = append(out, strings.TrimPrefix(f.Code, "KK-ENV-"))
	}
	return strings.Join(out, " ")
}

func finding(t *testing.T, v *View, code string) explain.Finding {
	t.Helper()
	for _, f := range v.Findings {
		if f.Code == code {
			return f
		}
	}
	t.Fatalf("no %s among %s", code, codes(v))
	return explain.Finding{}
}

func variable(t *testing.T, v *View, name string) Variable {
	t.Helper()
	for _, variable := range v.Variables {
		if variable.Name == name {
			return variable
		}
	}
	t.Fatalf("no variable %s", name)
	return Variable{}
}

func text1(v *Value) string {
	switch {
	case v == nil:
		return "-"
	case v.Text == nil:
		return "hidden"
	default:
		return *v.Text
	}
}
