package explain

import (
	"strings"
	"testing"
)

func TestLangFromEnv(t *testing.T) {
	for env, want := range map[string]Lang{
		"":                                     English,
		"LANG=zh_CN.UTF-8":                     Chinese,
		"LANG=zh_CN":                           Chinese,
		"LANG=zh_CN.GB18030":                   Chinese,
		"LANG=zh_CN.UTF-8@pinyin":              Chinese,
		"LANG=zh_CN@pinyin":                    Chinese,
		"LANG=zh":                              Chinese,
		"LANG=zh_SG":                           Chinese,
		"LANG=zh_SG.UTF-8":                     Chinese,
		"LANG=zh_Hans":                         Chinese,
		"LANG=zh-Hans-CN":                      Chinese,
		"LANG=zh_Hans_HK":                      Chinese,
		"LANG=ZH_cn.utf8":                      Chinese,
		"LANG=zh_TW.UTF-8":                     English,
		"LANG=zh_HK":                           English,
		"LANG=zh_MO":                           English,
		"LANG=zh_Hant":                         English,
		"LANG=zh_Hant_CN":                      English,
		"LANG=en_US.UTF-8":                     English,
		"LANG=de_DE.UTF-8":                     English,
		"LANG=ja_JP.UTF-8":                     English,
		"LANG=C":                               English,
		"LANG=C.UTF-8":                         English,
		"LANG=POSIX":                           English,
		"LANG=zhuang":                          English,
		"LANG=zh_":                             English,
		"LANG=.UTF-8":                          English,
		"LANG=/usr/share/locale/zh_CN":         English,
		"LC_ALL=zh_CN.UTF-8 LANG=en_US":        Chinese,
		"LC_ALL=C LANG=zh_CN.UTF-8":            English,
		"LC_ALL=C LC_MESSAGES=zh_CN LANG=zh":   English,
		"LC_ALL= LC_MESSAGES=zh_CN LANG=en":    Chinese,
		"LC_MESSAGES=en_US LANG=zh_CN.UTF-8":   English,
		"LC_ALL= LC_MESSAGES= LANG=zh_CN":      Chinese,
		"LC_ALL=xx_XX.broken LANG=zh_CN.UTF-8": English,
		"LC_CTYPE=zh_CN.UTF-8 LANGUAGE=zh_CN":  English,
	} {
		vars := map[string]string{}
		for _, pair := range strings.Fields(env) {
			name, value, _ := strings.Cut(pair, "=")
			vars[name] = value
		}
		if got := LangFromEnv(func(name string) string { return vars[name] }); got != want {
			t.Errorf("%s: got %s, want %s", env, got, want)
		}
	}
}

func TestParseLang(t *testing.T) {
	for in, want := range map[string]Lang{
		"en": English, "EN": English, "en-GB": English, "en_US.UTF-8": English,
		"zh": Chinese, "ZH": Chinese, "zh-CN": Chinese, "zh_CN": Chinese, "zh-Hans": Chinese,
		"": "", "fr": "", "zh-TW": "", "zh-Hant": "", "chinese": "", "中文": "", "e": "", "C": "",
	} {
		got, err := ParseLang(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", in, got, err, want)
		}
		if err != nil && !strings.Contains(err.Error(), `"`+in+`"`) {
			t.Errorf("%q: the error does not say what was given: %v", in, err)
		}
	}
}
