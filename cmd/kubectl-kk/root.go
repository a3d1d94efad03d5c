package main

import (
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // the cloud providers' ways to log in
	"k8s.io/klog/v2"

	kk "github.com/kubectl-kk/kubectl-kk"
	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// suite is what the commands share.
type suite struct {
	genericiooptions.IOStreams
	// name is how the user calls the suite: kubectl kk, or kk.
	name  string
	flags *genericclioptions.ConfigFlags
	lang  string
	color string
}

func newRoot(streams genericiooptions.IOStreams) *cobra.Command {
	return newRootAs(pluginName, streams)
}

func newRootAs(name string, streams genericiooptions.IOStreams) *cobra.Command {
	s := &suite{IOStreams: streams, name: name, flags: genericclioptions.NewConfigFlags(true)}
	root := &cobra.Command{
		Use:   "kubectl-kk",
		Short: "What is Kubernetes really doing with this object?",
		Long:  "kk reads live objects and, where the truth is not in the API, the nodes themselves;\nputs both side by side, and says in words what it means.",
		// Errors are printed once, by run; usage is for who asks for it.
		SilenceErrors: true, SilenceUsage: true,
	}
	root.SetOut(streams.Out)
	root.SetErr(streams.ErrOut)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w; see %s --help", err, c.CommandPath())
	})
	flags := root.PersistentFlags()
	s.flags.AddFlags(flags)
	// Help is the same for everyone, and goes into bug reports.
	flags.Lookup("cache-dir").DefValue = "$HOME/.kube/cache"
	flags.StringVar(&s.lang, "lang", "", "Language of findings: en or zh. Default: from LC_ALL, LC_MESSAGES or LANG")
	flags.StringVar(&s.color, "color", "auto", "Colour: auto, always or never")
	quietKlog(root)
	for _, c := range []*cobra.Command{newSvcpath(s), newDownward(s), newDNS(s), newEnv(s), newRolloutWatch(s), newExplain(s), newCleanup(s), newAccess(s), newCompletion(s), newVersion(s)} {
		describe(root, c)
		root.AddCommand(c)
	}
	s.offerAll(root)
	speakAs(root, name)
	return root
}

// describe takes the command's one line and its group from plugins.yaml, where users and
// tests read them too.
func describe(root, c *cobra.Command) {
	p, ok := kk.Command(c.Name())
	if !ok {
		return
	}
	c.Short = p.Summary
	if p.Group != "" && !root.ContainsGroup(p.Group) {
		root.AddGroup(&cobra.Group{ID: p.Group, Title: strings.ToUpper(p.Group[:1]) + p.Group[1:] + ":"})
	}
	c.GroupID = p.Group
}

// quietKlog keeps the client library's log off the screen unless -v asks for it.
func quietKlog(root *cobra.Command) {
	set := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(set)
	level := set.Lookup("v")
	root.PersistentFlags().VarP(&klogLevel{level.Value, root}, "v", "v", "Level of the client library's log, 0 to 10")
	root.PersistentFlags().Lookup("v").DefValue = "0" // whatever it was set to before
	_ = set.Set("logtostderr", "false")
	_ = set.Set("alsologtostderr", "false")
	_ = set.Set("stderrthreshold", "FATAL")
	klog.SetOutput(io.Discard)
}

// language is the one asked for, else the environment's.
func (s *suite) language(getenv func(string) string) (explain.Lang, error) {
	if s.lang == "" {
		return explain.LangFromEnv(getenv), nil
	}
	lang, err := explain.ParseLang(s.lang)
	if err != nil {
		return "", fmt.Errorf("--lang=%s: %w", s.lang, err)
	}
	return lang, nil
}

// style is how to write to the output: coloured and as wide as its terminal, if it
// is one.
func (s *suite) style(getenv func(string) string) (render.Style, error) {
	width, terminal := render.Terminal(s.Out)
	switch s.color {
	case "always":
		render.Paints(s.Out)
		return render.Style{Color: true, Width: width, Program: s.name}, nil
	case "never":
		return render.Style{Width: width, Program: s.name}, nil
	case "auto":
		color := terminal && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb" && render.Paints(s.Out)
		return render.Style{Color: color, Width: width, Program: s.name}, nil
	default:
		return render.Style{}, fmt.Errorf("--color=%s: it is auto, always or never", s.color)
	}
}

// oneLine makes an error one line, whatever a server put into it.
func oneLine(text string) string {
	return render.Escape(strings.Join(strings.Fields(text), " "))
}

// klogLevel is klog's own -v as a flag of ours. Until it is given not even errors of
// the library are shown: what of them matters comes back in ours.
type klogLevel struct {
	flag.Value
	root *cobra.Command
}

// Set lets the library speak, on stderr.
func (l *klogLevel) Set(level string) error {
	klog.SetOutput(l.root.ErrOrStderr())
	return l.Value.Set(level)
}

func (klogLevel) Type() string { return "level" }
