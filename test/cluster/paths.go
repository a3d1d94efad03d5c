package main

import "path/filepath"

// paths knows where things are. Binaries and images are kept between runs; everything below run/ belongs to the running cluster.
type paths struct {
	cache   string
	version string
}

func (p paths) bin() string                 { return filepath.Join(p.cache, "bin", p.version) }
func (p paths) commonBin() string           { return filepath.Join(p.cache, "bin", "common") }
func (p paths) buildDir(name string) string { return filepath.Join(p.cache, "build", name) }
func (p paths) images() string              { return filepath.Join(p.cache, "images", p.version) }
func (p paths) kubectl() string             { return filepath.Join(p.bin(), "kubectl") }

// run is outside the cache: a machine has room for one cluster, and the path of a Unix socket may have no more than 108 bytes.
func (p paths) run() string { return "/var/lib/kk-cluster" }

func (p paths) kubeconfig() string              { return p.userConfig("admin") }
func (p paths) userConfig(user string) string   { return filepath.Join(p.run(), user+".kubeconfig") }
func (p paths) pki(name string) string          { return filepath.Join(p.run(), "pki", name) }
func (p paths) log(name string) string          { return filepath.Join(p.run(), "log", name+".log") }
func (p paths) node(n node, name string) string { return filepath.Join(p.run(), "nodes", n.name, name) }
func (p paths) state() string                   { return filepath.Join(p.run(), "state.json") }
