// Kubectl-kk is a kubectl plugin that explains what Kubernetes really does with a
// live object.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	kk "github.com/kubectl-kk/kubectl-kk"
)

// The exit statuses, with one meaning in every command.
const (
	exitFine    = 0 // answered, and nothing is wrong
	exitFailed  = 1 // no answer, or wrong usage
	exitFinding = 2 // answered, and something is wrong
)

// errFinding ends a command whose answer has an error finding. The answer has said
// all there is to say.
var errFinding = errors.New("an error was found")

func main() { os.Exit(start(os.Args, os.Stdin, os.Stdout, os.Stderr)) }

// start does what the name says that the program was called by.
func start(argv []string, in io.Reader, out, complaints io.Writer) (status int) {
	name, args := pluginName, []string(nil)
	if len(argv) > 0 {
		name, args = calledAs(argv[0]), argv[1:]
	}
	switch name {
	case completerName:
		return runAs(pluginName, append([]string{cobra.ShellCompRequestCmd}, args...), in, out, complaints)
	case shortName:
		// Before anything touches a signal: what is ignored stays ignored in kubectl.
		root := newRoot(genericiooptions.NewTestIOStreamsDiscard())
		switch {
		case len(args) > 1 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd):
			return completeShort(root, args, out)
		case !isOurs(root, args):
			status, err := passOn(args)
			if err != nil {
				fmt.Fprintln(complaints, "error: "+oneLine(err.Error()))
			}
			return status
		}
	}
	return runAs(name, args, in, out, complaints)
}

// runAs is the suite under a name, apart from the process it runs in.
func runAs(name string, args []string, in io.Reader, out, complaints io.Writer) (status int) {
	// A reader that goes away (kubectl kk … | head -1) must be an error like any
	// other, not a signal that ends the process before its pod is deleted.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(complaints, "error: kubectl-kk met a case it was not made for: %v; please report it, with a file made by --record\n", r)
			status = exitFailed
		}
	}()
	root := newRootAs(name, genericiooptions.IOStreams{In: in, Out: out, ErrOut: complaints})
	root.SetArgs(args)
	command, err := root.ExecuteContextC(ctx)
	if said := spoken(root, args); err != nil && len(said) > 0 {
		if _, _, lost := root.Find(args); lost != nil {
			err = noCommand(root, said[0])
		}
	}
	switch {
	case err == nil:
		return exitFine
	case readerLeft(out, err):
		return exitFailed
	case errors.Is(err, errFinding):
		return exitFinding
	case ctx.Err() != nil:
		fmt.Fprintln(complaints, "error: interrupted")
	default:
		fmt.Fprintln(complaints, "error: "+named(name, oneLine(err.Error()+next(command, err))))
	}
	return exitFailed
}

// next is what to do about an error that says only what was refused.
func next(command *cobra.Command, err error) string {
	p, ok := kk.Command(command.Name())
	if !ok || len(p.RBAC) == 0 || p.Name == "access" || !apierrors.IsForbidden(err) {
		return ""
	}
	where := ""
	if namespace, _ := command.Flags().GetString("namespace"); namespace != "" {
		where = " -n " + namespace
	}
	return "; kubectl kk access " + p.Name + where + " shows which rights it needs"
}

// readerLeft says that the answer could not be written because its reader had enough, as
// head has. Nobody wants to read about it.
func readerLeft(out io.Writer, err error) bool {
	var write *fs.PathError
	file, ok := out.(*os.File)
	return ok && errors.As(err, &write) && write.Path == file.Name() && errors.Is(err, syscall.EPIPE)
}
