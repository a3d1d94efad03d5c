package main

import (
	"strings"
	"testing"
)

func TestConfigFromEnv(t *testing.T) {
	for _, c := range []struct {
		env     map[string]string
		want    Config
		failure string
	}{
		{nil, Config{"1.37.2", "iptables"}, ""},
		{map[string]string{"K8S": "v1.34.4", "PROXY_MODE": "nftables"}, Config{"1.34.4", "nftables"}, ""},
		{map[string]string{"K8S": "1.29.6"}, Config{}, "K8S=1.29.6 is not known here; allowed are 1.37.2"},
		{map[string]string{"PROXY_MODE": "ipvs"}, Config{}, "PROXY_MODE=ipvs is not known here; allowed are iptables, nftables"},
	} {
		got, err := configFromEnv(func(name string) string { return c.env[name] })
		if got != c.want || c.failure == "" && err != nil || c.failure != "" && (err == nil || !strings.HasPrefix(err.Error(), c.failure)) {
			t.Errorf("%v: %v, %v; want %v, %q", c.env, got, err, c.want, c.failure)
		}
	}
}

func TestKubernetesGoMod(t *testing.T) {
	const upstream = `module k8s.io/kubernetes
require (
	k8s.io/api v0.0.0
	k8s.io/kube-openapi v0.0.0-20260101000000-abcdef012345
	k8s.io/utils v0.0.0-20260101000000-abcdef012345 // indirect
	k8s.io/kubelet v0.0.0 // indirect
)`
	got := kubernetesGoMod("1.37.2", upstream)
	for _, want := range []string{"k8s.io/kubernetes v1.37.2", "k8s.io/api => k8s.io/api v0.37.2", "k8s.io/kubelet => k8s.io/kubelet v0.37.2"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if strings.Contains(got, "utils") || strings.Contains(got, "openapi") {
		t.Errorf("a module with a version of its own is replaced in\n%s", got)
	}
}

// TestManifests renders each manifest with nothing left to fill in.
func TestManifests(t *testing.T) {
	entries, err := sources.ReadDir("manifests")
	if err != nil || len(entries) < 4 {
		t.Fatalf("%d manifests (%v)", len(entries), err)
	}
	for _, entry := range entries {
		text, err := render("manifests/"+entry.Name(), map[string]string{"Version": "1", "ProxyMode": "m", "ClusterCIDR": "c", "APIServer": "a", "ClusterDNS": "d"})
		if err != nil || strings.Contains(text, "<no value>") {
			t.Errorf("%s: %v\n%s", entry.Name(), err, text)
		}
	}
}
