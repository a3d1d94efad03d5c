package svcpath

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// inNFT changes a text in the chain, map or set of kube-proxy's table whose name matches.
func inNFT(name, old, now string) func(*snapshot.Snapshot) {
	block := regexp.MustCompile(`(?s)\t(chain|map|set) ` + name + ` \{\n.*?\n\t\}\n`)
	return func(s *snapshot.Snapshot) {
		edit(s, func(argv, text string) string {
			if !strings.HasPrefix(argv, "nft list table ") {
				return text
			}
			return block.ReplaceAllStringFunc(text, func(b string) string { return regexp.MustCompile(old).ReplaceAllString(b, now) })
		})
	}
}

// firewalled gives the node a rule of its own for what arrives.
func firewalled(rule string) func(*snapshot.Snapshot) {
	return func(s *snapshot.Snapshot) {
		edit(s, func(argv, text string) string {
			if strings.HasSuffix(argv, "-t filter -v -S INPUT") {
				return text + "-A INPUT " + rule + "\n"
			}
			return text
		})
	}
}

// TestFieldsDamagedNFT breaks one element, rule or set of nodes in nftables mode, or the
// field that it is for.
func TestFieldsDamagedNFT(t *testing.T) {
	proxyMode := corev1.LoadBalancerIPModeProxy
	const service, endpoint, set = `service-\w+-fld-e2e/sticky/tcp/`, `endpoint-\w+-fld-e2e/sticky/tcp/__\S+`, `affinity-\w+-fld-e2e/sticky/tcp/__\S+`
	for name, c := range map[string]struct {
		file   string
		damage func(*snapshot.Snapshot)
		code   string
		has    string
	}{
		"a range without a rule":   {"lb", inNFT(`firewall-\w+-fld-e2e/lb/tcp/`, `\{ 10.0.2.77, 20.2.36.0/24 \}`, "10.0.2.77"), explain.SourceRangesDiffer, "10.0.2.77/32"},
		"a rule without a range":   {"lb", spec(func(s *corev1.ServiceSpec) { s.LoadBalancerSourceRanges = s.LoadBalancerSourceRanges[:1] }), explain.SourceRangesDiffer, "10.0.2.77/32, 20.2.36.0/24"},
		"a wider range":            {"lb", inNFT(`firewall-\w+-fld-e2e/lb/tcp/`, "20.2.36.0/24", "20.2.36.0-20.2.37.9"), explain.SourceRangesDiffer, "10.0.2.77/32, 20.2.36.0-20.2.37.9"},
		"rules where everyone may": {"lb", spec(func(s *corev1.ServiceSpec) { s.LoadBalancerSourceRanges = nil }), explain.SourceRangesDiffer, "10.0.2.77/32, 20.2.36.0/24"},
		"nobody may":               {"lb", inNFT(`firewall-\w+-fld-e2e/lb/tcp/`, "ip saddr != .* drop", "drop"), explain.SourceRangesDiffer, "nobody"},
		"everyone may":             {"lb", inNFT("firewall-ips", "192.0.2.103 .*/lb/tcp/,", ""), explain.SourceRangesDiffer, "everyone"},
		"nothing is dropped":       {"lb", inNFT(`firewall-\w+-fld-e2e/lb/tcp/`, "ip saddr != .* drop", ""), explain.SourceRangesDiffer, "everyone"},
		"ranges are not asked":     {"lb", inNFT("firewall-check", "ip daddr .*", ""), explain.FirewallDropAbsent, ""},
		"not asked for the node's": {"lb", inNFT("filter-output-pre-dnat", "ct state new jump firewall-check", ""), explain.FirewallDropAbsent, ""},
		"no base chain asks":       {"lb", inNFT("filter-prerouting-pre-dnat", "type filter .*", ""), explain.FirewallDropAbsent, ""},
		"captured against ipMode Proxy": {"lb", func(s *snapshot.Snapshot) { s.Services[0].Status.LoadBalancer.Ingress[0].IPMode = &proxyMode },
			explain.ProxiedAddressCaptured, ""},
		"another timeout":               {"sticky", inNFT(set, "timeout 1m", "timeout 1h30s"), explain.AffinityDiffers, "3630 s"},
		"no affinity":                   {"sticky", inNFT(service, "ip saddr @.*", ""), explain.AffinityDiffers, "no affinity"},
		"affinity that nobody wants":    {"sticky", spec(func(s *corev1.ServiceSpec) { s.SessionAffinity = corev1.ServiceAffinityNone }), explain.AffinityDiffers, "60 s"},
		"clients are not noted":         {"sticky", inNFT(endpoint, "update @.*", ""), explain.AffinityDiffers, "never noted"},
		"health checks are kept out":    {"lb-far", firewalled("-p tcp -m tcp --dport 30000:32767 -j DROP"), explain.HealthRuleAbsent, ""},
		"an address without an element": {"lb", inNFT("service-ips", "192.0.2.103 .*/lb/tcp/,", ""), explain.DispatchRuleAbsent, ""},
		"an address of another Service": {"claim-lost", func(*snapshot.Snapshot) {}, explain.AddressClaimedTwice, ""},
		"another one's without endpoints": {"claim-kept", inNFT("no-endpoint-services", `elements = \{`, `elements = { 192.0.2.120 . tcp . 3000 comment "fld-e2e/claims-a" : goto reject-chain,`),
			explain.AddressClaimedTwice, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, req := load(t, "testdata/nft/field-"+c.file+".json")
			c.damage(s)
			path, err := Analyze(s, req)
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(path.Findings, func(f explain.Finding) bool { return f.Code == c.code })
			if at < 0 {
				t.Fatalf("%s, findings %v; want %s", path.Agreement, path.Findings, c.code)
			}
			if has := path.Findings[at].Args["has"]; has != c.has && (c.has != "never noted" || !strings.HasPrefix(has, c.has)) {
				t.Errorf("it has %q, want %q", has, c.has)
			}
		})
	}
}

