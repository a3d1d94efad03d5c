package walk

import (
	"strings"
	"testing"
)

// TestNotes: where kube-proxy's rules stand in two places, or in none.
func TestNotes(t *testing.T) {
	save, list := text(t, iptablesSave), text(t, nftList)
	other := "*nat\n:PREROUTING ACCEPT [0:0]\n:CILIUM_PRE_nat - [0:0]\n-A PREROUTING -d 10.0.0.0/8 -j CILIUM_PRE_nat\nCOMMIT\n*filter\nCOMMIT\n"
	virtual := "-A -t 10.96.0.11:3000 -s rr\n-a -t 10.96.0.11:3000 -r 10.244.7.7:80 -m -w 1\n"
	for name, c := range map[string]struct {
		text string
		says []string
	}{
		"one place":     {save, nil},
		"two modes":     {save + list, []string{"kube-proxy's rules stand in iptables (37 rules for Services) and in nftables (26 chains): all but one are left over"}},
		"two builds":    {save + save, []string{"iptables (37 rules for Services) and in iptables (37 rules for Services)"}},
		"another proxy": {other, []string{"none of these rules is kube-proxy's; who may answer for Services there: Cilium, which shows it by: kubectl -n kube-system exec ds/cilium -- cilium-dbg service list"}},
		"ipvs too":      {save + virtual, []string{"in iptables (37 rules for Services) and in ipvs"}},
		"nobody's":      {"*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n*filter\nCOMMIT\n", []string{"none of these rules is kube-proxy's"}},
	} {
		rules, err := Read([]File{{"rules", c.text}})
		if err != nil {
			t.Fatal(err)
		}
		a, err := Analyze(rules, request(t, "10.96.0.11:3000", ""))
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Notes) != len(c.says) {
			t.Errorf("%s: notes %q, want %d", name, a.Notes, len(c.says))
			continue
		}
		for i, says := range c.says {
			if !strings.Contains(a.Notes[i], says) {
				t.Errorf("%s: %q, want %q", name, a.Notes[i], says)
			}
		}
	}
}
