// Package registry reads plugins.yaml, the description of the suite's commands.
package registry

import (
	"fmt"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"
)

// Registry is the whole file.
type Registry struct {
	Commands []Command `json:"commands"`
}

// Command describes one command. It does not dispatch it.
type Command struct {
	Name string `json:"name"`
	// Summary is one line for help and lists, Question what the command answers.
	Summary  string `json:"summary"`
	Question string `json:"question"`
	Group    string `json:"group"`
	// Touches is the most that the command does to a cluster.
	Touches Touch    `json:"touches"`
	Outputs []string `json:"outputs,omitempty"`
	// Exit says what each exit status means.
	Exit map[string]string `json:"exit"`
	// RBAC is what the command needs, by the way it takes.
	RBAC []Access `json:"rbac,omitempty"`
	// Tutorial names the sections whose concepts the command explains.
	Tutorial []string `json:"tutorial,omitempty"`
}

// Touch is the most that a command does to a cluster.
type Touch string

// The touches: Nothing asks no cluster at all.
const (
	Nothing Touch = "nothing"
	Read    Touch = "read"
	Exec    Touch = "exec"
	Pod     Touch = "pod"
)

// Access is a set of RBAC rules for one way of running a command.
type Access struct {
	// Way is the flag that chooses it, "" for what every way needs.
	Way string `json:"way,omitempty"`
	// Namespace is where the rules must hold: "" for the whole cluster, "target" for
	// the namespace of the object, else a name.
	Namespace string              `json:"namespace,omitempty"`
	Rules     []rbacv1.PolicyRule `json:"rules"`
	// Without says what happens where a rule does not hold: by "VERB RESOURCE", by
	// RESOURCE, or by "*" for all the others.
	Without map[string]string `json:"without,omitempty"`
}

// NoAnswer is what Without says of a rule that nothing stands in for.
const NoAnswer = "no answer"

// WithoutIt is what happens where the verb is not allowed on the resource, "" where it is
// not said.
func (a Access) WithoutIt(verb, resource string) string {
	for _, key := range []string{verb + " " + resource, resource, "*"} {
		if text := a.Without[key]; text != "" {
			return text
		}
	}
	return ""
}

// Namespaces of an Access that are not names.
const (
	WholeCluster = ""
	Target       = "target"
)

// Parse reads the file strictly: a field that is not known is an error, as is a
// command that lacks a name, a summary or a question.
func Parse(data []byte) (*Registry, error) {
	var r Registry
	if err := yaml.UnmarshalStrict(data, &r); err != nil {
		return nil, fmt.Errorf("plugins.yaml: %w", err)
	}
	seen := map[string]bool{}
	for i, c := range r.Commands {
		switch {
		case c.Name == "" || c.Summary == "" || c.Question == "":
			return nil, fmt.Errorf("plugins.yaml: command %d (%q) lacks its name, summary or question", i+1, c.Name)
		case seen[c.Name]:
			return nil, fmt.Errorf("plugins.yaml: command %q is there twice", c.Name)
		case c.Touches != Nothing && c.Touches != Read && c.Touches != Exec && c.Touches != Pod:
			return nil, fmt.Errorf("plugins.yaml: command %q touches %q, which is not nothing, read, exec or pod", c.Name, c.Touches)
		}
		seen[c.Name] = true
	}
	return &r, nil
}

// Command returns the command of that name.
func (r *Registry) Command(name string) (Command, bool) {
	for _, c := range r.Commands {
		if c.Name == name {
			return c, true
		}
	}
	return Command{}, false
}
