package dns

import (
	"strings"
	"testing"
)

func TestCheckName(t *testing.T) {
	long := strings.TrimSuffix(strings.Repeat("abcdefg.", 32), ".")
	for name, says := range map[string]string{
		"web": "", "mysql.db": "", "mysql.db.svc.cluster.local.": "", "_sip._tcp.web": "", "WEB": "", "*.web": "", "1": "", "a-b.c": "",
		strings.Repeat("a", 63): "", long[:253]: "", long[:253] + ".": "",
		"":                              "is empty",
		".":                             "root of DNS",
		"a..b":                          "did you mean a.b?",
		".a":                            "did you mean a?",
		"a..":                           "did you mean a?",
		"...":                           "did you mean web?",
		strings.Repeat("a", 64):         "has 64 characters, and DNS allows 63",
		long + ".x":                     "DNS allows 253",
		"10.1.2.3":                      "3.2.1.10.in-addr.arpa",
		"::1":                           "0.0.0.0.ip6.arpa",
		"[fd00::1]":                     "that is an address",
		"fe80::1%eth0":                  "that is an address",
		"10.0.0.0/8":                    "a range of addresses",
		"https://u:p@web.shop:8080/x?y": "its host: web.shop",
		"http://[fd00::1]:80/":          "its host: fd00::1",
		"http://web":                    "its host: web",
		"web.shop:80":                   "leave out port and path: web.shop",
		"web/path":                      "leave out port and path: web",
		"svc/web":                       "leave out port and path: web",
		"käse.example":                  "punycode",
		"a b":                           `no ' '`,
		"a\x1b[31m":                     `no '\x1b'`,
	} {
		err := CheckName(name)
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%.30q: %v, want %q", name, err, says)
		}
	}
}

func FuzzCheckName(f *testing.F) {
	f.Add("http://a/b:c@d")
	f.Add("000000000")
	f.Fuzz(func(t *testing.T, name string) {
		if CheckName(name) != nil {
			return
		}
		for _, l := range Libcs {
			config, _ := read(podFile, l)
			var w Walk
			w.Run(&config, name, nobody)
			if _, old := atonAddress(name); w.Refusal == Literal && old && l != Go {
				continue // 10.1 and 0x7f000001 are names of DNS, and addresses to C
			}
			if w.Refusal != "" && w.Refusal != BadCharacter {
				t.Fatalf("%q is a name, and %s refuses it: %s", name, l, w.Refusal)
			}
		}
	})
}
