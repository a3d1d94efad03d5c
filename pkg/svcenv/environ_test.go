package svcenv

import (
	"bytes"
	"strings"
	"testing"
)

func TestParseEnviron(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "",
		"\x00":                       "",
		"A=1":                        "A:1:3",
		"A=1\x00":                    "A:1:3",
		"A=1\x00B=\x00":              "A:1:3 B::2",
		"A=1=2\x00":                  "A:1=2:5",
		"A=1\x00A=2\x00":             "A:1:3 A:2:3",
		"no equals\x00A=1\x00":       "::9 A:1:3",
		"=x\x00":                     "::2",
		"\x00\x00A=1\x00":            "::0 ::0 A:1:3",
		"a b=c\x00":                  "::5",
		"1A_SERVICE_HOST=x\x00":      "1A_SERVICE_HOST:x:17",
		"a.b-c=\xff\xfe\x00":         "a.b-c:\xff\xfe:8",
		"N\x1b[2J=x\x00A=line\nline": "::7 A:line\nline:11",
	} {
		var got []string
		for _, e := range parseEnviron([]byte(text)) {
			got = append(got, e.name+":"+e.value+":"+number(int32(e.bytes)))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %q, want %q", text, strings.Join(got, " "), want)
		}
	}
}

// FuzzParseEnviron: no byte is lost, and no name is one that could be something else.
func FuzzParseEnviron(f *testing.F) {
	for _, seed := range []string{"", "A=1\x00B=2\x00", "PATH=/bin", "=\x00=\x00", "A\x00\x00=b", "1_SERVICE_HOST=10.0.0.1\x00\xff=\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		entries := parseEnviron(data)
		length := 0
		for _, e := range entries {
			length += e.bytes + 1
			if e.name == "" && e.value != "" || e.name != "" && (!plainName(e.name) || e.bytes != len(e.name)+1+len(e.value)) {
				t.Fatalf("%+v", e)
			}
		}
		if want := len(bytes.TrimSuffix(data, []byte{0})) + 1; len(entries) > 0 && length != want || len(entries) == 0 && want > 1 {
			t.Fatalf("%d bytes counted, want %d", length, want)
		}
	})
}

// FuzzShapes: a value that passes for one of a Service is short and plain.
func FuzzShapes(f *testing.F) {
	for _, seed := range []string{"10.0.0.1", "fd00::1", "443", "tcp", "tcp://10.0.0.1:443", "sctp://[fd00::1]:1", "fe80::1%eth0", "0443", "tcp://a:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, k := range []kind{noKind, addressKind, portKind, urlKind, protocolKind} {
			if k.fits(text) && (len(text) > 64 || strings.Trim(text, "0123456789abcdefABCDEFtpus.:/[]") != "") {
				t.Fatalf("%q passes for kind %d", text, k)
			}
		}
	})
}
