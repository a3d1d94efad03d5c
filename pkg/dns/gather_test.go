package dns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
)

// TestRecords: how each kind of name ends, "" where the API cannot tell.
func TestRecords(t *testing.T) {
	for name, want := range map[string]string{
		"cart": "found as cart.shop.svc.cluster.local: 20.1.0.9", "cart.other": "found as cart.other.svc.cluster.local: 20.1.0.9",
		"both": "found as both.shop.svc.cluster.local: 20.1.0.9 fd00::9", "db": "found as db.shop.svc.cluster.local: 20.2.0.4",
		"db-0.db":                      "found as db-0.db.shop.svc.cluster.local: 20.2.0.4",
		"20-2-0-7.cart":                "found as 20-2-0-7.cart.shop.svc.cluster.local: 20.2.0.7",
		"cart.shop.svc.cluster.local.": "found as cart.shop.svc.cluster.local: 20.1.0.9",
		"inside":                       "found as inside.shop.svc.cluster.local: 20.1.0.9",
		"inside2":                      "found as inside2.shop.svc.cluster.local: 20.1.0.9",
		"loop.shop.svc.cluster.local.": "no address", "self.shop.svc.cluster.local.": "no address", "nowhere.shop.svc.cluster.local.": "no address",
		"address.shop.svc.cluster.local.": "not found", "empty.shop.svc.cluster.local.": "not found", "x.inside.shop.svc.cluster.local.": "not found",
		"outside": "", "absent": "", "www.example.com": "", "db-1.db": "",
	} {
		f, client := gathered(t, holding(), name)
		l := Analyze(f).Lookups[0]
		got := l.Result
		if l.FoundAs != "" {
			got += " as " + l.FoundAs + ": " + strings.Join(l.Rounds[len(l.Rounds)-1].Addresses, " ")
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if n := len(client.Actions()); n > maxRequests-1 {
			t.Errorf("%s: %d requests beside the exec", name, n)
		}
	}
}

// TestRequestsAreBounded: many names do not make many requests, and what was left out is
// said.
func TestRequestsAreBounded(t *testing.T) {
	var names []string
	for i := range 50 {
		names = append(names, fmt.Sprintf("name-%d", i))
	}
	f, client := gathered(t, holding(), names...)
	if n := len(client.Actions()); n != maxRequests-1 {
		t.Errorf("%d requests", n)
	}
	if len(f.Names) != 50 || len(f.Missing) != 1 || !strings.Contains(f.Missing[0].What, "name-49") {
		t.Errorf("%d names, missing %+v", len(f.Names), f.Missing)
	}
}

// TestResolverOfContainer: which C library a process has mapped.
func TestResolverOfContainer(t *testing.T) {
	for _, c := range []struct {
		maps    string
		goes    string
		libc    Libc
		assumed bool
	}{
		{"7f00 r-xp 0 00:7d 1 /lib/ld-musl-x86_64.so.1\n", "no", Musl, false},
		{"7f00 r-xp 0 00:7d 1 /usr/lib/x86_64-linux-gnu/libc.so.6\n", "no", Glibc, false},
		{"7f00 r-xp 0 00:7d 1 /lib64/libc-2.17.so\n", "no", Glibc, false},
		{"00400000 r-xp 0 00:7d 1 /app\n7f00 rw-p 0 00:00 0 [heap]\n", "go", Go, false},
		{"00400000 r-xp 0 00:7d 1 /app\n7f00 r-xp 0 00:7d 1 /usr/lib/libc.so.6\n", "go", Go, true},
		{"00400000 r-xp 0 00:7d 1 /opt/musl/app\n7f00 r-xp 0 00:7d 1 /libcrypt.so\n", "no", Musl, true},
		{"00400000 r-xp 0 00:7d 1 /app\n", "", Go, true},
	} {
		in := holding()
		in.files["maps"], in.goes = c.maps, c.goes
		f, _ := gathered(t, in)
		if f.Libc != c.libc || f.LibcAssumed != c.assumed || f.LibcBecause == "" {
			t.Errorf("%q: %s, assumed %v: %s", c.maps, f.Libc, f.LibcAssumed, f.LibcBecause)
		}
	}
	bare := &contents{files: map[string]string{"/etc/resolv.conf": clusterFirst}}
	if f, _ := gathered(t, bare); f.Libc != Glibc || !f.LibcAssumed || !f.IPv4Only {
		t.Errorf("without maps and IPv6: %s, %v, %v", f.Libc, f.LibcAssumed, f.IPv4Only)
	}
	bare.files["net/if_inet6"] = "00000000000000000000000000000001 01 80 10 80 lo\n"
	if f, _ := gathered(t, bare); !f.IPv4Only {
		t.Error("the loopback address is taken for one of IPv6")
	}
}

// TestWithoutTheFile: what cannot be read is computed, and said so, by each way in turn.
func TestWithoutTheFile(t *testing.T) {
	req := Request{Namespace: "shop", Target: kube.Target{Kind: "Pod", Name: "web"}}
	forbidden := errors.New(`pods "web" is forbidden: User "jane" cannot get resource "pods/exec"`)
	noShell, refused := Way{"exec", &contents{err: kube.ErrNoShell}}, Way{"debug", &contents{err: forbidden}}
	f := factsFrom(t, world(), req, noShell, Way{"debug", holding()})
	if f.NotRead != "" || !strings.Contains(f.Source, "debug pod") || len(f.Missing) != 0 {
		t.Errorf("%q from %s, missing %v", f.NotRead, f.Source, f.Missing)
	}
	f = factsFrom(t, world(), req, Way{"exec", &contents{err: forbidden}}, Way{"debug", holding()})
	if f.NotRead == "" || len(f.Missing) != 1 || f.Missing[0].Allow == nil {
		t.Errorf("an exec that is refused is made up for: %q, missing %v", f.NotRead, f.Missing)
	}
	f = factsFrom(t, world(), req, noShell, refused)
	if f.File != clusterFirst || f.NotRead == "" || !strings.Contains(f.Source, "/configz") || len(f.Missing) != 2 || f.Missing[1].Allow == nil {
		t.Errorf("%q, %q from %s, missing %v", f.File, f.NotRead, f.Source, f.Missing)
	}
	if r := Analyze(f); !strings.HasPrefix(r.readWords(), "computed, not read: ") || len(r.Findings) != 0 {
		t.Errorf("%s %v", r.readWords(), r.Findings)
	}
	f = factsFrom(t, world(), req)
	if f.File != clusterFirst || !strings.Contains(f.NotRead, "--via none") {
		t.Errorf("%q, %q", f.File, f.NotRead)
	}
}

// TestGatherErrors: where there is no answer, it is said what to do.
func TestGatherErrors(t *testing.T) {
	gather := func(req Request, ways ...Way) error {
		req.Namespace, req.Target.Kind = "shop", "Pod"
		s, err := Gather(context.Background(), Source{Client: world(), Ways: ways}, req)
		if err == nil {
			_, err = FactsOf(s, req)
		}
		return err
	}
	web := kube.Target{Name: "web"}
	for what, c := range map[string]struct {
		err  error
		says string
	}{
		"no kubelet":   {gather(Request{Target: web}), "what its kubelet writes is not known"},
		"no file":      {gather(Request{Target: web}, Way{"exec", &contents{}}), "No such file"},
		"no Pod":       {gather(Request{Target: kube.Target{Name: "wbe"}}), "pods in shop: web"},
		"no container": {gather(Request{Target: web, Container: "ap"}), "its containers: app"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", what, c.err, c.says)
		}
	}
}

// TestGatherAsks: the verbs and resources, which plugins.yaml lists.
func TestGatherAsks(t *testing.T) {
	_, client := gathered(t, holding(), "db")
	var got []string
	for _, a := range client.Actions() {
		got = append(got, a.GetVerb()+" "+a.GetResource().Resource)
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"get pods", "get services", "list endpointslices", "list networkpolicies", "list services"}, got); diff != "" {
		t.Errorf("asked (-want +got)\n%s", diff)
	}
}
