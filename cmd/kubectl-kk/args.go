package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/internal/words"
)

// serviceName reads svc/NAME, service NAME or a bare NAME.
func serviceName(args []string) (string, error) {
	const usage = "name a Service: svc/NAME"
	var kind, name string
	switch len(args) {
	case 0:
		return "", errors.New(usage)
	case 1:
		var slashed bool
		if kind, name, slashed = strings.Cut(args[0], "/"); !slashed {
			kind, name = "svc", args[0]
		}
	case 2:
		kind, name = args[0], args[1]
	default:
		return "", fmt.Errorf("one Service at a time: %q is one too many; %s", args[2], usage)
	}
	resource, _, _ := strings.Cut(strings.ToLower(kind), ".")
	if !slices.Contains([]string{"svc", "service", "services"}, resource) {
		return "", fmt.Errorf("%s: svcpath follows Services, not %q; %s", strings.Join(args, " "), kind, usage)
	}
	if isServiceWord(name) && len(args) == 1 && !strings.Contains(args[0], "/") {
		return "", fmt.Errorf("%s: the name is missing; %s", name, usage)
	}
	if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
		return "", fmt.Errorf("%q is not the name of a Service: %s", name, problems[0])
	}
	return name, nil
}

func isServiceWord(word string) bool { return word == "svc" || word == "service" || word == "services" }

// noArguments is for a command that takes flags alone.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%s takes no arguments, and %q is one; see %s --help", c.Name(), args[0], c.CommandPath())
}

// maxTypos is how far a word may be from the command that was meant.
const maxTypos = 2

// noCommand is the error for a word where a command should be. Called as kk, it would have
// gone on to kubectl.
func noCommand(root *cobra.Command, word string) error {
	next := root.CommandPath() + " --help lists them; kubectl's own are behind kubectl alone"
	if near := nearest(root.Commands(), (*cobra.Command).Name, word); words.Distance(word, near) <= maxTypos {
		next = "near: " + near
	}
	return fmt.Errorf("kk has no command %q; %s", word, next)
}

// nearest is the name among those of things that is most like what was wanted.
func nearest[T any](things []T, name func(T) string, wanted string) string {
	near := ""
	for _, thing := range things {
		if n := name(thing); near == "" || words.Distance(wanted, n) < words.Distance(wanted, near) {
			near = n
		}
	}
	return near
}

func oneOf(flag, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("%s=%s: it is one of %s", flag, value, strings.Join(allowed, ", "))
}

// printObject writes an answer for programs. What a terminal acts on is escaped; YAML
// can do that in some of its forms only, so an answer that holds such text is written
// in the one that can always: JSON.
func printObject(w io.Writer, format string, answer any) error {
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(answer); err != nil {
		return err
	}
	text := render.EscapeJSON(plain.String())
	if format == "yaml" && text == plain.String() {
		lines, err := yaml.JSONToYAML(plain.Bytes())
		if err != nil {
			return err
		}
		if render.EscapeJSON(string(lines)) == string(lines) {
			text = string(lines)
		}
	}
	_, err := io.WriteString(w, text)
	return err
}
