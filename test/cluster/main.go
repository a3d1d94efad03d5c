// Command kk-cluster runs a real two-node Kubernetes on one Linux machine, in network namespaces, for tests.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

const usage = `usage: kk-cluster COMMAND

  up      start the cluster, wait until every Pod is ready, print how to use it
  down    stop it and leave nothing behind
  status  print what runs, as JSON
  env     print the variables for a shell: eval "$(kk-cluster env)"

K8S and PROXY_MODE in the environment choose the version and kube-proxy's mode, KK_CACHE the folder for binaries and state.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := dispatch(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "kk-cluster: %v\n", err)
		os.Exit(1)
	}
}

func dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		fmt.Print(usage)
		return nil
	}
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		return fmt.Errorf("a cluster needs Linux and root: it makes network namespaces and mounts")
	}
	if args[0] == "forward" && len(args) == 2 {
		return forward(ctx, args[1])
	}
	cfg, err := configFromEnv(os.Getenv)
	if err != nil {
		return err
	}
	cache, err := cacheDir()
	if err != nil {
		return err
	}
	if args[0] == "up" || args[0] == "down" {
		release, err := lock()
		if err != nil {
			return err
		}
		defer release()
	}
	p := paths{cache: cache, version: cfg.Version}
	log := &progress{out: os.Stderr, start: time.Now()}
	switch args[0] {
	case "up":
		// What this process runs, such as kubectl, is then found should this process die.
		if err := os.Setenv(markerVariable, p.run()); err != nil {
			return err
		}
		return up(ctx, p, cfg, log)
	case "down":
		return down(ctx, p, log)
	case "status":
		return status(ctx, p, os.Stdout)
	case "env":
		return env(p, os.Stdout)
	}
	return fmt.Errorf("%q is no command; there are up, down, status and env", args[0])
}

// lock keeps two starts, or a start and a stop, from working on the machine's one cluster at the same time.
func lock() (release func(), err error) {
	file, err := os.OpenFile(filepath.Join(os.TempDir(), "kk-cluster.lock"), os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, fmt.Errorf("another kk-cluster is at work on this machine; wait for it")
	}
	return func() { file.Close() }, nil
}
