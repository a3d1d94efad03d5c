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

func (p paths) run() string              { return filepath.Join(p.cache, "run") }
func (p paths) kubeconfig() string       { return filepath.Join(p.run(), "kubeconfig") }
func (p paths) pki(name string) string   { return filepath.Join(p.run(), "pki", name) }
func (p paths) log(name string) string   { return filepath.Join(p.run(), "log", name+".log") }
func (p paths) node(name string) string  { return filepath.Join(p.run(), "nodes", name) }
func (p paths) procs() string            { return filepath.Join(p.run(), "processes") }
func (p paths) state(name string) string { return filepath.Join(p.run(), name) }
