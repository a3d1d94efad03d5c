package svcpath

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// edit changes what a program printed on the node, for each of the programs.
func edit(s *snapshot.Snapshot, change func(argv, text string) string) {
	for i := range s.Readings[0].Outputs {
		o := &s.Readings[0].Outputs[i]
		o.Text = change(strings.Join(o.Argv, " "), o.Text)
	}
}

// drop removes the lines that contain some text from what lists a chain.
func drop(chain, text string) func(argv, old string) string {
	return func(argv, old string) string {
		if !strings.HasSuffix(argv, " "+chain) {
			return old
		}
		var kept []string
		for line := range strings.Lines(old) {
			if !strings.Contains(line, text) {
				kept = append(kept, line)
			}
		}
		return strings.Join(kept, "")
	}
}

const demoChain = "KUBE-SVC-BRULDGNIV2IQDBPU"

// TestDamagedRules takes the recording of a healthy node and breaks one thing of it.
func TestDamagedRules(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(*snapshot.Snapshot)
		want   []string
	}{
		"nothing": {func(*snapshot.Snapshot) {}, []string{}},
		"no dispatch": {func(s *snapshot.Snapshot) { edit(s, drop("KUBE-SERVICES", "20.1.120.16")) },
			[]string{explain.DispatchRuleAbsent}},
		"no hook": {func(s *snapshot.Snapshot) { edit(s, drop("OUTPUT", "KUBE-SERVICES")) },
			[]string{explain.HookAbsent}},
		"shares": {func(s *snapshot.Snapshot) {
			edit(s, func(_, old string) string {
				return strings.ReplaceAll(old, "--probability 0.50000000000", "--probability 0.25000000000")
			})
		}, []string{explain.SharesDiffer, explain.SharesDiffer}},
		"a rule of someone else": {func(s *snapshot.Snapshot) {
			edit(s, func(argv, old string) string {
				if strings.HasSuffix(argv, demoChain) {
					return strings.Replace(old, "\n", "\n-A "+demoChain+" -s 10.9.9.9/32 -c 0 0 -j ACCEPT\n", 1)
				}
				return old
			})
		}, []string{explain.ForeignRule}},
		"refused despite endpoints": {func(s *snapshot.Snapshot) {
			edit(s, drop("KUBE-SERVICES", "20.1.120.16"))
			edit(s, func(argv, old string) string {
				if strings.HasSuffix(argv, "-t filter -v -S KUBE-SERVICES") {
					return "-A KUBE-SERVICES -d 20.1.120.16/32 -p tcp -m tcp --dport 3000 -c 0 0 -j REJECT --reject-with icmp-port-unreachable\n"
				}
				return old
			})
		}, []string{explain.RejectDespiteEndpoints}},
		"a Pod that slices do not list any more": {func(s *snapshot.Snapshot) {
			s.EndpointSlices[0].Endpoints = s.EndpointSlices[0].Endpoints[:1]
		}, []string{explain.StaleEndpointPod}},
		"changed while it was read": {func(s *snapshot.Snapshot) {
			s.Unsettled = s.EndpointSlices[0].Endpoints[1].Addresses
			s.EndpointSlices[0].Endpoints = s.EndpointSlices[0].Endpoints[:1]
		}, []string{}},
		"a stale address that nobody could be asked about": {func(s *snapshot.Snapshot) {
			gone := s.EndpointSlices[0].Endpoints[1].Addresses[0]
			s.EndpointSlices[0].Endpoints = s.EndpointSlices[0].Endpoints[:1]
			s.Pods = slices.DeleteFunc(s.Pods, func(p corev1.Pod) bool { return p.Status.PodIP == gone })
			s.Missing = []snapshot.Missing{{What: "list pods in all namespaces", Why: "forbidden"}}
		}, []string{explain.StaleEndpointUnknown}},
		"a traffic policy that the node does not know yet": {func(s *snapshot.Snapshot) {
			local := corev1.ServiceInternalTrafficPolicyLocal
			s.Services[0].Spec.InternalTrafficPolicy = &local
		}, []string{explain.AnotherWay}},
		"the other backend": {func(s *snapshot.Snapshot) {
			for i := range s.Readings[0].Outputs {
				o := &s.Readings[0].Outputs[i]
				if o.Exit, o.Text = 1, ""; o.Argv[0] == "nft" {
					o.Exit, o.Text = 0, "table ip kube-proxy {\n\tchain services {\n\t}\n}\n"
				}
			}
		}, []string{explain.RulesAbsent, explain.HookAbsent, explain.HookAbsent, explain.ModeDiffers}},
	} {
		t.Run(name, func(t *testing.T) {
			s, req := load(t, "../../testdata/demo.json")
			c.damage(s)
			path, err := Analyze(s, req)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, f := range path.Findings {
				got = append(got, f.Code)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("findings %v, want %v", got, c.want)
			}
			text(t, path, Options{Wide: true})
		})
	}
}