// TestFieldsOfNFTAgree: what kube-proxy wrote is no difference, also where nft joined ranges
// or the load balancer's own address was added, and where sets were not read.
func TestFieldsOfNFTAgree(t *testing.T) {
	const firewall = `firewall-\w+-fld-e2e/lb/tcp/`
	for name, c := range map[string]struct {
		file   string
		change func(*snapshot.Snapshot)
	}{
		"ranges":           {"lb", func(*snapshot.Snapshot) {}},
		"one family":       {"lb-six", func(*snapshot.Snapshot) {}},
		"sticky":           {"sticky", func(*snapshot.Snapshot) {}},
		"health checks":    {"lb-far", firewalled("-p tcp -m tcp --dport 22 -j DROP")},
		"its own address":  {"lb", inNFT(firewall, "10.0.2.77,", "10.0.2.77, 192.0.2.103,")},
		"no sets":          {"sticky", inNFT(`affinity-\w+-fld-e2e/sticky/tcp/__\S+`, "timeout 1m", "")},
		"as 1.35 writes":   {"sticky", inNFT(`endpoint-\w+-fld-e2e/sticky/tcp/__\S+`, "\tupdate @", "\tip saddr 20.2.36.1 jump mark-for-masquerade\n\t\tupdate @")},
		"keeps an address": {"lb-proxy", func(*snapshot.Snapshot) {}},
		"base chains of 1.32": {"lb", func(s *snapshot.Snapshot) {
			edit(s, func(_, text string) string {
				return strings.ReplaceAll(text, "chain filter-prerouting-pre-dnat {", "chain filter-prerouting {")
			})
		}},
		"joined": {"lb", func(s *snapshot.Snapshot) {
			inNFT(firewall, "20.2.36.0/24", "20.2.36.0-20.2.38.255")(s)
			s.Services[0].Spec.LoadBalancerSourceRanges = []string{"20.2.38.0/24", "10.0.2.77/32", "20.2.36.0/23", "20.2.37.0/25"}
		}},
	} {
		s, req := load(t, "testdata/nft/field-"+c.file+".json")
		c.change(s)
		path, err := Analyze(s, req)
		if err != nil {
			t.Fatal(err)
		}
		proved := slices.ContainsFunc(path.Findings, func(f explain.Finding) bool { return f.Proof == explain.ProofNode })
		if path.Agreement != Agrees || proved {
			t.Errorf("%s: %s, findings %v", name, path.Agreement, path.Findings)
		}
	}
}
