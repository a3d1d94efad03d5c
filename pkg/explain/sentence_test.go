package explain

import "testing"

func TestSentence(t *testing.T) {
	e := Entry{Code: "KK-X-1", Message: "{node} drops {service} port {port}, says {node}."}
	for name, tt := range map[string]struct {
		args map[string]string
		want string
	}{
		"all":         {map[string]string{"node": "n1", "service": "shop/web", "port": "80"}, "n1 drops shop/web port 80, says n1."},
		"missing":     {map[string]string{"node": "n1", "service": "shop/web"}, "n1 drops shop/web port <unknown>, says n1."},
		"empty":       {map[string]string{"node": "n1", "service": "shop/web", "port": ""}, "n1 drops shop/web port <unknown>, says n1."},
		"none":        {nil, "<unknown> drops <unknown> port <unknown>, says <unknown>."},
		"too many":    {map[string]string{"node": "n1", "service": "s", "port": "1", "pod": "p"}, "n1 drops s port 1, says n1."},
		"braces":      {map[string]string{"node": "{service}", "service": "{port}{node}", "port": "{"}, "{service} drops {port}{node} port {, says {service}."},
		"joined":      {map[string]string{"node": "{", "service": "port", "port": "}"}, "{ drops port port }, says {."},
		"expansion":   {map[string]string{"node": "$0${1}", "service": `\1`, "port": "%s%!d"}, `$0${1} drops \1 port %s%!d, says $0${1}.`},
		"not escaped": {map[string]string{"node": "\x1b[31m", "service": "a\nb", "port": "\u202e"}, "\x1b[31m drops a\nb port \u202e, says \x1b[31m."},
	} {
		if got := e.Sentence(tt.args); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

func TestSentenceWithoutWords(t *testing.T) {
	e, _ := Lookup("kk-svc-999", English)
	for want, args := range map[string]map[string]string{
		`This kk has no words for KK-SVC-999.`:                             nil,
		`This kk has no words for KK-SVC-999: node="n1", port="{node}\n".`: {"port": "{node}\n", "node": "n1"},
	} {
		if got := e.Sentence(args); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestNoArgumentIsLeftUnfilled(t *testing.T) {
	for code, names := range declared(t) {
		args := map[string]string{}
		for _, name := range names {
			args[name] = "value"
		}
		for _, lang := range []Lang{English, Chinese} {
			e, _ := Lookup(code, lang)
			if got := e.Sentence(args); placeholder.MatchString(got) || got == e.Message {
				t.Errorf("%s %s: got %s", lang, code, got)
			}
		}
	}
}
