package explain

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/width"
)

// texts are all texts of an entry, by where they stand.
func texts(e Entry) map[string]string {
	all := map[string]string{"title": e.Title, "message": e.Message, "meaning": e.Meaning, "why": e.Why}
	for i, step := range e.Do {
		all[fmt.Sprintf("do[%d]", i)] = step
	}
	return all
}

func eachText(t *testing.T, lang Lang, check func(where, text string)) {
	t.Helper()
	for _, code := range Codes() {
		entry, ok := Lookup(code, lang)
		if !ok {
			t.Errorf("%s: no entry in %s", code, lang)
		}
		for where, text := range texts(entry) {
			check(fmt.Sprintf("%s %s %s", lang, code, where), text)
		}
	}
}

func TestShape(t *testing.T) {
	for _, lang := range []Lang{English, Chinese} {
		eachText(t, lang, func(where, text string) {
			if text == "" || text != strings.TrimSpace(text) || strings.ContainsAny(text, "\n\t") || strings.Contains(text, "  ") {
				t.Errorf("%s is empty, or has stray white space: %q", where, text)
			}
			if strings.Count(text, "`")%2 != 0 {
				t.Errorf("%s: a command is not closed: %s", where, text)
			}
			title, stop := strings.HasSuffix(where, "title"), strings.HasSuffix(text, ".") || strings.HasSuffix(text, "。")
			if title == stop {
				t.Errorf("%s: a sentence ends with a full stop, a title does not: %s", where, text)
			}
		})
		for _, code := range Codes() {
			entry, _ := Lookup(code, lang)
			if columns(entry.Title) > 60 {
				t.Errorf("%s %s: the title is %d columns wide", lang, code, columns(entry.Title))
			}
			if len(entry.Do) < 1 || len(entry.Do) > 4 {
				t.Errorf("%s %s: %d steps to do", lang, code, len(entry.Do))
			}
		}
	}
}

func columns(text string) int {
	n := 0
	for _, r := range text {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}

var (
	han     = regexp.MustCompile(`\p{Han}`)
	command = regexp.MustCompile("`[^`]*`")
)

func TestEnglish(t *testing.T) {
	foreign := regexp.MustCompile(`\p{Han}|[，。：；？！（）“”]`)
	stop := regexp.MustCompile(`[.!?](\s|$)`)
	eachText(t, English, func(where, text string) {
		if foreign.MatchString(text) {
			t.Errorf("%s is not English: %s", where, text)
		}
		if strings.HasSuffix(where, "message") && len(stop.FindAllString(text, -1)) != 1 {
			t.Errorf("%s is not one sentence: %s", where, text)
		}
	})
}

func TestChinese(t *testing.T) {
	for name, bad := range map[string]*regexp.Regexp{
		"punctuation that is not full width": regexp.MustCompile(`[,;!?"']|[.:](\s|$)|\p{Han}\s*[.:]|\p{Han}\s*[()]|[()]\s*\p{Han}`),
		"a blank beside punctuation or Han":  regexp.MustCompile(`\s[，。：；、？！（）”]|[，。：；、？！（）“]\s|\p{Han}\s\p{Han}`),
		"no blank between Han and Latin":     regexp.MustCompile(`\p{Han}[A-Za-z0-9{` + "`" + `]|[A-Za-z0-9}` + "`" + `]\p{Han}`),
	} {
		eachText(t, Chinese, func(where, text string) {
			if found := bad.FindString(command.ReplaceAllString(text, "`c`")); found != "" {
				t.Errorf("%s: %s, at %q: %s", where, name, found, text)
			}
		})
	}
	eachText(t, Chinese, func(where, text string) {
		if !han.MatchString(text) {
			t.Errorf("%s is not Chinese: %s", where, text)
		}
		if strings.HasSuffix(where, "message") && strings.Count(text, "。") != 1 {
			t.Errorf("%s is not one sentence: %s", where, text)
		}
	})
}

// What is to be typed is the same in both languages.
func TestSameCommands(t *testing.T) {
	for _, code := range Codes() {
		en, _ := Lookup(code, English)
		zh, _ := Lookup(code, Chinese)
		if len(en.Do) != len(zh.Do) {
			t.Errorf("%s: %d steps in English, %d in Chinese", code, len(en.Do), len(zh.Do))
			continue
		}
		for i := range en.Do {
			got, want := command.FindAllString(zh.Do[i], -1), command.FindAllString(en.Do[i], -1)
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("%s do[%d]: commands in Chinese %v, in English %v", code, i, got, want)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	for _, code := range []string{"KK-SVC-101", "kk-svc-101", " Kk-Svc-101\n"} {
		if e, ok := Lookup(code, English); !ok || e.Code != EndpointMissingOnNode || e.Title == "" {
			t.Errorf("%q: got %+v, %v", code, e, ok)
		}
	}
	for _, code := range []string{"", "KK-SVC-999", "101"} {
		if e, ok := Lookup(code, Chinese); ok || e.Title != "" || e.Sentence(nil) == "" {
			t.Errorf("%q: got %+v, %v", code, e, ok)
		}
	}
	if e, ok := Lookup("KK-SVC-101", "fr"); !ok || han.MatchString(e.Title) {
		t.Errorf("a language that is not there: got %+v, want English", e)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"a field that does not exist": "- code: KK-SVC-101\n  titel: x\n",
		"a field that is there twice": "- code: KK-SVC-101\n  title: x\n  title: y\n",
		"a code that is there twice":  "- code: KK-SVC-101\n- code: KK-SVC-101\n",
		"a map":                       "KK-SVC-101:\n  title: x\n",
		"no list of steps":            "- code: KK-SVC-101\n  do: x\n",
		"no YAML":                     "- code: [\n",
	} {
		if _, err := parse([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestOpenSaysWhichFile(t *testing.T) {
	if _, err := open("fr"); err == nil || !strings.Contains(err.Error(), "catalog/svcpath.fr.yaml") {
		t.Errorf("got %v", err)
	}
}
