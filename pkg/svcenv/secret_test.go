package svcenv

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

const hush = "hush-hush"

// everything is all that leaves the process: the recording, and the answer in each form.
func everything(t *testing.T, w *world) string {
	t.Helper()
	w.showValue = true
	var out bytes.Buffer
	if err := snapshot.Encode(&out, w.snapshot()); err != nil {
		t.Fatal(err)
	}
	v := w.answer()
	if err := Render(&out, v, Options{Wide: true, ShowValues: true}); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&out, "%s", asJSON(t, v))
	return out.String()
}

// TestSecretsStayIn gives the process a secret in every way that there is, and looks for it
// in all that comes out.
func TestSecretsStayIn(t *testing.T) {
	redis := service("shop", "redis", "10.0.0.3", "6379/TCP")
	for name, c := range map[string]func(w *world) string{
		"a key of a Secret": func(w *world) string { w.secret("PASSWORD", false); return "PASSWORD=" + hush },
		"in a reference": func(w *world) string {
			w.secret("PW", false)
			w.literal("URL", "db://me:$(PW)@db")
			return "PW=x\x00URL=db://me:" + hush + "@db"
		},
		"in a reference to that": func(w *world) string {
			w.secret("PW", false)
			w.literal("A", "$(PW)")
			w.literal("B", "$(A)")
			return "B=" + hush
		},
		"a Secret of envFrom": func(w *world) string { w.fromSecret(""); return "ANYTHING=" + hush },
		"with a prefix":       func(w *world) string { w.fromSecret("DB_"); return "DB_PASSWORD=" + hush },
		"over a ConfigMap": func(w *world) string {
			w.fromConfigMap("", "settings", map[string]string{"MODE": "fast"})
			w.fromSecret("")
			return "MODE=" + hush
		},
		"over a Service": func(w *world) string {
			w.services = append(w.services, redis)
			w.fromSecret("REDIS_")
			return "REDIS_PORT=" + hush
		},
		"in a reference to envFrom": func(w *world) string { w.fromSecret(""); w.literal("URL", "x$(PW)"); return "URL=x" + hush },
		"overridden by a literal":   func(w *world) string { w.secret("MODE", true); w.literal("MODE", hush+"-not"); return "MODE=" + hush },
		"an optional one":           func(w *world) string { w.literal("MODE", "slow"); w.secret("MODE", true); return "MODE=" + hush },
		"of the image":              func(*world) string { return "TOKEN=" + hush },
		"set by a wrapper":          func(w *world) string { w.literal("MODE", "from-vault"); return "MODE=" + hush },
		"over a ConfigMap's value": func(w *world) string {
			w.fromConfigMap("", "settings", map[string]string{"URL": "db"})
			return "URL=db:" + hush
		},
		"as a Service's name": func(w *world) string { w.services = append(w.services, redis); return "REDIS_PORT=" + hush },
		"as a Service's that is none": func(*world) string {
			return "X_SERVICE_HOST=" + hush + "\x00X_SERVICE_PORT=1\x00X_PORT=tcp://1.1.1.1:1\x00X_PORT_1_TCP=tcp://1.1.1.1:1\x00X_PORT_1_TCP_PROTO=tcp\x00X_PORT_1_TCP_PORT=1\x00X_PORT_1_TCP_ADDR=1.1.1.1"
		},
		"a second time": func(w *world) string {
			w.has(service("shop", "x", "10.0.0.9", "1/TCP"))
			return "X_SERVICE_HOST=" + hush
		},
		"no name":               func(*world) string { return hush },
		"a title of a process":  func(*world) string { return "nginx: master --password " + hush + "=x" },
		"behind an equals sign": func(*world) string { return "=" + hush },
		"a file of the container": func(w *world) string {
			w.app().Env = append(w.app().Env, corev1.EnvVar{Name: "F", ValueFrom: &corev1.EnvVarSource{FileKeyRef: &corev1.FileKeySelector{VolumeName: "v", Path: "p", Key: "k"}}})
			return "F=" + hush
		},
		"a ConfigMap that was not read": func(w *world) string { w.fromConfigMap("", "settings", nil); return "MODE=" + hush },
	} {
		w := newWorld(t)
		text := c(w)
		w.environ = append(w.environ, text)
		if out := everything(t, w); strings.Contains(strings.ReplaceAll(out, hush+"-not", ""), hush) {
			at := strings.Index(out, hush)
			t.Errorf("%s: the secret comes out: …%s…", name, out[max(0, at-120):min(len(out), at+60)])
		}
	}
}

