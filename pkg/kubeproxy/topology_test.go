package kubeproxy

import (
	"strings"
	"testing"
)

// Which hints count, by the versions of kube-proxy and on a node "a" in the zone "z1".
func TestTopology(t *testing.T) {
	const zone, node = "PreferSameZone", "PreferSameNode"
	zones := []string{"1@a ready z:z1", "2@b ready z:z2"}
	nodes := []string{"1@a ready n:a", "2@b ready n:b"}
	both := []string{"1@b ready n:b z:z1", "2@a ready n:a z:z2"}
	for _, tt := range []struct {
		name, versions, annotation, zone string
		eps                              []string
		mode                             string
		state                            HintState
		used                             string
	}{
		{"zones", "v1.37.2,v1.33.0,v1.31.0,,v2.0.0,main", "", "z1", zones, zone, HintsFollowed, "1"},
		{"zones, not enabled", "v1.30.14,v1.29.0-eksbuild.1", "", "z1", zones, "", HintsDisabled, "1 2"},
		{"zones, turned off", "v1.30.14,v1.29.0", "Disabled", "z1", zones, "", HintsDisabled, "1 2"},
		{"zones, turned on", "v1.30.14,v1.29.0", "Auto", "z1", zones, zone, HintsFollowed, "1"},
		{"annotation is not asked", "v1.31.0,", "disabled", "z1", zones, zone, HintsFollowed, "1"},
		{"nodes", "v1.37.2,v1.34.0,", "", "z1", nodes, node, HintsFollowed, "1"},
		{"nodes, not known", "v1.33.5,v1.32.0", "", "z1", nodes, "", HintsAbsent, "1 2"},
		{"nodes before zones", ",v1.34.0", "", "z1", both, node, HintsFollowed, "2"},
		{"zones, nodes not known", "v1.33.9", "", "z1", both, zone, HintsFollowed, "1"},
		{"no node of these, so zones", "", "", "z1", []string{"1@b ready n:b z:z1", "2@c ready n:c z:z2"}, zone, HintsFollowed, "1"},
		{"one without zone", "", "", "z1", append([]string{"3@a ready"}, zones...), "", HintsIncomplete, "3 1 2"},
		{"one without node, so zones", "", "", "z1", []string{"1@a ready n:a z:z2", "2@a ready z:z1"}, zone, HintsFollowed, "2"},
		{"unready does not matter", "", "", "z1", append([]string{"3@a unready", "4@a leaving"}, zones...), zone, HintsFollowed, "1"},
		{"only unready has hints", "", "", "z1", []string{"1@a ready", "2@a unready z:z1"}, "", HintsAbsent, "1"},
		{"none ready", "", "", "z1", []string{"1@a leaving z:z2"}, "", HintsAbsent, "1"},
		{"zones elsewhere", ",v1.32.0", "", "z3", zones, "", HintsElsewhere, "1 2"},
		{"nodes elsewhere", "", "", "z1", []string{"1@b ready n:b", "2@c ready n:c"}, "", HintsElsewhere, "1 2"},
		{"node without zone", ",v1.32.0", "", "", zones, "", HintsNoZone, "1 2"},
		{"several hints", "", "", "z1", []string{"1@a ready z:z2 z:z1", "2@b ready z:z2"}, zone, HintsFollowed, "1"},
	} {
		p := clusterOnly
		p.HintsAnnotation = tt.annotation
		for _, version := range strings.Split(tt.versions, ",") {
			u := UsedEndpoints(p, parseEndpoints(t, tt.eps...), NodeInfo{Name: "a", Zone: tt.zone, Version: version})
			if u.Topology != tt.mode || u.Hints != tt.state || numbers(u.Cluster) != tt.used {
				t.Errorf("%s, version %q: got %q, %q, %s; want %q, %q, %s", tt.name, version, u.Topology, u.Hints, numbers(u.Cluster), tt.mode, tt.state, tt.used)
			}
		}
	}
}

// Hints never narrow what the policy Local uses, only what goes to the whole cluster.
func TestTopologyAndLocal(t *testing.T) {
	u := UsedEndpoints(localOutside, parseEndpoints(t, "1@a ready z:z2", "2@b ready z:z1"), NodeInfo{Name: "a", Zone: "z1"})
	if got, want := numbers(u.Cluster)+"|"+numbers(u.Local)+"|"+numbers(u.All), "2|1|1 2"; got != want {
		t.Errorf("cluster, local, all: got %s, want %s", got, want)
	}
	u = UsedEndpoints(localInside, parseEndpoints(t, "1@a ready z:z2"), NodeInfo{Name: "a", Zone: "z1"})
	if u.Topology != "" || u.Hints != HintsAbsent {
		t.Errorf("no traffic to the cluster, but topology %q, hints %q", u.Topology, u.Hints)
	}
}
