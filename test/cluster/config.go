package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// versions are the Kubernetes versions that are known to build from the module proxy and to run, the default first.
var versions = []string{"1.37.2", "1.36.3", "1.34.4", "1.33.13"}

// proxyModes are the kube-proxy backends that can be asked for, the default first.
var proxyModes = []string{"iptables", "nftables"}

// Config is what a cluster is asked to be.
type Config struct {
	Version   string `json:"version"`
	ProxyMode string `json:"proxyMode"`
}

// configFromEnv reads K8S and PROXY_MODE.
func configFromEnv(getenv func(string) string) (Config, error) {
	version, err := choose("K8S", strings.TrimPrefix(getenv("K8S"), "v"), versions)
	if err != nil {
		return Config{}, err
	}
	mode, err := choose("PROXY_MODE", getenv("PROXY_MODE"), proxyModes)
	if err != nil {
		return Config{}, err
	}
	return Config{Version: version, ProxyMode: mode}, nil
}

func choose(name, value string, allowed []string) (string, error) {
	if value == "" {
		return allowed[0], nil
	}
	if !slices.Contains(allowed, value) {
		return "", fmt.Errorf("%s=%s is not known here; allowed are %s", name, value, strings.Join(allowed, ", "))
	}
	return value, nil
}

// minor returns 37 for 1.37.2.
func (c Config) minor() string {
	return strings.Split(c.Version, ".")[1]
}

// cacheDir is $KK_CACHE, or .cache/cluster below the repository that the working directory is in.
func cacheDir() (string, error) {
	if dir := os.Getenv("KK_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	wd, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the working directory: %w", err)
	}
	for dir := wd; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return filepath.Join(dir, ".cache", "cluster"), nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%s is in no git repository; set KK_CACHE to the folder for binaries and state", wd)
		}
	}
}
