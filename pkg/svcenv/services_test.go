package svcenv

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// TestLinks spells out what the tutorial prints for a Service of two ports.
func TestLinks(t *testing.T) {
	svc := service("shop", "my-db", "fd00::9", "sql-in 5432/TCP", "53/UDP")
	want := `MY_DB_SERVICE_HOST=fd00::9 -1
MY_DB_SERVICE_PORT=5432 0
MY_DB_SERVICE_PORT_SQL_IN=5432 0
MY_DB_PORT=tcp://[fd00::9]:5432 0
MY_DB_PORT_5432_TCP=tcp://[fd00::9]:5432 0
MY_DB_PORT_5432_TCP_PROTO=tcp 0
MY_DB_PORT_5432_TCP_PORT=5432 0
MY_DB_PORT_5432_TCP_ADDR=fd00::9 0
MY_DB_PORT_53_UDP=udp://[fd00::9]:53 1
MY_DB_PORT_53_UDP_PROTO=udp 1
MY_DB_PORT_53_UDP_PORT=53 1
MY_DB_PORT_53_UDP_ADDR=fd00::9 1
`
	var got strings.Builder
	for _, l := range Links(&svc) {
		got.WriteString(l.Name + "=" + l.Value + " " + number(int32(l.Port)) + "\n")
	}
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
	if got := portWords(&svc, 0) + ", " + portWords(&svc, 1) + ", " + portWords(&svc, -1); got != "sql-in 5432/TCP, 53/UDP, " {
		t.Errorf("the ports are %q", got)
	}
}

// TestLinked: which Services count.
func TestLinked(t *testing.T) {
	api, own := service("default", "kubernetes", "10.0.0.1", "443/TCP"), service("shop", "kubernetes", "10.0.0.2", "443/TCP")
	redis, headless := service("shop", "redis", "10.0.0.3", "6379/TCP"), service("shop", "headless", "None", "80/TCP")
	external, elsewhere := service("shop", "external", "", "80/TCP"), service("other", "redis", "10.0.0.4", "80/TCP")
	headlessAPI := service("shop", "kubernetes", "None", "443/TCP")
	for name, c := range map[string]struct {
		services  []corev1.Service
		namespace string
		off       bool
		want      string
	}{
		"own namespace and the API server":     {[]corev1.Service{redis, api, elsewhere}, "shop", false, "default/kubernetes shop/redis"},
		"no address":                           {[]corev1.Service{headless, external, api}, "shop", false, "default/kubernetes"},
		"links off":                            {[]corev1.Service{redis, api}, "shop", true, "default/kubernetes"},
		"own kubernetes":                       {[]corev1.Service{own, api}, "shop", false, "shop/kubernetes"},
		"own kubernetes, after the API server": {[]corev1.Service{api, own}, "shop", false, "shop/kubernetes"},
		"own kubernetes, links off":            {[]corev1.Service{own, api}, "shop", true, "default/kubernetes"},
		"own kubernetes is headless":           {[]corev1.Service{headlessAPI, api}, "shop", false, "default/kubernetes"},
		"in default":                           {[]corev1.Service{api, redis}, "default", false, "default/kubernetes"},
		"in default, links off":                {[]corev1.Service{api}, "default", true, "default/kubernetes"},
		"none":                                 {nil, "shop", false, ""},
	} {
		var got []string
		for _, svc := range Linked(c.services, c.namespace, !c.off) {
			got = append(got, svc.Namespace+"/"+svc.Name)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %v, want %s", name, got, c.want)
		}
	}
}