// TestNoSecretLooksLikeAService: an address, a port and a URL that a Secret gives stay in as
// well, where they are not what the Service gives.
func TestNoSecretLooksLikeAService(t *testing.T) {
	w := newWorld(t)
	w.services = append(w.services, service("shop", "redis", "10.0.0.3", "6379/TCP"))
	w.fromSecret("")
	w.has(w.services...)
	w.environ = append([]string{"REDIS_SERVICE_HOST=10.66.66.66", "REDIS_PORT=tcp://10.66.66.66:66"}, w.environ...)
	w.has(service("shop", "gone", "10.66.66.66", "66/TCP"))
	out := everything(t, w)
	if strings.Contains(out, "66.66") {
		t.Error("an address that may be a Secret's comes out")
	}
	v := w.answer()
	if got := variable(t, v, "REDIS_SERVICE_HOST"); got.Status != NotCompared || text1(got.Has) != "hidden" {
		t.Errorf("%+v", got)
	}
	if got := variable(t, v, "REDIS_PORT_6379_TCP"); got.Status != Same || text1(got.Has) != "tcp://10.0.0.3:6379" {
		t.Errorf("what the Service gives is no secret: %+v", got)
	}
	if v.Services[1].Name != "redis" || v.Services[1].Status != Same {
		t.Errorf("a variable that cannot be compared makes no change: %+v", v.Services[1])
	}
	if got := v.Services[len(v.Services)-1]; got.Name != "gone" || got.Status != Removed || got.ClusterIP != "" {
		t.Errorf("a Service that is gone is known by its names: %+v", got)
	}
}

// TestValuesAreAsked: without --show-values only those of Services are in the answer.
func TestValuesAreAsked(t *testing.T) {
	w := newWorld(t)
	w.services = append(w.services, service("shop", "redis", "10.0.0.3", "6379/TCP"))
	w.literal("MODE", "loud-literal")
	w.literal("URL", "loud-scheme://$(REDIS_SERVICE_HOST)")
	w.fromConfigMap("", "settings", map[string]string{"LEVEL": "loud-key"})
	w.has(w.services...)
	w.environ = append(w.environ, "MODE=loud-literal", "URL=loud-scheme://10.0.0.3", "LEVEL=loud-key")
	v := w.answer()
	if text := asJSON(t, v) + rendered(t, v, Options{Wide: true}); strings.Contains(text, "loud-") {
		t.Errorf("a value is shown:\n%s", text)
	}
	for name, want := range map[string]int{"MODE": 12, "URL": 22, "LEVEL": 8} {
		if got := variable(t, v, name); *got.Has.Bytes != want || *got.Gets.Bytes != want || got.Status != Same {
			t.Errorf("%s: %+v", name, got)
		}
	}
	w.showValue = true
	v = w.answer()
	text := rendered(t, v, Options{ShowValues: true})
	for _, want := range []string{"loud-literal", "loud-scheme://10.0.0.3", "loud-scheme://$(REDIS_SERVICE_HOST)", "loud-key"} {
		if !strings.Contains(text, want) {
			t.Errorf("--show-values does not show %s", want)
		}
	}
}

// TestKeepAtRandom holds keep to its promise on random Pods and environments: what it keeps
// is computable without the process, or has the form of a Service's variable.
func TestKeepAtRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	names := []string{"A", "B", "REDIS_PORT", "REDIS_SERVICE_HOST", "REDIS_SERVICE_PORT", "REDIS_PORT_6379_TCP", "KUBERNETES_PORT", "P_A"}
	for range 3000 {
		w := newWorld(t)
		w.services = append(w.services, service("shop", "redis", "10.0.0.3", "6379/TCP"))
		if r.IntN(2) == 0 {
			w.fromSecret([]string{"", "P_", "REDIS_"}[r.IntN(3)])
		}
		if r.IntN(2) == 0 {
			w.fromConfigMap([]string{"", "P_"}[r.IntN(2)], "settings", map[string]string{"A": "a", "REDIS_PORT": "b"})
		}
		for range r.IntN(4) {
			name := names[r.IntN(len(names))]
			switch r.IntN(3) {
			case 0:
				w.secret(name, r.IntN(2) == 0)
			case 1:
				w.literal(name, []string{"x", "$(A)", "$(B)/$(REDIS_PORT)", "$(P_A)"}[r.IntN(4)])
			default:
				w.key(name, "settings", []string{"A", "C"}[r.IntN(2)], true)
			}
		}
		for range 1 + r.IntN(6) {
			w.environ = append(w.environ, names[r.IntN(len(names))]+"="+[]string{hush, "x" + hush, "$(A)" + hush, "tcp://" + hush}[r.IntN(4)])
		}
		for _, e := range w.snapshot().Containers[0].Environment {
			if e.Value != nil && strings.Contains(*e.Value, hush) {
				t.Fatalf("%s=%s is kept, of %+v and %+v", e.Name, *e.Value, w.app().Env, w.app().EnvFrom)
			}
		}
	}
}
