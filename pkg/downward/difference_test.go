package downward

import (
	"strings"
	"testing"
)

// TestDifferenceIsShown: a sentence that says that two values differ shows two that do,
// and calls none empty that is not.
func TestDifferenceIsShown(t *testing.T) {
	long := strings.Repeat("long ", 100)
	for what, c := range map[string]struct{ has, should string }{
		"another word":          {"old", "new"},
		"nothing":               {"", "new"},
		"nothing any more":      {"old", ""},
		"a line break more":     {"web\n", "web"},
		"only line breaks":      {"\n", "web"},
		"one line of two":       {"a\nb", "a\nc"},
		"a line more":           {"a\nb\nc", "a\nc"},
		"the order of lines":    {"b\na", "a\nb"},
		"a line twice":          {"a\na", "a"},
		"the end of a long one": {long + "old", long + "new"},
		"the end of a line":     {"a\n" + long + "old", "a\n" + long + "new"},
		"a blank":               {"web ", "web"},
		"what is not shown":     {"web\u200b", "web"},
	} {
		t.Run(what, func(t *testing.T) {
			v := analyzed(t, scened(func(sc *scene) {
				sc.pod.Annotations["text"] = c.should
				sc.env(variable("TEXT", "metadata.annotations['text']"), c.has)
			}), ofPod)
			found := findingsOf(v, "KK-DOWN-101")
			if len(found) != 1 {
				t.Fatalf("found %v", codes(v))
			}
			has, should := found[0].Args["has"], found[0].Args["should"]
			if has == should || (has == `""`) && c.has != "" || (should == `""`) && c.should != "" {
				t.Errorf("it says that the variable holds %s and should hold %s", has, should)
			}
			if len([]rune(has)) > 80 || len([]rune(should)) > 80 {
				t.Errorf("%d and %d characters do not fit into a sentence", len([]rune(has)), len([]rune(should)))
			}
		})
	}
}
