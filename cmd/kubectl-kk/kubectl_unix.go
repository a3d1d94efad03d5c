//go:build !windows

package main

import (
	"fmt"
	"syscall"
)

// become replaces this process: signals, terminal and exit status are then kubectl's own.
func become(path string, args []string) (status int, err error) {
	err = syscall.Exec(path, append([]string{"kubectl"}, args...), onward())
	return exitFailed, fmt.Errorf("run %s: %w", path, err)
}
