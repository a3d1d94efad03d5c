package svcenv

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// TestPrecedence: env over envFrom over Services, the last definition over those before.
func TestPrecedence(t *testing.T) {
	redis := service("shop", "redis", "10.0.0.3", "6379/TCP")
	for name, c := range map[string]struct {
		change func(w *world)
		want   string // of REDIS_PORT: source, value
	}{
		"a Service alone":   {func(*world) {}, "service tcp://10.0.0.3:6379"},
		"envFrom":           {func(w *world) { w.fromConfigMap("", "a", map[string]string{"REDIS_PORT": "1"}) }, "envFrom 1"},
		"envFrom, prefixed": {func(w *world) { w.fromConfigMap("REDIS_", "a", map[string]string{"PORT": "1"}) }, "envFrom 1"},
		"the last envFrom": {func(w *world) {
			w.fromConfigMap("", "a", map[string]string{"REDIS_PORT": "1"})
			w.fromConfigMap("", "b", map[string]string{"REDIS_PORT": "2"})
		}, "envFrom 2"},
		"env": {func(w *world) {
			w.fromConfigMap("", "a", map[string]string{"REDIS_PORT": "1"})
			w.literal("REDIS_PORT", "3")
		}, "env 3"},
		"the last env":    {func(w *world) { w.literal("REDIS_PORT", "3"); w.literal("REDIS_PORT", "4") }, "env 4"},
		"an empty env":    {func(w *world) { w.literal("REDIS_PORT", "") }, "env "},
		"an optional key": {func(w *world) { w.key("REDIS_PORT", "a", "k", true); w.absent = []string{"ConfigMap shop/a"} }, "service tcp://10.0.0.3:6379"},
		"an optional key, 2": {func(w *world) {
			w.literal("REDIS_PORT", "3")
			w.fromConfigMap("X", "a", map[string]string{"z": ""})
			w.key("REDIS_PORT", "a", "k", true)
		}, "env 3"},
		"a key": {func(w *world) {
			w.fromConfigMap("X", "a", map[string]string{"k": "9"})
			w.key("REDIS_PORT", "a", "k", false)
		}, "env 9"},
		"another namespace": {func(w *world) { w.services[1].Namespace = "other"; w.literal("REDIS_PORT", "") }, "env "},
	} {
		w := newWorld(t)
		w.showValue = true
		w.services = append(w.services, redis)
		c.change(w)
		w.notRead = "it waits"
		v := variable(t, w.answer(), "REDIS_PORT")
		if got := string(v.Source) + " " + text1(v.Gets); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

// TestReferences: what $(NAME) becomes, and what is said of it.
func TestReferences(t *testing.T) {
	for name, c := range map[string]struct {
		change           func(w *world)
		want, unresolved string // of X
		codes            string
	}{
		"of a Service":     {func(w *world) { w.literal("X", "http://$(REDIS_SERVICE_HOST)") }, "http://10.0.0.3", "", ""},
		"two dollars":      {func(w *world) { w.literal("X", "$$(REDIS_SERVICE_HOST)") }, "$(REDIS_SERVICE_HOST)", "", ""},
		"nothing":          {func(w *world) { w.literal("X", "a$(NOBODY)b") }, "a$(NOBODY)b", "NOBODY", "140"},
		"before":           {func(w *world) { w.literal("A", "1"); w.literal("X", "$(A)") }, "1", "", ""},
		"behind":           {func(w *world) { w.literal("X", "$(A)"); w.literal("A", "1") }, "$(A)", "A", "141"},
		"itself":           {func(w *world) { w.literal("X", "$(X)") }, "$(X)", "X", "141"},
		"itself before":    {func(w *world) { w.literal("X", "1"); w.literal("X", "$(X)2") }, "12", "", ""},
		"not again":        {func(w *world) { w.literal("A", "$$(B)"); w.literal("B", "1"); w.literal("X", "$(A)") }, "$(B)", "", ""},
		"of a ConfigMap":   {func(w *world) { w.fromConfigMap("", "a", map[string]string{"A": "$(B)"}); w.literal("X", "$(A)") }, "$(B)", "", ""},
		"of a Secret":      {func(w *world) { w.secret("A", false); w.literal("X", "$(A)") }, "hidden", "", ""},
		"perhaps a Secret": {func(w *world) { w.fromSecret("A"); w.literal("X", "$(AB)") }, "hidden", "", ""},
		"of no Secret":     {func(w *world) { w.fromSecret("A"); w.literal("X", "$(BA)") }, "$(BA)", "BA", "140"},
		"not closed":       {func(w *world) { w.literal("X", "$(REDIS_SERVICE_HOST") }, "$(REDIS_SERVICE_HOST", "", ""},
	} {
		w := newWorld(t)
		w.showValue = true
		w.services = append(w.services, service("shop", "redis", "10.0.0.3", "6379/TCP"))
		c.change(w)
		v := w.answer()
		x := variable(t, v, "X")
		if text1(x.Gets) != c.want || strings.Join(x.Unresolved, " ") != c.unresolved {
			t.Errorf("%s: got %q, unresolved %v", name, text1(x.Gets), x.Unresolved)
		}
		got := strings.TrimSpace(strings.NewReplacer("132", "", "106", "").Replace(codes(v)))
		if name != "of a Service" && got != c.codes && got != "105 "+c.codes {
			t.Errorf("%s: findings %s, want %s", name, codes(v), c.codes)
		}
	}
}

// TestReferenceToAnOldAddress: a value made with the address that a Service had is told
// apart from one that something else put there.
func TestReferenceToAnOldAddress(t *testing.T) {
	for has, want := range map[string]string{"http://10.0.0.3": "changed 10.0.0.3 142", "http://10.0.0.4": "same 10.0.0.4 ", "http://10.0.0.6": "changed hidden 143"} {
		w := newWorld(t)
		w.showValue = true
		w.has(append(w.services, service("shop", "redis", "10.0.0.3", "6379/TCP"))...)
		w.services = append(w.services, service("shop", "redis", "10.0.0.4", "6379/TCP"))
		w.literal("X", "http://$(REDIS_SERVICE_HOST)")
		w.environ = append(w.environ, "X="+has)
		v := w.answer()
		x := variable(t, v, "X")
		rest := strings.TrimSpace(strings.NewReplacer("103", "", "132", "").Replace(codes(v)))
		if got := string(x.Status) + " " + strings.TrimPrefix(text1(x.Has), "http://") + " " + rest; got != want {
			t.Errorf("%s: got %s, want %s", has, got, want)
		}
	}
}

// TestFields: variables of the Downward API have the values that pkg/downward computes.
func TestFields(t *testing.T) {
	w := newWorld(t)
	w.showValue = true
	w.pod.Annotations = map[string]string{"note": "hi", "other": "stays out"}
	for name, field := range map[string]string{"NAME": "metadata.name", "NOTE": "metadata.annotations['note']", "NODE": "spec.nodeName"} {
		w.app().Env = append(w.app().Env, corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: field}}})
	}
	w.app().Env = append(w.app().Env, corev1.EnvVar{Name: "CPU", ValueFrom: &corev1.EnvVarSource{ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "requests.cpu"}}})
	w.literal("X", "$(NAME)/$(NOTE)/$(NODE)/$(CPU)")
	v := w.answer()
	if got := text1(variable(t, v, "X").Gets); got != "web/hi/node-1/0" {
		t.Errorf("got %s", got)
	}
	if got := w.snapshot().Pods[0].Annotations; len(got) != 1 {
		t.Errorf("the recording holds annotations that no variable takes: %v", got)
	}
}

