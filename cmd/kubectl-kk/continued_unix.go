//go:build !windows

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// continued has something each time the program goes on after ctrl-Z.
func continued() <-chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGCONT)
	return c
}
