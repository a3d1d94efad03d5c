package downward

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const podSpec = `{containers: [{name: app, env: [{name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}]}`

// TestTemplates: the Pods that a manifest makes are found in it, whatever kind makes
// them, and a manifest that makes none says what it has.
func TestTemplates(t *testing.T) {
	const pod = "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, spec: " + podSpec + "}"
	const deployment = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: api}, spec: {template: {metadata: {labels: {a: b}}, spec: " + podSpec + "}}}"
	for what, c := range map[string]struct {
		manifest  string
		templates []string
		others    []string
	}{
		"a Pod":                   {pod, []string{"Pod shop/web"}, nil},
		"JSON":                    {`{"kind":"Pod","metadata":{"name":"web"},"spec":{"containers":[{"name":"app"}]}}`, []string{"Pod /web"}, nil},
		"a Pod without a name":    {"{kind: Pod, metadata: {generateName: web-}, spec: " + podSpec + "}", []string{"Pod /web-"}, nil},
		"a Deployment":            {deployment, []string{"Deployment /api"}, nil},
		"a Job":                   {"{kind: Job, metadata: {name: j}, spec: {template: {spec: " + podSpec + "}}}", []string{"Job /j"}, nil},
		"a CronJob":               {"{kind: CronJob, metadata: {name: c}, spec: {jobTemplate: {spec: {template: {spec: " + podSpec + "}}}}}", []string{"CronJob /c"}, nil},
		"a PodTemplate":           {"{kind: PodTemplate, metadata: {name: p}, template: {spec: " + podSpec + "}}", []string{"PodTemplate /p"}, nil},
		"a kind of somebody else": {"{apiVersion: example.com/v1, kind: Rollout, metadata: {name: r}, spec: {template: {spec: " + podSpec + "}}}", []string{"Rollout /r"}, nil},
		"a template of no Pod":    {"{apiVersion: example.com/v1, kind: Certificate, metadata: {name: c}, spec: {template: {spec: {commonName: x}}}}", nil, []string{"Certificate c"}},
		"a template that is text": {"{kind: ConfigMap, metadata: {name: c}, spec: {template: hello}}", nil, []string{"ConfigMap c"}},
		"a ConfigMap":             {"{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {template: '{}'}}", nil, []string{"ConfigMap c"}},
		"a List":                  {"{apiVersion: v1, kind: List, items: [" + pod + ", {kind: Service, metadata: {name: s}}, " + deployment + "]}", []string{"Pod shop/web", "Deployment /api"}, []string{"Service s"}},
		"an empty List":           {"{apiVersion: v1, kind: List, items: []}", nil, nil},
		"documents":               {"# first\n---\n" + pod + "\n---\n\n--- # nothing\n" + deployment + "\n---\n{kind: Service, metadata: {name: s}}\n---\n", []string{"Pod shop/web", "Deployment /api"}, []string{"Service s"}},
		"lines of Windows":        {strings.ReplaceAll("kind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: app\n---\n"+deployment+"\n", "\n", "\r\n"), []string{"Pod /web", "Deployment /api"}, nil},
		"nothing":                 {"", nil, nil},
		"a comment":               {"# kind: Pod\n", nil, nil},
		"only separators":         {"---\n---\n", nil, nil},
	} {
		t.Run(what, func(t *testing.T) {
			templates, others, err := Templates([]byte(c.manifest))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, template := range templates {
				got = append(got, template.Kind+" "+template.Namespace+"/"+template.Name)
				if len(template.Pod.Spec.Containers) != 1 || template.Pod.Spec.Containers[0].Name != "app" {
					t.Errorf("%s has the containers %+v", template.Name, template.Pod.Spec.Containers)
				}
			}
			if diff := cmp.Diff(c.templates, got); diff != "" {
				t.Errorf("templates (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.others, others); diff != "" {
				t.Errorf("others (-want +got)\n%s", diff)
			}
		})
	}
}

// TestTemplatesThatAreNot: what cannot be read is an error that says which document.
func TestTemplatesThatAreNot(t *testing.T) {
	const pod = "kind: Pod\nspec: " + podSpec + "\n"
	for manifest, says := range map[string]string{
		"{ not yaml":                "document 1: ",
		"hello":                     "document 1: ",
		"- a\n- b\n":                "document 1: ",
		"a: b\n\tc: d\n":            "document 1: ",
		"metadata: {name: x}":       "document 1: it has no kind",
		"kind: 7":                   "document 1: it has no kind",
		pod + "---\n{ not yaml":     "document 2: ",
		pod + "---\nmetadata: {}\n": "document 2: it has no kind",
		"{kind: Pod, metadata: {name: web}, spec: {containers: [{name: 7}]}}":                       "document 1: Pod web: ",
		"{kind: Pod, metadata: {name: web}, spec: {containers: [{name: app, env: [null]}]}}":        "",
		"{kind: Pod, metadata: {name: web}, spec: {containers: [app]}}":                             "document 1: Pod web: ",
		"{kind: Job, metadata: {name: j}, spec: {template: {spec: {containers: [{image: [1]}]}}}}":  "document 1: Job j: ",
		"{kind: Pod, metadata: {name: web}, spec: {containers: [{resources: {limits: {cpu: x}}}]}}": "document 1: Pod web: ",
		"kind: Pod": "document 1: Pod : it has no list spec.containers",
		"{kind: Pod, metadata: {name: web}, spec: {containers: [{name: app, env: [{name: A, valueFrom: {feildRef: {}}}]}]}}": "feildRef",
		"{apiVersion: v1, kind: List, items: [7]}":                                                   "document 1: ",
		"{apiVersion: v1, kind: List, items: [{metadata: {name: x}}]}":                               "document 1: it has no kind",
		"{kind: Pod, spec: {volumes: [{downwardAPI: {items: 3}}], containers: [{name: app}]}}":       "document 1: Pod",
		"{kind: Pod, kind: Pod, metadata: {name: web}, spec: {containers: [{name: app}]}, spec: {}}": "",
	} {
		templates, _, err := Templates([]byte(manifest))
		if says == "" {
			continue // read or not, as YAML sees it; it must only not panic
		}
		if err == nil || !strings.Contains(err.Error(), says) || len(templates) != 0 {
			t.Errorf("%q: %d templates, %v; want %q", manifest, len(templates), err, says)
		}
	}
}
