package svcpath

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

func connected(t *testing.T, file string) (*snapshot.Snapshot, Request) {
	t.Helper()
	s, req := load(t, "testdata/connections/"+file+".json")
	req.Connections = true
	return s, req
}

// TestGoldenConnections: TCP connections of a Service, and datagrams to an endpoint that
// is gone.
func TestGoldenConnections(t *testing.T) {
	for _, name := range []string{"tcp", "gone"} {
		s, req := connected(t, name)
		path, err := Analyze(s, req)
		if err != nil {
			t.Fatal(err)
		}
		object, err := json.MarshalIndent(path, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, "testdata/connections/"+name+".golden.json", string(object)+"\n")
		golden.Compare(t, "testdata/connections/"+name+".golden.txt", text(t, path, Options{}))
	}
}

// table replaces what the node printed of its connections.
func table(s *snapshot.Snapshot, exit int, lines ...string) {
	outputs := slices.Clone(s.Readings[0].Outputs)
	for i := range outputs {
		if _, _, ok := node.ConnectionsTo(outputs[i].Argv); ok {
			outputs[i].Text, outputs[i].Exit = strings.Join(lines, "\n")+"\n", exit
		}
	}
	s.Readings[0].Outputs = outputs
}

// TestConnectionsAreJudged: what is open, what is closing, what was never translated, and
// what belongs to another Service.
func TestConnectionsAreJudged(t *testing.T) {
	s, _ := connected(t, "tcp")
	vip := s.Services[0].Spec.ClusterIP
	line := func(state, server string) string {
		return "tcp 6 100 " + state + " src=20.2.36.5 dst=" + vip + " sport=4000 dport=3000 src=" + server + " dst=20.2.36.5 sport=3000 dport=4000 mark=0 use=1"
	}
	datagrams, _ := connected(t, "gone")
	syslog := datagrams.Services[0].Spec.ClusterIP
	for name, c := range map[string]struct {
		file  string
		exit  int
		lines []string
		want  []string
	}{
		"open to one that is gone":     {"tcp", 0, []string{line("ESTABLISHED", "20.2.36.250")}, []string{explain.ConnectionsToGone}},
		"closed, to one that is gone":  {"tcp", 0, []string{line("TIME_WAIT", "20.2.36.250")}, nil},
		"of another Service":           {"tcp", 0, []string{strings.Replace(line("ESTABLISHED", "20.2.36.250"), vip, "20.1.0.99", 1)}, nil},
		"a program that may not":       {"tcp", 1, []string{"conntrack v1.4.7: Operation failed: Operation not permitted"}, []string{explain.ConnectionsNotRead}},
		"a line that is cut":           {"tcp", 0, []string{"tcp 6 100 ESTABLISHED src=20.2.36.5 dst="}, []string{explain.ConnectionsNotRead}},
		"datagrams without a rule":     {"gone", 0, []string{"udp 17 9 src=10.0.2.3 dst=" + syslog + " sport=4000 dport=514 [UNREPLIED] src=" + syslog + " dst=10.0.2.3 sport=514 dport=4000 mark=0 use=1"}, []string{explain.NotTranslated}},
		"datagrams to the one that is": {"gone", 0, []string{"udp 17 9 src=10.0.2.3 dst=" + syslog + " sport=4000 dport=514 src=20.2.35.251 dst=10.0.2.3 sport=5140 dport=4000 mark=0 use=1"}, nil},
	} {
		s, req := connected(t, c.file)
		table(s, c.exit, c.lines...)
		path, err := Analyze(s, req)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range path.Findings {
			if strings.HasPrefix(f.Code, "KK-SVC-15") {
				got = append(got, f.Code)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: findings %v, want %v", name, got, c.want)
		}
	}
}

// TestConnectionsThatWereNotAskedFor: a recording without them says so, and without the
// question nothing is said.
func TestConnectionsThatWereNotAskedFor(t *testing.T) {
	s, req := load(t, "../../testdata/demo.json")
	for _, asked := range []bool{true, false} {
		req.Connections = asked
		path, err := Analyze(s, req)
		if err != nil || path.has(explain.ConnectionsNotRead) != asked {
			t.Errorf("asked %v: %v, %v", asked, path.Findings, err)
		}
	}
}

// TestOnlyTheServicesConnectionsAreAsked: its own addresses with its own ports, and the
// NodePort at the node's addresses of the same family.
func TestOnlyTheServicesConnectionsAreAsked(t *testing.T) {
	s, req := load(t, "testdata/nodeport.json")
	svc, n := &s.Services[0], &corev1.Node{Status: corev1.NodeStatus{Addresses: []corev1.NodeAddress{
		{Type: corev1.NodeInternalIP, Address: "10.0.2.3"}, {Type: corev1.NodeInternalIP, Address: "fd00::3"}, {Type: corev1.NodeHostName, Address: "k8s-node1"},
	}}}
	if plan := connectionsPlan(svc, req, n); plan != nil {
		t.Errorf("not asked for, and planned: %v", plan)
	}
	req.Connections = true
	want := node.Plan{
		node.Connections(netip.MustParseAddrPort(svc.Spec.ClusterIP+":3000"), "tcp"),
		node.Connections(netip.MustParseAddrPort("10.0.2.3:30000"), "tcp"),
	}
	if plan := connectionsPlan(svc, req, n); !slices.Equal(plan, want) {
		t.Errorf("planned %v, want %v", plan, want)
	}
}
