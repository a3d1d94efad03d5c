package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// passedOn is the variable by which a kk knows how many of those that it was started by
// passed their command on to kubectl.
const passedOn = "KK_PASSED_ON"

// mostPassedOn is more than anybody comes to by an editor, or a plugin of kubectl's, that
// runs kk in its turn.
const mostPassedOn = 10

// timesPassedOn is how often the command came through a kk before.
func timesPassedOn() int {
	n, _ := strconv.Atoi(os.Getenv(passedOn))
	return n
}

// onward is the environment that kubectl gets.
func onward() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, passedOn+"=") })
	return append(env, passedOn+"="+strconv.Itoa(timesPassedOn()+1))
}

// findKubectl is the kubectl on PATH. One that is this very program under kubectl's name,
// or a script that runs kk, would call itself for ever.
func findKubectl() (string, error) {
	path, err := exec.LookPath("kubectl")
	switch {
	case err == nil && timesPassedOn() >= mostPassedOn:
		return "", fmt.Errorf("the kubectl on PATH, %s, gave it back to kk %d times; put the real one before it", path, timesPassedOn())
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("there is no kubectl on PATH; install it, or add its folder to PATH")
	case errors.Is(err, exec.ErrDot):
		return "", errors.New("the first kubectl on PATH is one of the current folder, which may be anybody's; put the real one before it")
	case err != nil:
		return "", err
	}
	self, err := os.Executable()
	if err != nil {
		return path, nil
	}
	mine, err := os.Stat(self)
	if err != nil {
		return path, nil
	}
	if theirs, err := os.Stat(path); err == nil && os.SameFile(mine, theirs) {
		return "", fmt.Errorf("the kubectl on PATH, %s, is kk itself; put the real one before it", path)
	}
	return path, nil
}

// passOn becomes kubectl with these arguments. It returns only where that cannot be
// (status 1, with why) or where the system cannot replace a process (kubectl's status).
func passOn(args []string) (status int, err error) {
	path, err := findKubectl()
	if err != nil {
		word := "this"
		if len(args) > 0 {
			word = fmt.Sprintf("%q", args[0])
		}
		return exitFailed, fmt.Errorf("%s is no command of kk and so kubectl's: %w", word, err)
	}
	return become(path, args)
}