// TestStatuses: what the container has beside what it would get, by Service.
func TestStatuses(t *testing.T) {
	redis, db := service("shop", "redis", "10.0.0.3", "6379/TCP"), service("shop", "db", "10.0.0.4", "5432/TCP")
	for name, c := range map[string]struct {
		change func(w *world)
		status map[string]Status
		codes  string
	}{
		"the same":            {func(w *world) { w.services = append(w.services, redis); w.has(w.services...) }, map[string]Status{"redis": Same, "kubernetes": Same}, "132"},
		"younger":             {func(w *world) { w.has(w.services...); w.services = append(w.services, young(db)) }, map[string]Status{"db": Added}, "101 132"},
		"older and not there": {func(w *world) { w.has(w.services...); w.services = append(w.services, db) }, map[string]Status{"db": Added}, "104 132"},
		"gone":                {func(w *world) { w.has(append(w.services, redis)...) }, map[string]Status{"redis": Removed}, "102"},
		"headless now": {func(w *world) {
			w.has(append(w.services, redis)...)
			w.services = append(w.services, service("shop", "redis", "None", "6379/TCP"))
		}, map[string]Status{"redis": Removed}, "102"},
		"another address": {func(w *world) {
			w.has(append(w.services, redis)...)
			w.services = append(w.services, service("shop", "redis", "10.0.0.5", "6379/TCP"))
		}, map[string]Status{"redis": Changed}, "103 132"},
		"another port": {func(w *world) {
			w.has(append(w.services, redis)...)
			w.services = append(w.services, service("shop", "redis", "10.0.0.3", "6380/TCP"))
		}, map[string]Status{"redis": Changed}, "103 132"},
		"one more port": {func(w *world) {
			w.has(append(w.services, redis)...)
			w.services = append(w.services, service("shop", "redis", "10.0.0.3", "6379/TCP", "16379/TCP"))
		}, map[string]Status{"redis": Changed}, "103 132"},
		"nothing of the kubelet": {func(w *world) { w.services = append(w.services, redis); w.environ = []string{"PATH=/bin"} }, map[string]Status{"redis": Added, "kubernetes": Added}, "105 132"},
		"links off": {func(w *world) {
			off := false
			w.pod.Spec.EnableServiceLinks = &off
			w.has(w.services...)
			w.services = append(w.services, redis)
		}, map[string]Status{"kubernetes": Same}, "108"},
		"not read": {func(w *world) { w.notRead = "no shell"; w.services = append(w.services, redis, young(db)) }, map[string]Status{"redis": NotRead, "db": Added}, "101 106 132"},
		"no Services": {func(w *world) {
			w.has(append(w.services, redis)...)
			w.missing = []snapshot.Missing{{What: listServices("shop"), Why: "forbidden"}}
		}, map[string]Status{"redis": NotCompared, "kubernetes": Same}, "107 132"},
		"no API Service": {func(w *world) {
			w.has(w.services...)
			w.services = nil
			w.missing = []snapshot.Missing{{What: getAPIService, Why: "forbidden"}}
		}, map[string]Status{"kubernetes": NotCompared}, "107"},
	} {
		w := newWorld(t)
		c.change(w)
		v := w.answer()
		got := map[string]Status{}
		for _, s := range v.Services {
			got[s.Name] = s.Status
		}
		for service, status := range c.status {
			if got[service] != status {
				t.Errorf("%s: %s is %q, want %q", name, service, got[service], status)
			}
		}
		if codes(v) != c.codes {
			t.Errorf("%s: findings %s, want %s", name, codes(v), c.codes)
		}
	}
}

// TestEachVariableSaysWhoseItIs: the Service and the port, also of variables that go.
func TestEachVariableSaysWhoseItIs(t *testing.T) {
	w := newWorld(t)
	old := service("shop", "my-cache", "10.0.0.7", "http 80/TCP")
	w.has(append(w.services, old)...)
	w.services = append(w.services, service("shop", "my-cache", "10.0.0.8", "http 81/TCP", "53/UDP"))
	v := w.answer()
	for name, want := range map[string]string{
		"MY_CACHE_SERVICE_HOST":        "Service shop/my-cache||10.0.0.7|10.0.0.8|changed",
		"MY_CACHE_SERVICE_PORT_HTTP":   "Service shop/my-cache|http 81/TCP|80|81|changed",
		"MY_CACHE_PORT_80_TCP":         "Service shop/my-cache|80/TCP|tcp://10.0.0.7:80|-|removed",
		"MY_CACHE_PORT_53_UDP_PROTO":   "Service shop/my-cache|53/UDP|-|udp|added",
		"KUBERNETES_PORT_443_TCP_ADDR": "Service default/kubernetes|https 443/TCP|10.0.0.1|10.0.0.1|same",
	} {
		got := variable(t, v, name)
		if have := strings.Join([]string{got.From, got.Port, text1(got.Has), text1(got.Gets), string(got.Status)}, "|"); have != want {
			t.Errorf("%s: %s, want %s", name, have, want)
		}
	}
	f := finding(t, v, explain.ServiceChanged)
	if f.Args["variable"] != "MY_CACHE_SERVICE_HOST" || f.Args["has"] != "10.0.0.7" || f.Args["gets"] != "10.0.0.8" || len(f.Evidence) == 0 {
		t.Errorf("%+v", f)
	}
}

// TestTwoServicesOneName: redis and redis-service share a name, and either value is right.
func TestTwoServicesOneName(t *testing.T) {
	for _, has := range []string{"6379", "tcp://10.0.0.4:80"} {
		w := newWorld(t)
		w.services = append(w.services, service("shop", "redis", "10.0.0.3", "6379/TCP"), service("shop", "redis-service", "10.0.0.4", "80/TCP"))
		w.has(w.services...)
		for i := range w.environ {
			if strings.HasPrefix(w.environ[i], "REDIS_SERVICE_PORT=") {
				w.environ[i] = "REDIS_SERVICE_PORT=" + has
			}
		}
		v := w.answer()
		if got := variable(t, v, "REDIS_SERVICE_PORT"); got.Status != Same || text1(got.Has) != has {
			t.Errorf("%s: %+v", has, got)
		}
		f := finding(t, v, explain.TwoServicesOneName)
		if f.Args["services"] != "redis, redis-service" || f.Args["values"] != "6379, tcp://10.0.0.4:80" {
			t.Errorf("%v", f.Args)
		}
	}
}

// TestDigitFirst: the name of a Service may begin with a digit, and no shell takes that.
func TestDigitFirst(t *testing.T) {
	w := newWorld(t)
	w.services = append(w.services, service("shop", "1abc", "10.0.0.3", "80/TCP"))
	w.has(w.services...)
	v := w.answer()
	if f := finding(t, v, explain.NotForShells); f.Args["variable"] != "1ABC_SERVICE_HOST" {
		t.Errorf("%v", f.Args)
	}
	if got := variable(t, v, "1ABC_PORT"); got.Status != Same {
		t.Errorf("%+v", got)
	}
}
