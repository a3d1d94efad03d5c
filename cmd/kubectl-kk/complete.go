package main

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	kk "github.com/kubectl-kk/kubectl-kk"
	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// tabPatience is how long the cluster may take to offer names: who presses TAB waits.
const tabPatience = 2 * time.Second

// fileFlags are the flags whose value is a file, which the shell completes.
var fileFlags = []string{"cache-dir", "certificate-authority", "client-certificate", "client-key", "filename", "from-file", "kubeconfig", "record", "replay", "rules"}

// offerAll gives each command and flag what TAB offers there.
func (s *suite) offerAll(root *cobra.Command) {
	arguments, values := s.arguments(), s.flagValues()
	offerFlags(root, root.PersistentFlags(), values)
	for _, c := range root.Commands() {
		if c.ValidArgsFunction == nil {
			c.ValidArgsFunction = arguments[c.Name()]
		}
		if c.ValidArgsFunction == nil && len(c.ValidArgs) == 0 {
			c.ValidArgsFunction = cobra.NoFileCompletions
		}
		if p, ok := kk.Command(c.Name()); ok && c.Flags().Lookup("output") != nil {
			_ = c.RegisterFlagCompletionFunc("output", fixed(p.Outputs...))
		}
		offerFlags(c, c.LocalFlags(), values)
	}
}

// offerFlags is for flags that have a value and no completion yet.
func offerFlags(c *cobra.Command, flags *pflag.FlagSet, values map[string]cobra.CompletionFunc) {
	flags.VisitAll(func(f *pflag.Flag) {
		_, done := c.GetFlagCompletionFunc(f.Name)
		if done || f.NoOptDefVal != "" || slices.Contains(fileFlags, f.Name) {
			return
		}
		offer := values[c.Name()+" --"+f.Name]
		if offer == nil {
			offer = values["--"+f.Name]
		}
		if offer == nil {
			offer = cobra.NoFileCompletions
		}
		_ = c.RegisterFlagCompletionFunc(f.Name, offer)
	})
}

// fixed offers the same words always.
func fixed(values ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return startingWith(values, typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// nameOfKubernetes is what a name of Kubernetes can be, behind a type or without, and before what
// it is. A shell puts an offer into the command line as it is: an API server that names a
// Pod $(reboot) is not helped.
var nameOfKubernetes = regexp.MustCompile(`^[A-Za-z0-9./-]*(\t|$)`)

// live offers what the cluster has. A cluster that does not answer in time, or says no,
// has nothing to offer; TAB is no place for an error.
func (s *suite) live(find func(ctx context.Context, clients *kube.Clients, args []string, typed string) []string) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(c.Context(), tabPatience)
		defer cancel()
		found := make(chan []string, 1)
		go func() {
			// What a kubeconfig runs to log in does not look at ctx.
			if clients, err := kube.Connect(s.flags, userAgent()); err == nil {
				found <- find(ctx, clients, args, typed)
			} else {
				found <- nil
			}
		}()
		var offers []string
		select {
		case offers = <-found:
		case <-ctx.Done():
		}
		offers = slices.DeleteFunc(offers, func(o string) bool { return !nameOfKubernetes.MatchString(o) })
		directive := cobra.ShellCompDirectiveNoFileComp
		if len(offers) > 0 && !slices.ContainsFunc(startingWith(offers, typed), func(o string) bool { return !strings.HasSuffix(o, "/") }) {
			directive |= cobra.ShellCompDirectiveNoSpace // a type alone is no target
		}
		return startingWith(offers, typed), directive
	}
}

// startingWith are the offers that begin with what is typed, but for those with a character
// that a terminal acts on.
func startingWith(offers []string, typed string) []string {
	var out []string
	for _, o := range offers {
		if strings.HasPrefix(o, typed) && plain(o) {
			out = append(out, o)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// plain says that a terminal shows an offer and does nothing else.
func plain(offer string) bool {
	offer = strings.ReplaceAll(offer, "\t", " ")
	return render.Escape(offer) == offer
}
