package downward

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-kk/kubectl-kk/pkg/downward"
)

// snippetFields are all fields that are listed, with keys and sizes in the place of KEY
// and SIZE, and the other name of spec.nodeName.
func snippetFields() (out []string) {
	keys := []string{
		"app", "App", "a-b", "a.b", "a_b", "app.kubernetes.io/name", "APP.Kubernetes.IO/Name", "0", strings.Repeat("k", 63),
	}
	for _, f := range downward.List(minor).Fields {
		switch {
		case strings.HasSuffix(f.Field, "['KEY']"):
			for _, key := range keys {
				// Of a label the letter case of the domain counts.
				if key != strings.ToLower(key) && strings.Contains(key, "/") && strings.HasPrefix(f.Field, "metadata.labels") {
					continue
				}
				out = append(out, strings.Replace(f.Field, "KEY", key, 1))
			}
		case strings.HasSuffix(f.Field, "-SIZE"):
			out = append(out, strings.Replace(f.Field, "SIZE", "2Mi", 1), strings.Replace(f.Field, "SIZE", "1Gi", 1))
		default:
			out = append(out, f.Field)
		}
	}
	return append(out, "spec.host")
}

// TestSnippetBesideOddFolders: what the container has at the folder that a snippet
// would choose stays where it is.
func TestSnippetBesideOddFolders(t *testing.T) {
	for name, pod := range oddFolders(t) {
		text, err := downward.Snippet(pod, downward.SnippetRequest{Fields: []string{"metadata.labels"}}, minor)
		if err != nil {
			t.Fatal(err)
		}
		checkSnippet(t, name, pod, text, []string{"metadata.labels"})
	}
}

// TestSnippetOfLongKey: the file of a key that is as long as a key can be, 317 bytes, can
// be written: a file name has 255.
func TestSnippetOfLongKey(t *testing.T) {
	field := "metadata.annotations['" + longKey + "']"
	pod := aPod(func(*corev1.PodSpec, *corev1.Container) {})
	for _, as := range []string{"env", "volume"} {
		text, err := downward.Snippet(pod, downward.SnippetRequest{Fields: []string{field}, As: as}, minor)
		if err != nil {
			t.Fatal(err)
		}
		checkSnippet(t, "the longest key as "+as, pod, text, []string{field})
	}
}

// longKey is as long as a key can be.
var longKey = strings.Repeat(strings.Repeat("d", 62)+".", 4)[:251] + "dd/" + strings.Repeat("k", 63)

// canBe says whether the API server takes a field by a way.
func canBe(t *testing.T, field, as string, resource bool) bool {
	t.Helper()
	use := object{"fieldRef": object{"fieldPath": field}}
	if resource {
		use = object{"resourceFieldRef": object{"resource": field, "containerName": "app"}}
	}
	list, err := complaints(inManifest(as, use))
	if err != nil {
		t.Fatal(err)
	}
	return len(list) == 0
}

func isResource(field string) bool {
	return strings.HasPrefix(field, "limits.") || strings.HasPrefix(field, "requests.")
}

// TestSnippets: of each field, by each way, in each unit, for each Pod, the snippet goes
// into the manifest as it is, or is refused where the API server would refuse the field.
func TestSnippets(t *testing.T) {
	cells, written := 0, 0
	for name, pod := range crowdedPods(t) {
		for _, field := range snippetFields() {
			for _, as := range []string{"", "env", "volume"} {
				units := []string{""}
				if isResource(field) {
					units = []string{"", "1", "1m", "1Mi", "1E", "1024Ki"}
				}
				for _, unit := range units {
					cells++
					what := fmt.Sprintf("%s: %s as %q in units of %q", name, field, as, unit)
					text, err := downward.Snippet(pod, downward.SnippetRequest{Fields: []string{field}, As: as, Divisor: unit}, minor)
					if err != nil {
						unfit := isResource(field) && unit == "1m" != strings.HasSuffix(field, ".cpu") && unit != "" && unit != "1"
						if !unfit && (as == "" || canBe(t, field, as, isResource(field))) {
							t.Errorf("%s: %v", what, err)
						}
						continue
					}
					written++
					checkSnippet(t, what, pod, text, []string{field})
				}
			}
		}
	}
	// 29 fieldPaths in 3 ways, of which 27 can be variables and 22 files; 10 resources in
	// 3 ways and 6 units, of which 3 fit each of the 2 of cpu and 5 each of the others.
	if pods := len(crowdedPods(t)); cells != pods*(29*3+10*3*6) || written != pods*(29+27+22+2*3*3+8*3*5) {
		t.Errorf("%d of %d snippets were written for %d Pods", written, cells, pods)
	}
}

