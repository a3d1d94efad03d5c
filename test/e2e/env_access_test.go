//go:build e2e

package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/registry"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcenv"
)

// fromMap is a variable that is a key of a ConfigMap.
func fromMap(name, configMap, key string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: configMap}, Key: key,
	}}}
}

const envSettings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kk-settings, namespace: default}\ndata: {mode: fast}\n"

// TestEnvExactRBAC runs env as a user who may do what plugins.yaml says and nothing else,
// and then without each single rule: what is missing is named, and the rest is answered.
func TestEnvExactRBAC(t *testing.T) {
	apply(t, envSettings)
	running(t, envPod("default", "kk-env-access", fromMap("MODE", "kk-settings", "mode")))
	off := false
	without := envPod("default", "kk-env-no-links")
	without.Spec.EnableServiceLinks = &off
	running(t, without)
	all := rolesFor(t, "env", "--via exec")
	config := user(t, "env-exact", all)
	for _, pod := range []string{"kk-env-access", "kk-env-no-links"} {
		got := as(t, config, "env", pod, "-o", "json", "--show-values")
		v := environmentFrom(t, 0, got)
		if got.stderr != "" || len(v.NotChecked) != 0 {
			t.Errorf("%s: not checked %v, warnings %q; the roles should allow all of it", pod, v.NotChecked, got.stderr)
		}
		agreesWithProcess(t, v)
	}
	for _, c := range []struct{ name, resource, code string }{
		{"env-no-exec", "pods/exec", explain.EnvironmentNotRead}, {"env-no-services", "services", explain.ServicesNotRead}, {"env-no-maps", "configmaps", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := as(t, user(t, c.name, lacking(all, c.resource)), "env", "kk-env-access", "-o", "json")
			v := environmentFrom(t, 0, got)
			if len(v.NotChecked) == 0 || v.NotChecked[0].Allow == nil || v.NotChecked[0].Allow.Resources[0] != c.resource || !strings.Contains(got.stderr, c.resource) {
				t.Errorf("not checked %+v, warnings %q; want %s named", v.NotChecked, got.stderr, c.resource)
			}
			if c.code != "" && !slices.Contains(envFound(v), c.code) {
				t.Errorf("findings %v lack %s", envFound(v), c.code)
			}
		})
	}
	t.Run("a workload", func(t *testing.T) {
		got := as(t, user(t, "env-workload", rolesFor(t, "env", "--via exec", "TYPE/NAME")), "env", "deploy/hellok8s-go-http", "-o", "json")
		if v := environmentFrom(t, 0, got); v.Object.Of != "deployment/hellok8s-go-http, 1 of 2 Pods" {
			t.Errorf("picked from %q, warnings %q", v.Object.Of, got.stderr)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		got := as(t, user(t, "env-nobody", nil), "env", "kk-env-access")
		if got.exit != 1 || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, `cannot get resource "pods"`) || got.stdout != "" {
			t.Errorf("exit %d, %q, %q", got.exit, got.stdout, got.stderr)
		}
	})
}

// lacking are the roles without the rules for a resource.
func lacking(roles []registry.Access, resource string) []registry.Access {
	var out []registry.Access
	for _, role := range roles {
		role.Rules = slices.Clone(role.Rules)
		for i := len(role.Rules) - 1; i >= 0; i-- {
			if slices.Contains(role.Rules[i].Resources, resource) {
				role.Rules = slices.Delete(role.Rules, i, i+1)
			}
		}
		if len(role.Rules) > 0 {
			out = append(out, role)
		}
	}
	return out
}

// TestEnvRequests counts what one run asks of the API server, and that none is for a Secret.
func TestEnvRequests(t *testing.T) {
	apply(t, envSettings)
	running(t, envPod("default", "kk-env-requests", fromMap("MODE", "kk-settings", "mode")))
	counted := &recorder{}
	config := counted.inFrontOfAPI(t)
	for _, c := range []struct {
		args []string
		most int
	}{{[]string{"kk-env-requests"}, 4}, {[]string{"kk-env-requests", "--via", "none"}, 3}, {[]string{"deploy/coredns", "-n", "kube-system"}, 5}} {
		counted.requests = nil
		if got := as(t, config, append([]string{"env"}, c.args...)...); got.exit != 0 {
			t.Errorf("%v: exit %d: %s", c.args, got.exit, got.stderr)
		}
		asked := strings.Join(counted.requests, "\n")
		if len(counted.requests) > c.most || strings.Contains(asked, "/secrets") {
			t.Errorf("%v: %d requests, want %d at most:\n%s", c.args, len(counted.requests), c.most, asked)
		}
	}
}

