package svcpath

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// notRead takes out of a recording what a question was answered with.
func notRead(words string) func(*snapshot.Snapshot) {
	return func(s *snapshot.Snapshot) {
		outputs := &s.Readings[0].Outputs
		*outputs = slices.DeleteFunc(*outputs, func(o snapshot.Output) bool { return strings.Contains(strings.Join(o.Argv, " "), words) })
	}
}

// printedAs changes the text of what a question was answered with.
func printedAs(words, old, now string) func(*snapshot.Snapshot) {
	return func(s *snapshot.Snapshot) {
		edit(s, func(argv, text string) string {
			if strings.Contains(argv, words) {
				return strings.ReplaceAll(text, old, now)
			}
			return text
		})
	}
}

// TestFieldsOfPartNFT is about nodes whose table was not read whole: what was read is
// compared, and what was not is no difference.
func TestFieldsOfPartNFT(t *testing.T) {
	const drop = "ip saddr != { 10.0.2.77, 20.2.36.0/24 } drop"
	for name, c := range map[string]struct {
		file   string
		change func(*snapshot.Snapshot)
		want   string
	}{
		"ranges":                        {"lb", func(*snapshot.Snapshot) {}, ""},
		"a chain that was not read":     {"lb", notRead(" firewall-H"), ""},
		"a map that was not read":       {"lb", notRead(" firewall-ips"), ""},
		"a range without a rule":        {"lb", printedAs(" firewall-H", drop, "ip saddr != 10.0.2.77 drop"), explain.SourceRangesDiffer},
		"no element":                    {"lb", printedAs(" firewall-ips", "192.0.2.103", "192.0.2.99"), explain.SourceRangesDiffer},
		"an address of another Service": {"lb", printedAs(" service-ips", "fld-e2e/lb/tcp", "fld-e2e/other/tcp"), explain.AddressClaimedTwice},
		"captured against ipMode Proxy": {"lb", func(s *snapshot.Snapshot) {
			mode := corev1.LoadBalancerIPModeProxy
			s.Services[0].Status.LoadBalancer.Ingress[0].IPMode = &mode
		}, explain.ProxiedAddressCaptured},
		"sticky":                   {"sticky", func(*snapshot.Snapshot) {}, ""},
		"endpoints' chains unread": {"sticky", notRead(" endpoint-"), ""},
		"clients are not noted":    {"sticky", printedAs(" endpoint-", "update @affinity", "ip saddr @affinity"), explain.AffinityDiffers},
		"no affinity":              {"sticky", printedAs(" service-", "ip saddr @affinity", "ip saddr @other"), explain.AffinityDiffers},
		"a timeout, which is in no chain": {"sticky", spec(func(s *corev1.ServiceSpec) {
			seconds := int32(90)
			s.SessionAffinityConfig.ClientIP.TimeoutSeconds = &seconds
		}), ""},
	} {
		s, req := load(t, "testdata/nft/part-"+c.file+".json")
		c.change(s)
		path, err := Analyze(s, req)
		if err != nil {
			t.Fatal(err)
		}
		proved := slices.DeleteFunc(path.Findings, func(f explain.Finding) bool { return f.Proof != explain.ProofNode })
		if c.want == "" && (len(proved) > 0 || path.Agreement != Agrees) || c.want != "" && !slices.ContainsFunc(proved, func(f explain.Finding) bool { return f.Code == c.want }) {
			t.Errorf("%s: %s, findings %v, want %q", name, path.Agreement, proved, c.want)
		}
	}
}
