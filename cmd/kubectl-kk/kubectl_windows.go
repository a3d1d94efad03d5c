package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
)

// become runs kubectl and returns its exit status: Windows cannot replace a process. An
// interrupt reaches every program of the console, and kubectl decides what follows.
func become(path string, args []string) (status int, err error) {
	signal.Ignore(os.Interrupt)
	cmd := exec.Command(path, args...)
	cmd.Env = onward()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	var exit *exec.ExitError
	switch err := cmd.Run(); {
	case err == nil:
		return exitFine, nil
	case errors.As(err, &exit):
		return exit.ExitCode(), nil
	default:
		return exitFailed, fmt.Errorf("run %s: %w", path, err)
	}
}
