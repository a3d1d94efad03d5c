package explain

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"
)

// Lang is a language of the catalog.
type Lang string

// The languages of the catalog.
const (
	English Lang = "en"
	Chinese Lang = "zh" // in simplified characters
)

// ParseLang takes the value of a flag: "en", "zh", or a longer tag or locale of one
// of the two, such as zh-CN or en_US.UTF-8.
func ParseLang(s string) (Lang, error) {
	if lang, ok := langOf(s); ok {
		return lang, nil
	}
	return "", fmt.Errorf("%q is not a language that kk speaks: use %s or %s", s, English, Chinese)
}

// LangFromEnv chooses the language as programs do with gettext: the first of LC_ALL,
// LC_MESSAGES and LANG that is not empty decides, and a locale that kk has no texts
// for gets English.
//
// Such a locale is one of traditional characters too (zh_TW, zh_HK, zh_Hant): who set
// it did not ask for simplified ones, and no Unix program gives them. They are to be
// had by asking, with --lang zh.
func LangFromEnv(getenv func(string) string) Lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := getenv(name); locale != "" {
			if lang, ok := langOf(locale); ok {
				return lang
			}
			break
		}
	}
	return English
}

// langOf knows by CLDR's table of likely scripts which Chinese a country writes.
func langOf(s string) (Lang, bool) {
	tag, _, _ := strings.Cut(s, ".") // zh_CN.UTF-8
	tag, _, _ = strings.Cut(tag, "@")
	parsed, err := language.Parse(tag)
	if err != nil {
		return "", false
	}
	base, _ := parsed.Base()
	script, _ := parsed.Script()
	switch {
	case base.String() == "en":
		return English, true
	case base.String() == "zh" && script.String() == "Hans":
		return Chinese, true
	}
	return "", false
}
