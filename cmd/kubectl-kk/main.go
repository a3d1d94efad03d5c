// Kubectl-kk is a kubectl plugin that explains what Kubernetes really does with a
// live object.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/cli-runtime/pkg/genericiooptions"
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

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is the program, apart from the process it runs in.
func run(args []string, in io.Reader, out, complaints io.Writer) (status int) {
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
	root := newRoot(genericiooptions.IOStreams{In: in, Out: out, ErrOut: complaints})
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitFine
	case errors.Is(err, errFinding):
		return exitFinding
	case ctx.Err() != nil:
		fmt.Fprintln(complaints, "error: interrupted")
	default:
		fmt.Fprintln(complaints, "error: "+oneLine(err.Error()))
	}
	return exitFailed
}