// TestSnippetOfAll takes all fields at once, which is where names collide.
func TestSnippetOfAll(t *testing.T) {
	for name, pod := range crowdedPods(t) {
		for _, as := range []string{"", "env", "volume"} {
			var fields []string
			for _, field := range snippetFields() {
				if as == "" || canBe(t, field, as, isResource(field)) {
					fields = append(fields, field)
				}
			}
			// Some twice, as by mistake: once is enough.
			twice := slices.Concat(fields, []string{fields[0], fields[len(fields)-1]})
			text, err := downward.Snippet(pod, downward.SnippetRequest{Fields: twice, As: as}, minor)
			if err != nil {
				t.Errorf("%s, all as %q: %v", name, as, err)
				continue
			}
			checkSnippet(t, fmt.Sprintf("%s, all as %q", name, as), pod, text, fields)
		}
	}
}

// checkSnippet merges a snippet into its Pod and looks at what comes out.
func checkSnippet(t *testing.T, what string, pod *corev1.Pod, text string, fields []string) {
	t.Helper()
	merged := mergeSnippet(t, what, pod, text)
	if list := complaintsOf(t, merged); len(list) > 0 {
		t.Errorf("%s: %v\n%s", what, list, text)
	}
	for _, c := range slices.Concat(merged.Spec.InitContainers, merged.Spec.Containers) {
		var variables, folders []string
		for _, v := range c.Env {
			variables = append(variables, v.Name)
		}
		for _, m := range c.VolumeMounts {
			folders = append(folders, inRoot(m.MountPath))
		}
		unique(t, what+": variables of "+c.Name, variables)
		unique(t, what+": folders of "+c.Name, folders)
	}
	var got []string
	for _, v := range merged.Spec.Containers[0].Env[len(pod.Spec.Containers[0].Env):] {
		got = append(got, fieldOf(v.ValueFrom.FieldRef, v.ValueFrom.ResourceFieldRef))
	}
	for _, v := range merged.Spec.Volumes[len(pod.Spec.Volumes):] {
		var paths []string
		for _, item := range v.DownwardAPI.Items {
			got = append(got, fieldOf(item.FieldRef, item.ResourceFieldRef))
			paths = append(paths, item.Path)
		}
		unique(t, what+": files", paths)
		written(t, what, merged, v.DownwardAPI.Items)
	}
	want := slices.Clone(fields)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: takes %v, want %v", what, got, want)
	}
}

func unique(t *testing.T, what string, names []string) {
	t.Helper()
	slices.Sort(names)
	if all := len(names); len(slices.Compact(names)) != all {
		t.Errorf("%s: one name twice in %v", what, names)
	}
}

func fieldOf(field *corev1.ObjectFieldSelector, resource *corev1.ResourceFieldSelector) string {
	if field != nil {
		return field.FieldPath
	}
	return resource.Resource
}

// mergeSnippet puts the two documents where their comments say: behind what is there.
func mergeSnippet(t *testing.T, what string, pod *corev1.Pod, text string) *corev1.Pod {
	t.Helper()
	out := pod.DeepCopy()
	inContainer, inSpec, _ := strings.Cut(text, "\n---\n")
	var c corev1.Container
	var spec corev1.PodSpec
	if err := yaml.UnmarshalStrict([]byte(inContainer), &c); err != nil {
		t.Fatalf("%s: %v\n%s", what, err, text)
	}
	if err := yaml.UnmarshalStrict([]byte(inSpec), &spec); err != nil {
		t.Fatalf("%s: %v\n%s", what, err, text)
	}
	app := &out.Spec.Containers[0]
	app.Env, app.VolumeMounts = append(app.Env, c.Env...), append(app.VolumeMounts, c.VolumeMounts...)
	out.Spec.Volumes = append(out.Spec.Volumes, spec.Volumes...)
	return out
}
