package render

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain text":          "plain text",
		"节点 k8s-node1 就绪":     "节点 k8s-node1 就绪",
		"a\x1b[31mred":        `a\x1b[31mred`,
		"a\nb\tc\r":           `a\nb\tc\x0d`,
		"\u202egnp.exe":       `\u202egnp.exe`,
		"zero\u200bwidth":     `zero\u200bwidth`,
		"bad \xff utf8":       `bad \xff utf8`,
		"c1 \u009b31m":        `c1 \x9b31m`,
		"del \x7f":            `del \x7f`,
		"line\u2028separator": `line\u2028separator`,
	} {
		if got := Escape(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("a\x1b]0;title\x07")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Escape(s) {
			if r < 0x20 || r == 0x7f || unsafe(r) {
				t.Fatalf("%q lets %q through", s, r)
			}
		}
	})
}

var sample = Branch{Label: "20.1.0.1:80/tcp", Branches: []Branch{
	{Label: "KUBE-SERVICES", Detail: "to 20.1.0.1", Figure: "6 packets", Branches: []Branch{
		{Label: "50% → a", Detail: "Pod a  ready, on n1", Figure: "2 packets"},
		{Label: "50% → b\x1b[2J", Detail: "Pod 乙  ready, on n1", Figure: "4 packets"},
	}},
}}

func TestTreeWide(t *testing.T) {
	want := `20.1.0.1:80/tcp
└─ KUBE-SERVICES      to 20.1.0.1           6 packets
   ├─ 50% → a         Pod a  ready, on n1   2 packets
   └─ 50% → b\x1b[2J  Pod 乙  ready, on n1  4 packets
`
	var out strings.Builder
	if err := WriteTree(&out, Style{}, sample); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestTreeNarrow(t *testing.T) {
	var out strings.Builder
	if err := WriteTree(&out, Style{Width: 40}, sample); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if width(strings.TrimRight(line, "\n")) > 40 {
			t.Errorf("wider than 40 columns: %q", line)
		}
	}
	for _, word := range []string{"Pod 乙", "4 packets", "to 20.1.0.1"} {
		if !strings.Contains(out.String(), word) {
			t.Errorf("%q is lost in:\n%s", word, out.String())
		}
	}
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		text string
		room int
		want []string
	}{
		{"", 10, nil},
		{"short", 0, []string{"short"}},
		{"one two three four five six", 20, []string{"one two three four", "five six"}},
		{"https://example.com/a/very/long/address is whole", 20, []string{"https://example.com/a/very/long/address", "is whole"}},
		{"节点上的规则与接口服务器所说的不一致，请检查。", 24, []string{"节点上的规则与接口服务器", "所说的不一致，请检查。"}},
	} {
		if diff := cmp.Diff(tt.want, Wrap(tt.text, tt.room)); diff != "" {
			t.Errorf("%q: %s", tt.text, diff)
		}
	}
}

func TestTable(t *testing.T) {
	var out strings.Builder
	err := WriteTable(&out, []string{"NAME", "POD", "X"}, [][]string{{"a", "default/web\x1b[31m", "1"}, {"long-name", "<none>", ""}})
	if err != nil {
		t.Fatal(err)
	}
	want := "NAME       POD                  X\na          default/web\\x1b[31m  1\nlong-name  <none>\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestNoColorUnlessAsked(t *testing.T) {
	if got := (Style{}).Bad("x"); got != "x" {
		t.Errorf("got %q", got)
	}
	if got := (Style{Color: true}).Bad("x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("got %q", got)
	}
}

func TestEscapeJSON(t *testing.T) {
	text := "a\u009b\u202e\x7f中文\U000E0001 <&>"
	raw, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		t.Fatal(err)
	}
	escaped := EscapeJSON(string(raw))
	if strings.ContainsAny(escaped, "\u009b\u202e\x7f\U000E0001") || !strings.Contains(escaped, "中文") {
		t.Errorf("escaped to %q", escaped)
	}
	var back map[string]string
	if err := json.Unmarshal([]byte(escaped), &back); err != nil || back["text"] != text {
		t.Errorf("%v, read back as %q", err, back["text"])
	}
}
