package svcpath

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// replace changes a text in what lists the chains of a prefix.
func replace(chain, old, now string) func(*snapshot.Snapshot) {
	return func(s *snapshot.Snapshot) {
		edit(s, func(argv, text string) string {
			if strings.Contains(argv, " "+chain) {
				return strings.ReplaceAll(text, old, now)
			}
			return text
		})
	}
}

// without removes the lines with a text from what lists the chains of a prefix.
func without(chain, text string) func(*snapshot.Snapshot) {
	return func(s *snapshot.Snapshot) {
		edit(s, func(argv, old string) string {
			if !strings.Contains(argv, " "+chain) {
				return old
			}
			return regexp.MustCompile(`(?m)^.*`+regexp.QuoteMeta(text)+`.*\n`).ReplaceAllString(old, "")
		})
	}
}

func spec(change func(*corev1.ServiceSpec)) func(*snapshot.Snapshot) {
	return func(s *snapshot.Snapshot) { change(&s.Services[0].Spec) }
}

// TestFieldsDamaged takes recordings of nodes that agree and breaks the rule of one field, or
// the field. The argument "has" says what the node has, where there is one.
func TestFieldsDamaged(t *testing.T) {
	proxyMode := corev1.LoadBalancerIPModeProxy
	for name, c := range map[string]struct {
		file   string
		damage func(*snapshot.Snapshot)
		code   string
		has    string
	}{
		"a range without a rule":        {"lb", without("KUBE-FW-", "-s 20.2.36.0/24"), explain.SourceRangesDiffer, "10.0.2.77/32"},
		"a rule without a range":        {"lb", spec(func(s *corev1.ServiceSpec) { s.LoadBalancerSourceRanges = s.LoadBalancerSourceRanges[:1] }), explain.SourceRangesDiffer, "10.0.2.77/32, 20.2.36.0/24"},
		"rules where everyone may":      {"lb", spec(func(s *corev1.ServiceSpec) { s.LoadBalancerSourceRanges = nil }), explain.SourceRangesDiffer, "10.0.2.77/32, 20.2.36.0/24"},
		"nobody may":                    {"lb", without("KUBE-FW-", "-s "), explain.SourceRangesDiffer, "nobody"},
		"everyone may":                  {"lb", replace("KUBE-SERVICES", "KUBE-FW-", "KUBE-EXT-"), explain.SourceRangesDiffer, "everyone"},
		"others are not dropped":        {"lb", without("KUBE-PROXY-FIREWALL", "DROP"), explain.FirewallDropAbsent, ""},
		"captured against ipMode Proxy": {"lb", func(s *snapshot.Snapshot) { s.Services[0].Status.LoadBalancer.Ingress[0].IPMode = &proxyMode }, explain.ProxiedAddressCaptured, ""},
		"another timeout":               {"sticky", replace("KUBE-SVC-", "--seconds 60", "--seconds 30"), explain.AffinityDiffers, "30 s"},
		"no affinity":                   {"sticky", without("KUBE-SVC-", "--rcheck"), explain.AffinityDiffers, "no affinity"},
		"affinity that nobody wants":    {"sticky", spec(func(s *corev1.ServiceSpec) { s.SessionAffinity = corev1.ServiceAffinityNone }), explain.AffinityDiffers, "60 s"},
		"clients are not noted":         {"sticky", replace("KUBE-SEP-", "-m recent --set ", "-m recent --update "), explain.AffinityDiffers, "never noted"},
		"a Pod without the named port": {"numbers", func(s *snapshot.Snapshot) {
			for i := range s.Pods {
				if s.Pods[i].Name == "here" {
					s.Pods[i].Spec.Containers[0].Ports[0].Name = "http"
				}
			}
		}, explain.SomePodsWithoutPort, ""},
		"health checks may be kept out": {"lb-far", without("KUBE-NODEPORTS", "-j ACCEPT"), explain.HealthRuleAbsent, ""},
		"an address without a rule":     {"lb-noport", without("KUBE-SERVICES", "192.0.2.107"), explain.DispatchRuleAbsent, ""},
		"an address still refused": {"ext-far", spec(func(s *corev1.ServiceSpec) { s.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyCluster }),
			explain.RejectDespiteEndpoints, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, req := load(t, "testdata/field-"+c.file+".json")
			c.damage(s)
			path, err := Analyze(s, req)
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(path.Findings, func(f explain.Finding) bool { return f.Code == c.code })
			if at < 0 || path.Findings[at].Proof == explain.ProofNode && path.Agreement != Differs {
				t.Fatalf("%s, findings %v; want %s", path.Agreement, path.Findings, c.code)
			}
			if has := path.Findings[at].Args["has"]; has != c.has && (c.has != "never noted" || !strings.HasPrefix(has, c.has)) {
				t.Errorf("it has %q, want %q", has, c.has)
			}
		})
	}
}

