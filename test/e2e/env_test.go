//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcenv"
)

// environment runs env and returns its answer, with all values that there may be. The exit
// status must be the wanted one.
func environment(t *testing.T, wantExit int, args ...string) *svcenv.View {
	t.Helper()
	return environmentFrom(t, wantExit, kk(t, append([]string{"env", "-o", "json", "--show-values"}, args...)...))
}

func environmentFrom(t *testing.T, wantExit int, got result) *svcenv.View {
	t.Helper()
	if got.exit != wantExit {
		t.Fatalf("exit %d, want %d\n%.3000s%s", got.exit, wantExit, got.stdout, got.stderr)
	}
	var v svcenv.View
	if err := json.Unmarshal([]byte(got.stdout), &v); err != nil {
		t.Fatalf("the answer is not JSON: %v\n%.3000s%s", err, got.stdout, got.stderr)
	}
	return &v
}

// envPod is a Pod whose container app ends when it is asked to, and then starts again.
func envPod(namespace, name string, env ...corev1.EnvVar) *corev1.Pod {
	now := int64(0)
	return &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: corev1.PodSpec{
			NodeSelector: map[string]string{"kubernetes.io/hostname": workNode}, TerminationGracePeriodSeconds: &now,
			Containers: []corev1.Container{{
				Name: "app", Image: "curl:1", ImagePullPolicy: corev1.PullIfNotPresent, Env: env,
				Command: []string{"sh", "-c", `trap "exit 0" TERM; sleep infinity & wait`},
			}},
		},
	}
}

// envService applies a Service, and deletes it after the test.
func envService(t *testing.T, namespace, name, spec string) {
	t.Helper()
	apply(t, "apiVersion: v1\nkind: Service\nmetadata: {name: "+name+", namespace: "+namespace+"}\nspec: "+spec+"\n")
}

// envNamespace makes a namespace of its own for a test, and waits until Pods can be made
// in it.
func envNamespace(t *testing.T, name string) {
	t.Helper()
	apply(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+name+"}\n")
	eventually(t, 60*time.Second, "the namespace has its ServiceAccount", func() bool {
		return run(t, nil, kubectlPath(), "get", "serviceaccount", "-n", name, "default").exit == 0
	})
}

// endProcess ends process 1 of a Pod in any namespace. It may end before its exec has answered.
func endProcess(t *testing.T, namespace, pod string) {
	t.Helper()
	run(t, nil, os.Getenv("KK_CLUSTER_KUBECTL"), "exec", "-n", namespace, pod, "-c", "app", "--", "sh", "-c", "kill 1")
}

// restarted ends the process of the container app and waits until the next one runs.
func restarted(t *testing.T, namespace, pod string) {
	t.Helper()
	state := func() (count, started string) {
		count, started, _ = strings.Cut(kubectl(t, "get", "pod", "-n", namespace, pod, "-o",
			`jsonpath={.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.running.startedAt}`), " ")
		return count, started
	}
	before, _ := state()
	endProcess(t, namespace, pod)
	eventually(t, 120*time.Second, "the container runs again", func() bool {
		count, started := state()
		return count != before && started != ""
	})
}

// knows restarts the container of Pod web until the kubelet gives it the variables of the
// Services, of which it hears a moment after the API server.
func knows(t *testing.T, namespace string, variables ...string) {
	t.Helper()
	eventually(t, 120*time.Second, "the kubelet knows the Services", func() bool {
		have := inside(t, namespace, "web", "app").variables
		for _, name := range variables {
			if _, there := have[name]; !there {
				restarted(t, namespace, "web")
				return false
			}
		}
		return true
	})
}

// envFound are the codes of an answer's findings.
func envFound(v *svcenv.View) []string {
	out := []string{}
	for _, f := range v.Findings {
		out = append(out, f.Code)
	}
	return out
}

// envFinding is the finding of a code, which must be there.
func envFinding(t *testing.T, v *svcenv.View, code string) explain.Finding {
	t.Helper()
	i := slices.IndexFunc(v.Findings, func(f explain.Finding) bool { return f.Code == code })
	if i < 0 {
		t.Fatalf("findings %v lack %s", envFound(v), code)
	}
	return v.Findings[i]
}

// agreesWithProcess holds what kk says the container has to what the process prints: every
// variable by name and length, and by value where it is not hidden.
func agreesWithProcess(t *testing.T, v *svcenv.View) {
	t.Helper()
	printed := inside(t, v.Object.Namespace, v.Object.Name, v.Container.Name).variables
	delete(printed, "")
	shown := 0
	for _, variable := range v.Variables {
		text, there := printed[variable.Name]
		delete(printed, variable.Name)
		switch {
		case !there && variable.Has != nil:
			t.Errorf("%s: kk says the process has it", variable.Name)
		case there && variable.Has == nil:
			t.Errorf("%s: kk says the process does not have it", variable.Name)
		case there && *variable.Has.Bytes != len(text):
			t.Errorf("%s: %d bytes, kk says %d", variable.Name, len(text), *variable.Has.Bytes)
		case there && variable.Has.Text != nil:
			shown++
			if *variable.Has.Text != text {
				t.Errorf("%s: the process prints %q, kk says %q", variable.Name, text, *variable.Has.Text)
			}
		}
	}
	for name := range printed {
		t.Errorf("%s: kk does not know it", name)
	}
	if shown < 7 {
		t.Errorf("only %d values were compared", shown)
	}
}

// asPredicted holds what a process prints after a restart to what it was said to get.
func asPredicted(t *testing.T, before *svcenv.View) {
	t.Helper()
	printed := inside(t, before.Object.Namespace, before.Object.Name, before.Container.Name).variables
	delete(printed, "")
	for _, variable := range before.Variables {
		text, there := printed[variable.Name]
		delete(printed, variable.Name)
		switch {
		case there != (variable.Gets != nil):
			t.Errorf("%s: there after the restart is %v, and kk said %+v", variable.Name, there, variable.Gets)
		case there && variable.Gets.Text != nil && *variable.Gets.Text != text:
			t.Errorf("%s: after the restart %q, kk said %q", variable.Name, text, *variable.Gets.Text)
		case there && variable.Gets.Bytes != nil && *variable.Gets.Bytes != len(text):
			t.Errorf("%s: after the restart %d bytes, kk said %d", variable.Name, len(text), *variable.Gets.Bytes)
		}
	}
	for name := range printed {
		t.Errorf("%s: kk did not say that it comes", name)
	}
}

// envStatus is the status of a Service in an answer, "" where it is not in it.
func envStatus(v *svcenv.View, service string) svcenv.Status {
	for _, s := range v.Services {
		if s.Name == service {
			return s.Status
		}
	}
	return ""
}

func kubectlPath() string { return os.Getenv("KK_CLUSTER_KUBECTL") }

func envWrite(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
