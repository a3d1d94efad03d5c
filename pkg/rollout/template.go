package rollout

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// RevisionTemplate is one revision with the template of its Pods.
type RevisionTemplate struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Workload   Workload `json:"workload"`
	Revision   Revision `json:"revision"`
	// Template has what may be secret replaced by "hidden:" and a digest.
	Template corev1.PodTemplateSpec `json:"template"`
}

// Template returns a revision with its template and its difference to the one before. Its
// error says which revisions there are.
func Template(s *snapshot.Snapshot, req Request, number int64) (*RevisionTemplate, error) {
	req.Limit = 0
	a := analyzed(s, req)
	var there []string
	for i, r := range a.st.Revisions {
		if r.Number == number && r.Name != "" {
			return &RevisionTemplate{APIVersion: APIVersion, Kind: "RolloutRevision", Workload: a.st.Workload, Revision: r, Template: a.templates[i]}, nil
		}
		if r.Number > 0 {
			there = append(there, strconv.FormatInt(r.Number, 10))
		}
	}
	slices.Reverse(there)
	what := fmt.Sprintf("--revision=%d: %s has no such revision", number, a.st.Workload.words())
	if len(there) == 0 {
		return nil, fmt.Errorf("%s; it has none yet", what)
	}
	return nil, fmt.Errorf("%s; it has %s", what, strings.Join(there, ", "))
}

var hiddenForm = regexp.MustCompile(snapshot.Hidden + "[0-9a-f]{12}")

// RenderTemplate writes a revision for a person.
func RenderTemplate(w io.Writer, t *RevisionTemplate, style render.Style) error {
	r := &t.Revision
	p := &picture{st: &State{At: r.Created, Workload: t.Workload}, o: Options{Style: style}}
	state := "is not what the workload asks for now"
	if r.New {
		state = "is what the workload asks for"
	}
	p.text("", fmt.Sprintf("%s, revision %d (%s) %s; %s", t.Workload.words(), r.Number, r.Name, state, revisionNumbers(r)), render.Style.Bold)
	p.text("", "created "+r.Created.Format(timeForm), nil)
	if r.ChangeCause != "" {
		p.text("", "cause: "+r.ChangeCause, nil)
	}
	if r.Since > 0 {
		p.text("", fmt.Sprintf("different from revision %d:", r.Since), nil)
		for _, d := range r.Differences {
			p.text("  ", d.String(), nil)
		}
	}
	p.gap()
	text, err := yaml.Marshal(t.Template)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		line = hiddenForm.ReplaceAllString(strings.TrimSuffix(line, "\n"), "(not shown)")
		p.lines = append(p.lines, render.Escape(line))
	}
	_, err = io.WriteString(w, strings.Join(p.lines, "\n")+"\n")
	return err
}