// TestWhatCannotStart: a ConfigMap or a key that is not there.
func TestWhatCannotStart(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world)
		code   string
	}{
		"a ConfigMap":           {func(w *world) { w.fromConfigMap("", "a", nil); w.absent = []string{"ConfigMap shop/a"} }, explain.ConfigMapAbsent},
		"a ConfigMap of a key":  {func(w *world) { w.key("A", "a", "k", false); w.absent = []string{"ConfigMap shop/a"} }, explain.ConfigMapAbsent},
		"a key":                 {func(w *world) { w.fromConfigMap("P", "a", map[string]string{}); w.key("A", "a", "k", false) }, explain.ConfigMapKeyAbsent},
		"an optional key":       {func(w *world) { w.key("A", "a", "k", true); w.absent = []string{"ConfigMap shop/a"} }, ""},
		"one that was not read": {func(w *world) { w.key("A", "a", "k", false) }, ""},
	} {
		w := newWorld(t)
		w.has(w.services...)
		c.change(w)
		v := w.answer()
		if c.code == "" {
			if v.HasErrors() {
				t.Errorf("%s: %s", name, codes(v))
			}
			continue
		}
		if f := finding(t, v, c.code); f.Severity != explain.Error || !strings.HasPrefix(f.Args["configMap"], "shop/a") {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// TestCollisions: names that an application and a Service both use.
func TestCollisions(t *testing.T) {
	redis := service("shop", "redis", "10.0.0.3", "6379/TCP")
	for name, c := range map[string]struct {
		change func(w *world)
		codes  string
	}{
		"a well-known setting": {func(w *world) { w.services = append(w.services, redis); w.has(w.services...) }, "132"},
		"no setting": {func(w *world) {
			w.services = append(w.services, service("shop", "zebra", "10.0.0.3", "80/TCP"))
			w.has(w.services...)
		}, ""},
		"a prefix of the manifest": {func(w *world) {
			w.services = append(w.services, service("shop", "zebra", "10.0.0.3", "80/TCP"))
			w.literal("ZEBRA_MODE", "x")
			w.has(w.services...)
			w.environ = append(w.environ, "ZEBRA_MODE=x")
		}, "132"},
		"defined by the manifest": {func(w *world) {
			w.services = append(w.services, redis)
			w.literal("REDIS_PORT", "6379")
			w.environ = []string{"REDIS_PORT=6379"}
			w.has(w.services...)
		}, "130"},
		"the API server": {func(w *world) {
			w.literal("KUBERNETES_SERVICE_HOST", "proxy")
			w.environ = []string{"KUBERNETES_SERVICE_HOST=proxy"}
			w.has(w.services...)
		}, "131"},
		"a variable of the image": {func(w *world) {
			w.has(w.services...)
			w.environ = append(w.environ, "REDIS_PORT=6379")
			w.services = append(w.services, young(redis))
		}, "101 133"},
		"the link of another Service": {func(w *world) {
			w.services = append(w.services, service("shop", "redis-port", "10.0.0.3", "80/TCP"))
			w.has(w.services...)
		}, ""},
	} {
		w := newWorld(t)
		c.change(w)
		if got := codes(w.answer()); got != c.codes {
			t.Errorf("%s: findings %s, want %s", name, got, c.codes)
		}
	}
}
