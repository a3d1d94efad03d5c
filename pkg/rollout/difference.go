package rollout

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

func images(t *corev1.PodTemplateSpec) []Image {
	var out []Image
	for _, c := range t.Spec.Containers {
		out = append(out, Image{Container: c.Name, Image: c.Image})
	}
	return out
}

// compare notes why a revision exists: the difference of its template to an older one.
func (a *analysis) compare(i int, since int64, before corev1.PodTemplateSpec) {
	r := &a.st.Revisions[i]
	r.Since, r.Differences = since, differences(&before, &a.templates[i])
}

// differences are the fields in which two templates differ: images first, then by name.
func differences(before, after *corev1.PodTemplateSpec) []Difference {
	d := &differ{}
	d.walk("", tree(before), tree(after))
	slices.SortStableFunc(d.found, func(x, y Difference) int {
		return cmp.Or(rank(x)-rank(y), cmp.Compare(x.Field, y.Field))
	})
	return d.found
}

func rank(d Difference) int {
	if strings.HasSuffix(d.Field, ": image") {
		return 0
	}
	return 1
}

// tree is the template as JSON has it, without the labels that controllers add.
func tree(t *corev1.PodTemplateSpec) any {
	copied := *t
	copied.CreationTimestamp.Reset()
	copied.Labels = map[string]string{}
	for key, text := range t.Labels {
		if key != appsv1.DefaultDeploymentUniqueLabelKey && key != appsv1.ControllerRevisionHashLabelKey {
			copied.Labels[key] = text
		}
	}
	var out any
	if data, err := json.Marshal(copied); err == nil {
		_ = json.Unmarshal(data, &out)
	}
	return out
}

type differ struct{ found []Difference }

// walk compares two values; path is the field that they are of.
func (d *differ) walk(path string, before, after any) {
	if reflect.DeepEqual(before, after) {
		return
	}
	oldMap, oldIs := before.(map[string]any)
	newMap, newIs := after.(map[string]any)
	if (oldIs || before == nil) && (newIs || after == nil) && (oldIs || newIs) {
		d.maps(path, oldMap, newMap)
		return
	}
	oldList, newList := named(before), named(after)
	if (oldList != nil || before == nil) && (newList != nil || after == nil) {
		d.lists(path, oldList, newList)
		return
	}
	d.leaf(path, before, after)
}

func (d *differ) maps(path string, before, after map[string]any) {
	for _, key := range union(before, after) {
		below := key
		switch {
		case path == "metadata" && (key == "labels" || key == "annotations"):
			below = strings.TrimSuffix(key, "s") + " "
		case strings.HasSuffix(path, " "):
			below = path + key
		case path == "metadata" || path == "spec" || path == "":
		default:
			below = path + "." + key
		}
		d.walk(below, before[key], after[key])
	}
}

// lists compares what has names: containers, volumes, variables, ports.
func (d *differ) lists(path string, before, after map[string]any) {
	kind := map[string]string{"containers": "container", "initContainers": "init container", "volumes": "volume"}[path]
	for _, name := range union(before, after) {
		x, y := before[name], after[name]
		if reflect.DeepEqual(x, y) {
			continue
		}
		where := path + " " + name
		if kind != "" {
			where = kind + " " + name
		}
		if kind != "" && x != nil && y != nil {
			sub := &differ{}
			sub.walk("", x, y)
			for _, f := range sub.found {
				f.Field = where + ": " + f.Field
				d.found = append(d.found, f)
			}
			continue
		}
		d.leaf(where, brief(kind, x), brief(kind, y))
	}
}

// brief is a whole container or volume in a word.
func brief(kind string, v any) any {
	m, ok := v.(map[string]any)
	if !ok || kind == "" {
		return v
	}
	if image, ok := m["image"]; ok {
		return image
	}
	for key := range m {
		if key != "name" {
			return key
		}
	}
	return "set"
}

func union(x, y map[string]any) []string {
	var out []string
	for name := range x {
		out = append(out, name)
	}
	for name := range y {
		if _, there := x[name]; !there {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// named is a list whose members all have names, by name; else nil.
func named(v any) map[string]any {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil
	}
	out := map[string]any{}
	for _, item := range list {
		m, ok := item.(map[string]any)
		name, has := m["name"].(string)
		if !ok || !has {
			return nil
		}
		out[name] = item
	}
	return out
}

func (d *differ) leaf(path string, before, after any) {
	f := Difference{Field: strings.TrimSpace(path), Old: words(before), New: words(after)}
	if strings.Contains(f.Old+f.New, snapshot.Hidden) {
		f.Hidden = true
		if f.Old != "" {
			f.Old = "set"
		}
		if f.New != "" {
			f.New = "set"
		}
	}
	d.found = append(d.found, f)
}

// words is a value in short: a text as it is, what has fields as JSON.
func words(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64, bool:
		return fmt.Sprint(v)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(data)
}
