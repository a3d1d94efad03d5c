package dns

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCluster(t *testing.T) {
	for search, want := range map[string]*Cluster{
		"shop.svc.cluster.local svc.cluster.local cluster.local":  {"shop", "cluster.local"},
		"corp.example shop.svc.k8s.test. svc.k8s.test. k8s.test.": {"shop", "k8s.test"},
		"shop.svc.cluster.local svc.cluster.local":                nil,
		"a.b.svc.cluster.local svc.cluster.local cluster.local":   nil,
		"cluster.local svc.cluster.local":                         nil,
		"":                                                        nil,
	} {
		if diff := cmp.Diff(want, clusterOf(strings.Fields(search))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", search, diff)
		}
	}
}

func TestMeaning(t *testing.T) {
	c := &Cluster{"shop", "cluster.local"}
	for name, want := range map[string]struct {
		meaning Meaning
		short   string
	}{
		"web.shop.svc.cluster.local":            {Meaning{Kind: MeansService, Service: "web", Namespace: "shop"}, "web"},
		"web.db.svc.cluster.local":              {Meaning{Kind: MeansService, Service: "web", Namespace: "db"}, "web.db"},
		"web-0.web.shop.svc.cluster.local":      {Meaning{Kind: MeansPod, Host: "web-0", Service: "web", Namespace: "shop"}, "web-0.web"},
		"10-0-0-1.shop.pod.cluster.local":       {Meaning{Kind: MeansPodIP, Host: "10-0-0-1", Namespace: "shop"}, ""},
		"_http._tcp.web.shop.svc.cluster.local": {Meaning{Kind: MeansPort, Host: "_http._tcp", Service: "web", Namespace: "shop"}, ""},
		"http.tcp.web.shop.svc.cluster.local":   {Meaning{Kind: MeansNothing}, ""},
		"shop.svc.cluster.local":                {Meaning{Kind: MeansNothing}, ""},
		"web.cluster.local":                     {Meaning{Kind: MeansNothing}, ""},
		"www.example.com":                       {Meaning{Kind: MeansOutside}, ""},
		"web":                                   {Meaning{Kind: MeansTopLevel}, ""},
	} {
		got := c.meaning(name)
		if diff := cmp.Diff(want.meaning, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if short := c.short(got); short != want.short {
			t.Errorf("%s is short %q, want %q", name, short, want.short)
		}
	}
	var unknown *Cluster
	if got := unknown.meaning("web.shop"); got.Kind != MeansUnknown || unknown.short(got) != "" {
		t.Errorf("without a cluster: %+v", got)
	}
}

// TestAborts is at which search lists glibc stops the program.
func TestAborts(t *testing.T) {
	x := strings.Repeat
	for want, lists := range map[bool][][]string{
		true:  {{x("a", 256)}, {"a.test", x("b", 249)}, {x("a", 55), x("b", 200)}},
		false: {nil, {x("a", 255)}, {"a.test", x("b", 248)}, {x("a", 56), x("b", 250)}, {"a", "b", "c", "d", "e", "f", x("g", 250)}},
	} {
		for _, list := range lists {
			if glibcAborts(list) != want {
				t.Errorf("%.60q: %v", list, !want)
			}
		}
	}
}