// TestEnvSecrets: no value of a Secret is in the answer, in any form, nor in a recording.
func TestEnvSecrets(t *testing.T) {
	const secret = "kk-very-secret"
	apply(t, "apiVersion: v1\nkind: Secret\nmetadata: {name: kk-env-secret, namespace: default}\nstringData: {password: "+secret+", HELLOK8S_PORT: "+secret+"}\n")
	pod := envPod("default", "kk-env-secrets",
		corev1.EnvVar{Name: "PASSWORD", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: "kk-env-secret"}, Key: "password",
		}}},
		corev1.EnvVar{Name: "URL", Value: "db://me:$(PASSWORD)@db/$(P_password)"},
		corev1.EnvVar{Name: "OPEN", Value: "to-be-shown"},
	)
	ref := &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "kk-env-secret"}}
	pod.Spec.Containers[0].EnvFrom = []corev1.EnvFromSource{{SecretRef: ref}, {Prefix: "P_", SecretRef: ref}}
	running(t, pod)
	printed := inside(t, "default", pod.Name, "app").variables
	for name, want := range map[string]string{"PASSWORD": secret, "P_password": secret, "HELLOK8S_PORT": secret, "URL": "db://me:" + secret + "@db/" + secret} {
		if printed[name] != want {
			t.Fatalf("%s is %q, so this test shows nothing", name, printed[name])
		}
	}
	for _, args := range [][]string{{}, {"-o", "wide"}, {"-o", "json"}, {"-o", "yaml"}, {"--via", "none"}, {"--show-values"}, {"-o", "json", "--show-values"}} {
		file := t.TempDir() + "/recording"
		got := kk(t, append([]string{"env", pod.Name, "--record", file}, args...)...)
		recorded, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got.exit != 0 || strings.Contains(got.stdout+got.stderr, secret) || strings.Contains(string(recorded), secret) {
			t.Errorf("%v: exit %d, or the Secret's value is in the answer or in the recording", args, got.exit)
		}
		if shows := slices.Contains(args, "--show-values"); strings.Contains(got.stdout, "to-be-shown") != shows {
			t.Errorf("%v: the open value is shown: %v", args, !shows)
		}
		replayed := kk(t, append([]string{"env", pod.Name, "--replay", file}, args...)...)
		if replayed.stdout != got.stdout {
			t.Errorf("%v: the recording answers otherwise than the cluster", args)
		}
	}
	agreesWithProcess(t, environment(t, 0, pod.Name))
}

// TestEnvOtherPods: no shell, an end, several containers, a container that waits.
func TestEnvOtherPods(t *testing.T) {
	pod := envPod("default", "kk-env-no-shell")
	pod.Spec.Containers[0].Image, pod.Spec.Containers[0].Command = "hellok8s:v3", nil
	running(t, pod)
	v := environment(t, 0, pod.Name)
	if f := envFinding(t, v, explain.EnvironmentNotRead); !strings.Contains(f.Args["reason"], "no sh and cat") || envStatus(v, "hellok8s") != svcenv.NotRead {
		t.Errorf("%+v, %+v", f, v.Services)
	}

	pod = envPod("default", "kk-env-ended")
	pod.Spec.RestartPolicy, pod.Spec.Containers[0].Command = corev1.RestartPolicyNever, []string{"sh", "-c", "exit 3"}
	created(t, pod)
	eventually(t, 60*second, "the Pod has ended", func() bool {
		return kubectl(t, "get", "pod", pod.Name, "-o", "jsonpath={.status.phase}") == "Failed"
	})
	if f := envFinding(t, environment(t, 0, pod.Name), explain.EnvironmentNotRead); !strings.Contains(f.Args["reason"], "exit code 3") {
		t.Errorf("%+v", f)
	}

	pod = envPod("default", "kk-env-shared")
	shared := true
	pod.Spec.ShareProcessNamespace = &shared
	other := pod.Spec.Containers[0]
	other.Name, other.Env = "other", []corev1.EnvVar{{Name: "ONLY_HERE", Value: "x"}}
	pod.Spec.Containers = append(pod.Spec.Containers, other)
	running(t, pod)
	v = environment(t, 0, pod.Name, "-c", "other")
	if v.Container.ReadFrom != "/proc/self/environ" || !slices.Equal(v.Container.Others, []string{"app"}) || envStatus(v, "hellok8s") != svcenv.Same {
		t.Errorf("%+v, %+v", v.Container, v.Services)
	}
	if !slices.ContainsFunc(v.Variables, func(v svcenv.Variable) bool { return v.Name == "ONLY_HERE" && v.Status == svcenv.Same }) {
		t.Error("the variable of container other was not read")
	}

	pod = envPod("default", "kk-env-waits", fromMap("MODE", "kk-not-there", "mode"))
	created(t, pod)
	eventually(t, 60*second, "the container waits", func() bool {
		return kubectl(t, "get", "pod", pod.Name, "-o", "jsonpath={.status.containerStatuses[0].state.waiting.reason}") == "CreateContainerConfigError"
	})
	envFinding(t, environment(t, 2, pod.Name), explain.ConfigMapAbsent)
}
