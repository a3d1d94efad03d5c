package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// completeShort answers TAB behind kk. args are those of cobra's hidden command: its name,
// the words before the one that TAB is pressed in, and that one. Where the suite and
// kubectl both have something to say, both do.
func completeShort(root *cobra.Command, args []string, out io.Writer) (status int) {
	typed := args[1:]
	said := spoken(root, typed[:len(typed)-1])
	both := len(said) == 0 || said[0] == "explain" || said[0] == "help"
	if !both && !isOurs(root, typed[:len(typed)-1]) {
		// Without kubectl there is nothing to offer.
		status, _ = passOn(args)
		return status
	}
	theirs := make(chan offers, 1)
	go func() { // beside the suite's, for each may wait for the cluster
		if both {
			theirs <- kubectlOffers(args)
		} else {
			theirs <- offers{}
		}
	}()
	var mine bytes.Buffer
	status = runAs(shortName, args, nil, &mine, io.Discard)
	fmt.Fprint(out, parseOffers(mine.String()).with(<-theirs))
	return status
}

// kubectlOffers is what kubectl answers to TAB in the time that the suite has for it too.
func kubectlOffers(args []string) offers {
	path, err := findKubectl()
	if err != nil {
		return offers{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), tabPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = onward()
	cmd.WaitDelay = 100 * time.Millisecond // a kubectl that is a script leaves a child, which holds the output
	said, err := cmd.Output()
	if err != nil {
		return offers{}
	}
	return parseOffers(string(said))
}

// offers is what cobra's hidden command prints: a line for each choice, with what it is
// behind a tab, and what the shell is to do with them (shell_completions.md of cobra).
type offers struct {
	choices   []string
	directive cobra.ShellCompDirective
}

func parseOffers(text string) offers {
	var o offers
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if number, last := strings.CutPrefix(line, ":"); last {
			if n, err := strconv.Atoi(number); err == nil {
				o.directive = cobra.ShellCompDirective(n)
				continue
			}
		}
		if line != "" {
			o.choices = append(o.choices, line)
		}
	}
	return o
}

// with adds what kubectl offers and the suite does not; kk itself is what was typed.
func (o offers) with(kubectl offers) offers {
	seen := map[string]bool{shortName: true}
	for _, choice := range o.choices {
		word, _, _ := strings.Cut(choice, "\t")
		seen[word] = true
	}
	for _, choice := range kubectl.choices {
		if word, _, _ := strings.Cut(choice, "\t"); !seen[word] && plain(choice) {
			o.choices = append(o.choices, choice)
		}
	}
	o.directive |= kubectl.directive
	return o
}

// String is as cobra prints it.
func (o offers) String() string {
	var b strings.Builder
	for _, choice := range o.choices {
		b.WriteString(choice + "\n")
	}
	fmt.Fprintf(&b, ":%d\n", o.directive)
	return b.String()
}
