//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcenv"
)

// envServices are Services of every form, as manifests.
var envServices = map[string]string{
	"kk-plain":    `{ports: [{port: 80, targetPort: 3000}]}`,
	"kk-many":     `{ports: [{name: web-in, port: 80}, {name: dns, port: 53, protocol: UDP}, {name: sig, port: 9999, protocol: SCTP}]}`,
	"kk-nodeport": `{type: NodePort, ports: [{name: http, port: 8080}]}`,
	"kk-dual":     `{ipFamilyPolicy: PreferDualStack, ports: [{port: 81}]}`,
	"kk-headless": `{clusterIP: None, ports: [{port: 80}]}`,
	"kk-external": `{type: ExternalName, externalName: example.com}`,
}

// TestEnvPrintenv holds the answer to what the process prints, for Services of every form
// that are older than the Pod, for those that come, go and change while it runs, and after a
// restart.
func TestEnvPrintenv(t *testing.T) {
	const ns = "kk-env"
	envNamespace(t, ns)
	for name, spec := range envServices {
		envService(t, ns, name, spec)
	}
	pod := envPod(ns, "web",
		corev1.EnvVar{Name: "URL", Value: "http://$(KK_PLAIN_SERVICE_HOST):$(KK_PLAIN_SERVICE_PORT)"},
		corev1.EnvVar{Name: "ESCAPED", Value: "$$(KK_PLAIN_SERVICE_HOST) $(NOBODY) $"},
		corev1.EnvVar{Name: "KK_MANY_PORT", Value: "80"},
		corev1.EnvVar{Name: "SELF", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}},
	)
	running(t, pod)
	knows(t, ns, "KK_PLAIN_PORT", "KK_MANY_SERVICE_HOST", "KK_NODEPORT_PORT", "KK_DUAL_PORT", "KUBERNETES_PORT")
	v := environment(t, 0, "web", "-n", ns)
	agreesWithProcess(t, v)
	for name := range envServices {
		want := svcenv.Same
		if name == "kk-headless" || name == "kk-external" {
			want = ""
		}
		if got := envStatus(v, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if !slices.Equal(envFound(v), []string{explain.ReferenceUnresolved, explain.LinkHidden}) {
		t.Errorf("findings %v", envFound(v))
	}

	// Ages are in whole seconds: what is created in the second of the start is not younger.
	eventually(t, 5*second, "a second passes", func() bool { return time.Since(*v.Container.StartedAt) > 2*second })
	envService(t, ns, "kk-late", `{ports: [{name: http, port: 8000}]}`)
	kubectl(t, "delete", "service", "-n", ns, "kk-nodeport")
	kubectl(t, "patch", "service", "-n", ns, "kk-plain", "--type=json", "-p", `[{"op":"replace","path":"/spec/ports/0/port","value":82}]`)
	v = environment(t, 0, "web", "-n", ns)
	agreesWithProcess(t, v)
	for name, want := range map[string]svcenv.Status{
		"kk-late": svcenv.Added, "kk-nodeport": svcenv.Removed, "kk-plain": svcenv.Changed, "kk-many": svcenv.Same, "kubernetes": svcenv.Same,
	} {
		if got := envStatus(v, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, code := range []string{explain.ServicesYounger, explain.ServicesGone, explain.ServiceChanged, explain.ReferenceOld} {
		envFinding(t, v, code)
	}
	// The kubelet has heard of the changes once a container has the new Service's variables.
	knows(t, ns, "KK_LATE_PORT")
	eventually(t, 60*second, "the kubelet knows that one is gone", func() bool {
		_, there := inside(t, ns, "web", "app").variables["KK_NODEPORT_PORT"]
		if there {
			restarted(t, ns, "web")
		}
		return !there
	})
	asPredicted(t, v)
	after := environment(t, 0, "web", "-n", ns)
	agreesWithProcess(t, after)
	if slices.ContainsFunc(after.Services, func(s svcenv.Service) bool { return s.Status != svcenv.Same }) {
		t.Errorf("after the restart: %+v", after.Services)
	}
	if before := v.Size.AfterRestart; before.Count != after.Size.Now.Count || before.Total != after.Size.Now.Total {
		t.Errorf("the size was to be %+v, and is %+v", before, after.Size.Now)
	}
}

// TestEnvLinksOff: only the variables of the API server are left.
func TestEnvLinksOff(t *testing.T) {
	pod, off := envPod("default", "kk-links-off"), false
	pod.Spec.EnableServiceLinks = &off
	running(t, pod)
	v := environment(t, 0, "kk-links-off")
	agreesWithProcess(t, v)
	if len(v.Services) != 1 || v.Services[0].Name != "kubernetes" || v.Services[0].Status != svcenv.Same || !slices.Equal(envFound(v), []string{explain.LinksOff}) {
		t.Errorf("%+v, findings %v", v.Services, envFound(v))
	}
}

// TestEnvOwnKubernetes: a Service of that name in the Pod's namespace takes the place of the
// API server's.
func TestEnvOwnKubernetes(t *testing.T) {
	const ns = "kk-env-own"
	envNamespace(t, ns)
	envService(t, ns, "kubernetes", `{ports: [{port: 1234}]}`)
	running(t, envPod(ns, "web"))
	knows(t, ns, "KUBERNETES_PORT_1234_TCP")
	v := environment(t, 0, "web", "-n", ns)
	agreesWithProcess(t, v)
	if len(v.Services) != 1 || v.Services[0].Namespace != ns || v.Services[0].Status != svcenv.Same {
		t.Errorf("%+v", v.Services)
	}
}

// TestEnvTwoServicesOneName: which of two values a container gets is left to chance, and
// either is right.
func TestEnvTwoServicesOneName(t *testing.T) {
	const ns = "kk-env-two"
	envNamespace(t, ns)
	envService(t, ns, "cart", `{ports: [{port: 80}]}`)
	envService(t, ns, "cart-service", `{ports: [{port: 81}]}`)
	running(t, envPod(ns, "web"))
	knows(t, ns, "CART_SERVICE_SERVICE_HOST", "CART_SERVICE_HOST")
	v := environment(t, 0, "web", "-n", ns)
	agreesWithProcess(t, v)
	if f := envFinding(t, v, explain.TwoServicesOneName); f.Args["variable"] != "CART_SERVICE_PORT" {
		t.Errorf("%+v", f)
	}
	if envStatus(v, "cart") != svcenv.Same || envStatus(v, "cart-service") != svcenv.Same {
		t.Errorf("%+v", v.Services)
	}
}

// TestEnvDigitFirst: a Service whose name begins with a digit, where the API server takes it.
func TestEnvDigitFirst(t *testing.T) {
	const ns = "kk-env-digit"
	envNamespace(t, ns)
	manifest := "apiVersion: v1\nkind: Service\nmetadata: {name: 1st, namespace: " + ns + "}\nspec: {ports: [{port: 80}]}\n"
	file := t.TempDir() + "/service.yaml"
	envWrite(t, file, manifest)
	if got := run(t, nil, kubectlPath(), "apply", "-f", file); got.exit != 0 {
		if !strings.Contains(got.stderr, "1035") {
			t.Fatalf("apply: %s", got.stderr)
		}
		t.Skip("this version takes no such name")
	}
	running(t, envPod(ns, "web"))
	// The shell that is process 1 has the variables that it was started with in its environ.
	knows(t, ns, "1ST_SERVICE_HOST")
	v := environment(t, 0, "web", "-n", ns)
	agreesWithProcess(t, v)
	if envStatus(v, "1st") != svcenv.Same || !slices.Contains(envFound(v), explain.NotForShells) {
		t.Errorf("%+v, findings %v", v.Services, envFound(v))
	}
}
