package svcpath

import (
	"context"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
	"github.com/kubectl-kk/kubectl-kk/pkg/walk"
)

// planWay notes what is asked of which node.
type planWay struct {
	reading *snapshot.Reading
	node    string
	plan    node.Plan
}

func (w *planWay) Read(_ context.Context, target node.Target, plan node.Plan) (*snapshot.Reading, error) {
	w.node, w.plan = target.Node, plan
	return w.reading, nil
}

func clientPod(name, onNode string, phase corev1.PodPhase, host bool, ips ...string) corev1.Pod {
	pod := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}, Spec: corev1.PodSpec{NodeName: onNode, HostNetwork: host}, Status: corev1.PodStatus{Phase: phase}}
	for _, ip := range ips {
		pod.Status.PodIPs = append(pod.Status.PodIPs, corev1.PodIP{IP: ip})
	}
	return pod
}

// TestClient: who each form of --from is, on which node its packets are walked, and why
// some send nothing. What is asked of the API stays within the rules of plugins.yaml.
func TestClient(t *testing.T) {
	for text, c := range map[string]struct {
		toNode, node string
		kind         walk.Client
		on, err      string
	}{
		"pod/curl":             {kind: walk.Pod, on: "k8s-node1"},
		"po/default/curl":      {kind: walk.Pod, on: "k8s-node1"},
		"pod/hosted":           {kind: walk.Pod, on: "k8s-node1"},
		"20.2.36.5":            {kind: walk.Pod, on: "k8s-node1"},
		"node/k8s-node1":       {kind: walk.Node, on: "k8s-node1"},
		"10.0.2.3":             {kind: walk.Node, on: "k8s-node1"},
		"203.0.113.7":          {kind: walk.Outside, on: "k8s-node1"},
		"203.0.113.8":          {kind: walk.Outside, on: "k8s-node1", toNode: "k8s-node1"},
		"pod/waiting":          {err: "walk from pod default/waiting: it is on no node yet"},
		"pod/done":             {err: "it has ended (Succeeded), so it sends nothing"},
		"pod/starting":         {err: "it has no address yet"},
		"pod/nobody":           {err: "find pod default/nobody: not found"},
		"node/nobody":          {err: "get node nobody: not found"},
		"2001:db8::1":          {err: "has none of that IP family"},
		"pods/curl":            {node: "k8s-master", err: "pod/default/curl is on node k8s-node1, and its packets meet the rules of that node: leave out --node=k8s-master"},
		"::ffff:203.0.113.200": {kind: walk.Outside, on: "k8s-node1"},
	} {
		s, req := load(t, "testdata/walks/pod.json")
		s.Pods = append(s.Pods,
			clientPod("hosted", "k8s-node1", corev1.PodRunning, true, "10.0.2.3"),
			clientPod("waiting", "", corev1.PodPending, false), clientPod("starting", "k8s-node1", corev1.PodPending, false),
			clientPod("done", "k8s-node1", corev1.PodSucceeded, false, "20.2.36.250"),
		)
		req.From, req.ToNode, req.Node = from(t, text), c.toNode, c.node
		way := &planWay{reading: &s.Readings[0]}
		client := cluster(s)
		got, err := Gather(context.Background(), Source{Client: client, Ways: []Way{way}, Warn: func(string) {}, Pause: time.Millisecond}, req)
		var path *Path
		if err == nil {
			path, err = Analyze(got, req)
		}
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("--from %s: %v, want %q", text, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("--from %s: %v", text, err)
			continue
		}
		onlyAllowed(t, "--from "+text, client.Actions())
		if who := path.Client; who.Kind != c.kind || who.Node != c.on || way.node != c.on || len(path.Walks) == 0 {
			t.Errorf("--from %s is %+v, read on %s, %d walks", text, who, way.node, len(path.Walks))
		}
		if roots := way.plan.Roots(4, "filter"); !strings.Contains(strings.Join(roots, " "), "INPUT FORWARD OUTPUT") {
			t.Errorf("--from %s reads of the table filter only %v", text, roots)
		}
	}
}

// TestHostNetwork: a Pod on the host network is its node to the rules.
func TestHostNetwork(t *testing.T) {
	s, req := load(t, "testdata/walks/pod.json")
	s.Pods = append(s.Pods, clientPod("hosted", "k8s-node1", corev1.PodRunning, true, "10.0.2.3"))
	req.From = from(t, "pod/hosted")
	path, err := Analyze(s, req)
	if err != nil {
		t.Fatal(err)
	}
	w := path.Walks[0]
	if !strings.Contains(w.Rules[0], "-A OUTPUT ") || !w.Masquerade || !path.Client.HostNetwork {
		t.Errorf("%+v of %+v", w, path.Client)
	}
}

// TestWalkNotDecided: a chain of somebody else that was not read, and a built-in chain that
// the program cannot show, make the walk depend on them; what kube-proxy does is compared
// all the same.
func TestWalkNotDecided(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*snapshot.Output)
		want   string
	}{
		"a chain": {func(o *snapshot.Output) {
			if o.Argv[len(o.Argv)-1] == "FORWARD" && o.Argv[2] == "filter" {
				o.Text += "-A FORWARD -j cali-FORWARD\n"
			}
		}, "the chain cali-FORWARD of the table filter, which is not in what was given"},
		"a built-in chain": {func(o *snapshot.Output) {
			if o.Argv[len(o.Argv)-1] == "FORWARD" && o.Argv[2] == "mangle" {
				o.Exit, o.Text = 1, "iptables v1.8.9 (nf_tables): chain `FORWARD' in table `mangle' is incompatible, use 'nft' tool.\n"
			}
		}, "the chain FORWARD of the table mangle, which could not be read"},
		"other addresses": {func(o *snapshot.Output) {
			if o.Argv[len(o.Argv)-1] == servicesChain && o.Argv[2] == "nat" {
				o.Kept = "-d 192.0.2.1/32 \n--dport 3000 "
			}
		}, "rules of the chain KUBE-SERVICES of the table nat for other addresses and ports, which were not read"},
	} {
		s, req := load(t, "testdata/walks/pod.json")
		for i := range s.Readings[0].Outputs {
			c.change(&s.Readings[0].Outputs[i])
		}
		req.From = from(t, "pod/curl")
		path, err := Analyze(s, req)
		if err != nil {
			t.Fatal(err)
		}
		w := path.Walks[0]
		if w.Verdict != "DEPENDS" || len(w.DependsOn) != 1 || w.DependsOn[0] != c.want || path.Agreement != Agrees {
			t.Errorf("%s: %s %v, %s", name, w.Verdict, w.DependsOn, path.Agreement)
		}
	}
}
