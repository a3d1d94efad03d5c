package downward

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// FuzzTemplates reads manifests that somebody else wrote. Whatever they hold, what is
// found in them can be explained and shown, and asked for a snippet.
func FuzzTemplates(f *testing.F) {
	f.Add([]byte("{kind: Pod, metadata: {name: web}, spec: " + podSpec + "}"))
	f.Add([]byte("{apiVersion: v1, kind: List, items: [{kind: CronJob, spec: {jobTemplate: {spec: {template: {spec: " + podSpec + "}}}}}]}"))
	f.Add([]byte("kind: Pod\nspec:\n  containers:\n  - name: app\n    env:\n    - name: C\n      valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}\n---\n- a\n"))
	f.Add([]byte(`{"kind":"Pod","spec":{"containers":[{"volumeMounts":[{"name":"v","mountPath":"/a","subPath":"../x"}]}],"volumes":[{"name":"v","downwardAPI":{"items":[{"path":"../x","fieldRef":{"fieldPath":"['"}}]}}]}}`))
	f.Add([]byte("kind: Pod\nspec: {containers: [null, {env: [null, {valueFrom: {resourceFieldRef: {divisor: 1e99999}}}]}], ephemeralContainers: [{}]}\n"))
	if files, err := filepath.Glob("testdata/*.yaml"); err == nil {
		for _, file := range files {
			if data, err := os.ReadFile(file); err == nil {
				f.Add(data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, manifest []byte) {
		templates, _, err := Templates(manifest)
		if err != nil {
			if len(templates) > 0 {
				t.Fatalf("%d templates beside %v", len(templates), err)
			}
			return
		}
		for _, template := range templates {
			for _, minor := range []int{oldest, newest} {
				v, err := AnalyzeTemplate(template, Request{}, minor)
				if err != nil {
					t.Fatal(err)
				}
				if err := Render(io.Discard, v, Options{Wide: true}); err != nil {
					t.Fatal(err)
				}
			}
			for _, as := range []string{"env", "volume"} {
				if _, err := Snippet(template.Pod, SnippetRequest{Fields: []string{"metadata.name", "limits.cpu"}, As: as}, newest); err != nil && len(template.Pod.Spec.Containers) > 0 {
					t.Fatal(err)
				}
			}
		}
	})
}
