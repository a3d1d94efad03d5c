package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"
)

// state is written when a cluster is ready, and is gone when it is not.
type state struct {
	Config
	Manifests string   `json:"manifests"` // digest of the manifests
	Images    []string `json:"images"`
}

// up brings up the cluster that is asked for. One that runs already and is the same stays as it is; anything else is taken down first.
func up(ctx context.Context, p paths, cfg Config, log *progress) error {
	manifests, err := manifestDigest()
	if err != nil {
		return err
	}
	if err := buildAll(ctx, p, cfg, log); err != nil {
		return err
	}
	archives, err := buildImages(ctx, p, log)
	if err != nil {
		return err
	}
	wanted := state{Config: cfg, Manifests: manifests, Images: archives}
	if runs(ctx, p, wanted) {
		log.step("the cluster runs already")
		return env(p, os.Stdout)
	}
	if err := down(ctx, p, log); err != nil {
		return err
	}
	if err := start(ctx, p, cfg, archives, log); err != nil {
		return fmt.Errorf("%w\nlogs are in %s; kk-cluster down removes what was started", err, p.run()+"/log")
	}
	data, err := json.Marshal(wanted)
	if err != nil {
		return err
	}
	if err := writeFile(p.state(), data, 0o644); err != nil {
		return err
	}
	log.step("ready")
	return env(p, os.Stdout)
}

func start(ctx context.Context, p paths, cfg Config, archives []string, log *progress) error {
	log.step("network namespaces %s and %s", nodes[0].name, nodes[1].name)
	if err := createNetwork(ctx); err != nil {
		return err
	}
	if err := prepareMounts(ctx, p); err != nil {
		return err
	}
	outside, err := startForward(p)
	if err != nil {
		return err
	}
	if err := createPKI(p, outside); err != nil {
		return err
	}
	log.step("control plane of Kubernetes %s, containerd and kubelets", cfg.Version)
	results := make(chan error)
	go func() { results <- startMaster(ctx, p) }()
	for _, n := range nodes {
		go func() { results <- startWorker(ctx, p, n, archives) }()
	}
	for range 1 + len(nodes) {
		err = errors.Join(err, <-results)
	}
	if err != nil {
		return err
	}
	log.step("manifests")
	if err := applyManifests(ctx, p, cfg); err != nil {
		return err
	}
	log.step("waiting until every Pod is ready")
	return waitReady(ctx, p)
}

// prepareMounts makes mounts visible to both container runtimes, as the kubelet expects.
func prepareMounts(ctx context.Context, p paths) error {
	_, err := run(ctx, "mount", "--make-rshared", "/")
	return err
}

func (p paths) kubectlRun(ctx context.Context, args ...string) (string, error) {
	return run(ctx, p.kubectl(), append([]string{"--kubeconfig=" + p.kubeconfig()}, args...)...)
}

func (p paths) apiReady(ctx context.Context) error {
	_, err := p.kubectlRun(ctx, "get", "--raw=/readyz", "--request-timeout=2s")
	return err
}

func waitReady(ctx context.Context, p paths) error {
	err := eventually(ctx, 2*time.Minute, "both nodes", func(ctx context.Context) error {
		out, err := p.kubectlRun(ctx, "get", "nodes", "-o", `jsonpath={range .items[*]}{.status.conditions[?(@.type=="Ready")].status} {end}`)
		if err == nil && strings.Count(out, "True") != len(nodes) {
			err = fmt.Errorf("readiness is %q", out)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, workload := range []string{"-nkube-system daemonset/kube-proxy", "-nkube-system deployment/coredns", "-ndefault deployment/hellok8s-go-http"} {
		fields := append(strings.Fields(workload), "--timeout=3m")
		if _, err := p.kubectlRun(ctx, append([]string{"rollout", "status"}, fields...)...); err != nil {
			return err
		}
	}
	_, err = p.kubectlRun(ctx, "wait", "pods", "--all", "--all-namespaces", "--for=condition=Ready", "--timeout=2m")
	return err
}

// runs reports whether the wanted cluster is there and healthy.
func runs(ctx context.Context, p paths, wanted state) bool {
	data, err := os.ReadFile(p.state())
	if err != nil {
		return false
	}
	expected, err := json.Marshal(wanted)
	if err != nil || string(data) != string(expected) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	out, err := p.kubectlRun(ctx, "get", "nodes", "-o", `jsonpath={range .items[*]}{.status.conditions[?(@.type=="Ready")].status} {end}`)
	return err == nil && strings.Count(out, "True") == len(nodes)
}

// eventually calls try until it succeeds.
func eventually(ctx context.Context, patience time.Duration, what string, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready after %s: %w", what, patience, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func manifestDigest() (string, error) {
	digest := sha256.New()
	err := fs.WalkDir(sources, "manifests", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := sources.ReadFile(path)
		digest.Write(data)
		return err
	})
	return hex.EncodeToString(digest.Sum(nil)), err
}

func applyManifests(ctx context.Context, p paths, cfg Config) error {
	data := map[string]string{
		"ClusterCIDR": joined(pods4, pods6), "ProxyMode": cfg.ProxyMode, "Version": cfg.Version,
		"APIServer": nodes[0].ip4 + ":6443", "ClusterDNS": clusterDNS,
	}
	names := []string{"kube-proxy", "coredns", "tutorial"}
	if dualStack() {
		names = append(names, "dual-stack")
	}
	for _, name := range names {
		text, err := render("manifests/"+name+".yaml", data)
		if err != nil {
			return err
		}
		// The namespace controller makes the default ServiceAccount a moment after the API server is ready.
		err = eventually(ctx, 30*time.Second, "manifest "+name, func(ctx context.Context) error {
			cmd := exec.CommandContext(ctx, p.kubectl(), "--kubeconfig="+p.kubeconfig(), "apply", "-f", "-")
			cmd.Stdin = strings.NewReader(text)
			_, err := runCommand(cmd)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
