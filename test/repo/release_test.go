package repo

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestKrewManifest holds the manifest to what krew-index asks for: a name, a version, a
// short description of 50 characters at most, a description of 80 columns without usage,
// and for each platform one archive with its sum.
func TestKrewManifest(t *testing.T) {
	var manifest struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   struct{ Name string }
		Spec       struct {
			Version, Homepage, ShortDescription, Description, Caveats string
			Platforms                                                 []struct {
				Selector         struct{ MatchLabels map[string]string }
				URI, SHA256, Bin string
			}
		}
	}
	data, err := os.ReadFile("../../krew-manifest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(data, &manifest); err != nil {
		t.Fatal(err)
	}
	spec := manifest.Spec
	if manifest.APIVersion != "krew.googlecontainertools.github.com/v1alpha2" || manifest.Kind != "Plugin" || manifest.Metadata.Name != "kk" || !regexp.MustCompile(`^v\d+\.\d+\.\d+$`).MatchString(spec.Version) {
		t.Errorf("%s %s %s %s", manifest.APIVersion, manifest.Kind, manifest.Metadata.Name, spec.Version)
	}
	if short := spec.ShortDescription; len(short) > 50 || strings.Contains(short, "Kubernetes") || strings.Contains(short, "plugin") || strings.HasSuffix(short, ".") {
		t.Errorf("shortDescription: %q (%d)", short, len(short))
	}
	for line := range strings.Lines(spec.Description + spec.Caveats) {
		if len(line) > 81 {
			t.Errorf("more than 80 columns: %q", line)
		}
	}
	if strings.Contains(spec.Description, "kubectl kk") || strings.Contains(spec.Description, " --") {
		t.Errorf("the description has usage: %s", spec.Description)
	}
	seen := map[string]bool{}
	for _, p := range spec.Platforms {
		name := p.Selector.MatchLabels["os"] + "_" + p.Selector.MatchLabels["arch"]
		windows := p.Selector.MatchLabels["os"] == "windows"
		if seen[name] || len(p.Selector.MatchLabels) != 2 {
			t.Errorf("%s is there twice, or has other labels", name)
		}
		seen[name] = true
		if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(p.SHA256) || windows != (p.Bin == "kubectl-kk.exe") || windows != strings.HasSuffix(p.URI, ".zip") ||
			!strings.Contains(p.URI, "/releases/download/"+spec.Version+"/kubectl-kk_"+spec.Version+"_"+name+".") {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if len(seen) != 6 {
		t.Errorf("platforms: %v", seen)
	}
}

// TestActionsArePinned: a workflow runs only actions that are named by a commit.
func TestActionsArePinned(t *testing.T) {
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d workflows (%v)", len(files), err)
	}
	pinned := regexp.MustCompile(`uses: [\w./-]+@[0-9a-f]{40} # v\d`)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var workflow map[string]any
		if err := yaml.Unmarshal(data, &workflow); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for line := range strings.Lines(string(data)) {
			if strings.Contains(line, "uses:") && !pinned.MatchString(line) {
				t.Errorf("%s: %s", file, strings.TrimSpace(line))
			}
		}
	}
}
