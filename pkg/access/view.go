// Package access says which rights a command of the suite needs, which of them the user
// has, and what still works without the others.
package access

import "github.com/kubectl-kk/kubectl-kk/internal/registry"

// The identity of the answer.
const (
	APIVersion = "kk/v1alpha1"
	Kind       = "AccessView"
)

// View is the answer, as -o json prints it.
type View struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// Namespace is where the object would be that a command is asked about.
	Namespace string    `json:"namespace"`
	Commands  []Command `json:"commands"`
}

// Command is what one command needs.
type Command struct {
	Name    string  `json:"name"`
	Answers Answers `json:"answers"`
	// Rights are in the order of plugins.yaml.
	Rights []Right `json:"rights"`
}

// Answers is whether a command can answer with the rights that the user has.
type Answers string

// A command answers Partly where something that it needs is missing and it can do without.
const (
	Fully   Answers = "fully"
	Partly  Answers = "partly"
	Never   Answers = "no"
	Unknown Answers = "unknown"
)

// Right is one verb on one resource, as RBAC knows it (rbac/v1 PolicyRule).
type Right struct {
	// Way is the flag or the argument that needs it, "" where every way does.
	Way string `json:"way,omitempty"`
	// Namespace is where it must hold, "" for the whole cluster.
	Namespace string `json:"namespace,omitempty"`
	Verb      string `json:"verb"`
	APIGroup  string `json:"apiGroup,omitempty"`
	// Resource has its subresource behind a slash: pods/exec. "" where URL is set.
	Resource string `json:"resource,omitempty"`
	// Name is the only object that it is about, "" for all.
	Name string `json:"name,omitempty"`
	// URL is a path of the API server that is no resource.
	URL     string `json:"url,omitempty"`
	Allowed State  `json:"allowed"`
	// Reason is what the API server said to it, or why it could not be asked.
	Reason string `json:"reason,omitempty"`
	// Without is what happens where it is not allowed.
	Without string `json:"without,omitempty"`
}

// State is whether a right is had.
type State string

// A right that could not be asked about is NotKnown.
const (
	Yes      State = "yes"
	No       State = "no"
	NotKnown State = "unknown"
)

// Needs are the rights that commands need, for an object in a namespace. None is known to
// be had yet.
func Needs(commands []registry.Command, namespace string) []Command {
	var out []Command
	for _, command := range commands {
		c := Command{Name: command.Name, Rights: []Right{}}
		for _, access := range command.RBAC {
			c.Rights = append(c.Rights, rights(access, namespace)...)
		}
		out = append(out, c)
	}
	return out
}

func rights(access registry.Access, namespace string) []Right {
	where := access.Namespace
	if where == registry.Target {
		where = namespace
	}
	var out []Right
	for _, rule := range access.Rules {
		for _, verb := range rule.Verbs {
			for _, url := range rule.NonResourceURLs {
				out = append(out, Right{Way: access.Way, Verb: verb, URL: url, Allowed: NotKnown, Without: access.WithoutIt(verb, url)})
			}
			for _, group := range rule.APIGroups {
				for _, resource := range rule.Resources {
					right := Right{
						Way: access.Way, Namespace: where, Verb: verb, APIGroup: group, Resource: resource,
						Allowed: NotKnown, Without: access.WithoutIt(verb, resource),
					}
					for _, name := range named(rule.ResourceNames) {
						right.Name = name
						out = append(out, right)
					}
				}
			}
		}
	}
	return out
}

// named are the names that a rule is about; "" stands for all.
func named(names []string) []string {
	if len(names) == 0 {
		return []string{""}
	}
	return names
}