// TestUnsettledIsSaid: what is not judged is named, in text and in JSON.
func TestUnsettledIsSaid(t *testing.T) {
	s, req := load(t, "../../testdata/demo.json")
	s.Unsettled = []string{"20.2.36.99"}
	path, err := Analyze(s, req)
	if err != nil {
		t.Fatal(err)
	}
	if out := text(t, path, Options{}); !strings.Contains(out, "Not judged, because it changed while the node was read: 20.2.36.99.") {
		t.Errorf("the answer does not say what was not judged:\n%s", out)
	}
	if !slices.Equal(path.Unsettled, s.Unsettled) {
		t.Errorf("unsettled %v", path.Unsettled)
	}
}

// TestHostileOutput: text that is not of iptables is an error that names the program,
// and no answer.
func TestHostileOutput(t *testing.T) {
	for name, damage := range map[string]func(o *snapshot.Output){
		"cut short":      func(o *snapshot.Output) { o.Truncated = true },
		"not rules":      func(o *snapshot.Output) { o.Text = "\x1b[2Jhello\n" },
		"wrong counters": func(o *snapshot.Output) { o.Text = "-A X -c a b -j Y\n" },
		"endless line":   func(o *snapshot.Output) { o.Text = "-A X " + strings.Repeat("x", 1<<20) + "\n" },
		"no program":     func(o *snapshot.Output) { o.Argv = nil },
	} {
		s, req := load(t, "../../testdata/demo.json")
		damage(&s.Readings[0].Outputs[3])
		_, err := Analyze(s, req)
		if err == nil || !strings.HasPrefix(err.Error(), "read what ") || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSameAnswerTwice: the same recording gives the same answer.
func TestSameAnswerTwice(t *testing.T) {
	for _, file := range recordings(t) {
		var first string
		for range 5 {
			s, req := load(t, file)
			path, err := Analyze(s, req)
			if err != nil {
				t.Fatal(err)
			}
			now := fmt.Sprintf("%+v", path.Findings) + text(t, path, Options{Wide: true})
			if first != "" && now != first {
				t.Errorf("%s gives two answers", file)
			}
			first = now
		}
	}
}

// TestAnswersWithoutEveryPart leaves out one thing that may be missing, and holds
// Analyze and Render to an answer.
func TestAnswersWithoutEveryPart(t *testing.T) {
	for name, cut := range map[string]func(*snapshot.Snapshot){
		"nodes":       func(s *snapshot.Snapshot) { s.Nodes = nil },
		"pods":        func(s *snapshot.Snapshot) { s.Pods = nil },
		"slices":      func(s *snapshot.Snapshot) { s.EndpointSlices = nil },
		"config maps": func(s *snapshot.Snapshot) { s.ConfigMaps = nil },
		"readings":    func(s *snapshot.Snapshot) { s.Readings = nil },
		"all":         func(s *snapshot.Snapshot) { *s = snapshot.Snapshot{Services: s.Services} },
		"outputs":     func(s *snapshot.Snapshot) { s.Readings[0].Outputs = nil },
	} {
		for _, file := range recordings(t) {
			s, req := load(t, file)
			if len(s.Readings) == 0 {
				continue
			}
			cut(s)
			path, err := Analyze(s, req)
			if err != nil {
				t.Errorf("%s without %s: %v", file, name, err)
				continue
			}
			if text(t, path, Options{}) == "" {
				t.Errorf("%s without %s: no answer", file, name)
			}
		}
	}
}

// TestWhyTheNodeWasNotRead: of several things that are missing, the one that kept the
// node from being read is the reason.
func TestWhyTheNodeWasNotRead(t *testing.T) {
	noConfig := snapshot.Missing{What: "get configmap kube-system/kube-proxy", Why: "not found"}
	refused := snapshot.Missing{What: "create a debug pod", Why: "no pods here", Reading: true}
	for want, missing := range map[string][]snapshot.Missing{
		"--via none":   {noConfig},
		"no pods here": {refused, noConfig},
	} {
		s, req := load(t, "testdata/api-only.json")
		s.Missing = missing
		path, err := Analyze(s, req)
		if err != nil {
			t.Fatal(err)
		}
		if len(path.Findings) != 1 || path.Findings[0].Args["reason"] != want {
			t.Errorf("findings %v, want the reason %q", path.Findings, want)
		}
	}
}