// TestNodeOfTheLoadBalancer: for a node that is in a range itself, kube-proxy lets the load
// balancer's own address through too; that is no difference.
func TestNodeOfTheLoadBalancer(t *testing.T) {
	s, req := load(t, "testdata/field-lb.json")
	own := strings.Replace("-s 10.0.2.77/32", "10.0.2.77", "192.0.2.103", 1)
	edit(s, func(argv, old string) string {
		for line := range strings.Lines(old) {
			if strings.Contains(argv, " KUBE-FW-") && strings.Contains(line, "-s 10.0.2.77/32") {
				return old + strings.Replace(line, "-s 10.0.2.77/32", own, 1)
			}
		}
		return old
	})
	if path, err := Analyze(s, req); err != nil || path.Agreement != Agrees {
		t.Errorf("%v, %v", path.Findings, err)
	}
}

// TestWithoutComments: in clusters of more than 1000 endpoints kube-proxy leaves the
// comments of endpoints' rules out, and the answer must not change.
func TestWithoutComments(t *testing.T) {
	comment := regexp.MustCompile(`-m comment --comment ("[^"]*"|\S+) `)
	for _, file := range recordings(t) {
		s, req := load(t, file)
		if len(s.Readings) == 0 {
			continue
		}
		before, err := Analyze(s, req)
		if err != nil {
			t.Fatal(err)
		}
		edit(s, func(argv, old string) string {
			if strings.Contains(argv, " KUBE-SVC-") || strings.Contains(argv, " KUBE-SVL-") || strings.Contains(argv, " KUBE-SEP-") {
				return comment.ReplaceAllString(old, "")
			}
			return old
		})
		after, err := Analyze(s, req)
		if err != nil || !slices.Equal(codesOf(before), codesOf(after)) || before.Agreement != after.Agreement {
			t.Errorf("%s: with comments %v %v, without %v %v (%v)", file, before.Agreement, codesOf(before), after.Agreement, codesOf(after), err)
		}
	}
}

// TestWhyNotUsed changes one endpoint of a Service whose endpoints are all used, and the
// finding that goes with it.
func TestWhyNotUsed(t *testing.T) {
	no, yes := false, true
	for want, change := range map[string]func(*discoveryv1.Endpoint, *corev1.ServiceSpec){
		"not ready": func(e *discoveryv1.Endpoint, _ *corev1.ServiceSpec) {
			e.Conditions.Ready, e.Conditions.Serving = &no, &no
		},
		"terminating": func(e *discoveryv1.Endpoint, _ *corev1.ServiceSpec) {
			e.Conditions.Ready, e.Conditions.Terminating = &no, &yes
		},
		"hinted for elsewhere": func(*discoveryv1.Endpoint, *corev1.ServiceSpec) {},
		"on another node": func(_ *discoveryv1.Endpoint, s *corev1.ServiceSpec) {
			local := corev1.ServiceInternalTrafficPolicyLocal
			s.InternalTrafficPolicy = &local
		},
	} {
		s, req := load(t, "testdata/field-close.json")
		for i := range s.EndpointSlices[0].Endpoints {
			if e := &s.EndpointSlices[0].Endpoints[i]; *e.NodeName != "k8s-node1" {
				change(e, &s.Services[0].Spec)
			}
		}
		path, err := Analyze(s, req)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range path.Ports[0].Endpoints {
			if e.Unused != "" {
				got = append(got, e.Unused)
			}
		}
		if !slices.Equal(got, []string{want}) {
			t.Errorf("unused for %v, want %q", got, want)
		}
		if out := text(t, path, Options{}); !strings.Contains(out, "not used on k8s-node1") {
			t.Errorf("the text does not list the endpoint that is not used:\n%s", out)
		}
	}
}

// TestHintsAreNotFollowed words each reason for it.
func TestHintsAreNotFollowed(t *testing.T) {
	for state, change := range map[kubeproxy.HintState]func(*discoveryv1.Endpoint){
		kubeproxy.HintsAbsent:     func(e *discoveryv1.Endpoint) { e.Hints = nil },
		kubeproxy.HintsIncomplete: func(e *discoveryv1.Endpoint) { e.Hints = keepFor(e, "k8s-node1") },
		kubeproxy.HintsElsewhere:  func(e *discoveryv1.Endpoint) { e.Hints.ForNodes[0].Name = "k8s-node9" },
	} {
		s, req := load(t, "testdata/field-close.json")
		for i := range s.EndpointSlices[0].Endpoints {
			change(&s.EndpointSlices[0].Endpoints[i])
		}
		path, err := Analyze(s, req)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(path.Findings, func(f explain.Finding) bool { return f.Code == explain.HintsNotFollowed })
		if at < 0 || path.Findings[at].Args["reason"] != unfollowed[state] {
			t.Errorf("%s: findings %v", state, path.Findings)
		}
	}
}

func keepFor(e *discoveryv1.Endpoint, node string) *discoveryv1.EndpointHints {
	if *e.NodeName != node {
		return nil
	}
	return e.Hints
}
