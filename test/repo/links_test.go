package repo

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`!?\[[^\]]*\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	notWord = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinks: what a page links to in the repository is there, headings included; a page
// that nothing links to is not found by anybody.
func TestLinks(t *testing.T) {
	linked := map[string]bool{"README.md": true}
	var pages []string
	for _, file := range tracked(t) {
		if strings.HasSuffix(file, ".md") {
			pages = append(pages, file)
		}
	}
	for _, page := range pages {
		data, err := os.ReadFile("../../" + page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range link.FindAllStringSubmatch(string(data), -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			target, anchor, _ := strings.Cut(found[1], "#")
			file := page
			if target != "" {
				file = filepath.ToSlash(filepath.Join(filepath.Dir(page), target))
			}
			linked[file] = true
			text, err := os.ReadFile("../../" + file)
			info, statErr := os.Stat("../../" + file)
			switch {
			case statErr != nil:
				t.Errorf("%s links to %s, which is not there", page, found[1])
			case anchor != "" && (info.IsDir() || err != nil || !hasHeading(string(text), anchor)):
				t.Errorf("%s links to %s, which has no such heading", page, found[1])
			}
		}
	}
	for _, page := range pages {
		if !linked[page] {
			t.Errorf("nothing links to %s", page)
		}
	}
	if len(pages) < 20 {
		t.Errorf("only %d pages", len(pages))
	}
}

// hasHeading says whether a page has a heading with this anchor, as GitHub makes them.
func hasHeading(text, anchor string) bool {
	for _, found := range heading.FindAllStringSubmatch(text, -1) {
		made := notWord.ReplaceAllString(strings.ToLower(found[1]), "")
		if strings.ReplaceAll(made, " ", "-") == anchor {
			return true
		}
	}
	return false
}
