package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

// corednsVersion is the CoreDNS that kubeadm of the default Kubernetes version would be content with.
const corednsVersion = "1.14.7"

// components are the names that the one Kubernetes binary answers to.
var components = []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet"}

// sources are the programs to build: templates, so that the go tool does not take them for part of this module.
//
//go:embed build images manifests
var sources embed.FS

// module is a Go module that is generated, built and thrown away; what stays is its binaries.
type module struct {
	dir   string            // where it is generated
	goMod string            // content of go.mod
	goSum string            // content of go.sum; if empty, go mod tidy completes both
	mains map[string]string // folder → content of its main.go
	flags string            // linker flags
	out   string            // folder of the binaries
}

// buildAll builds what is not in the cache yet.
func buildAll(ctx context.Context, p paths, cfg Config, log *progress) error {
	kubernetes, err := kubernetesModule(ctx, p, cfg)
	if err != nil {
		return err
	}
	coredns, err := corednsModule(p)
	if err != nil {
		return err
	}
	small := module{
		dir: p.buildDir("small"), goMod: "module small\n\ngo 1.26.0\n", goSum: "\n",
		mains: map[string]string{}, out: p.commonBin(),
	}
	for _, name := range []string{"hellok8s", "pause", "lookup"} {
		text, err := sources.ReadFile("images/" + name + "/main.go")
		if err != nil {
			return err
		}
		small.mains[name] = string(text)
	}
	for _, m := range []module{small, coredns, kubernetes} {
		if err := m.build(ctx, log); err != nil {
			return err
		}
	}
	if err := buildMuslLookup(ctx, p, log); err != nil {
		return err
	}
	for _, name := range components {
		if err := relink("k8s", filepath.Join(p.bin(), name)); err != nil {
			return err
		}
	}
	return nil
}

func kubernetesModule(ctx context.Context, p paths, cfg Config) (module, error) {
	m := module{dir: p.buildDir(cfg.Version), out: p.bin(), flags: versionFlags(cfg.Version), mains: map[string]string{}}
	data := map[string]bool{"KubeletTakesContext": cfg.Version >= "1.34"}
	for _, name := range []string{"k8s", "kubectl"} {
		text, err := render("build/"+name+".go.tmpl", data)
		if err != nil {
			return m, err
		}
		m.mains[name] = text
	}
	if mod, sum := pinned(cfg.Version); mod != "" {
		m.goMod, m.goSum = mod, sum
		return m, nil
	}
	upstream, err := upstreamGoMod(ctx, p, "k8s.io/kubernetes@v"+cfg.Version)
	if err != nil {
		return m, err
	}
	m.goMod = kubernetesGoMod(cfg.Version, upstream)
	return m, nil
}

func corednsModule(p paths) (module, error) {
	text, err := render("build/coredns.go.tmpl", nil)
	if err != nil {
		return module{}, err
	}
	m := module{
		dir: p.buildDir("coredns"), out: p.commonBin(), mains: map[string]string{"coredns": text},
		goMod: "module coredns\n\ngo 1.26.0\n\nrequire github.com/coredns/coredns v" + corednsVersion + "\n",
	}
	if mod, sum := pinned("coredns"); mod != "" {
		m.goMod, m.goSum = mod, sum
	}
	return m, nil
}

// pinned returns the recorded go.mod and go.sum of a module, if there are any.
func pinned(name string) (mod, sum string) {
	modData, err := sources.ReadFile("build/" + name + ".mod")
	if err != nil {
		return "", ""
	}
	sumData, err := sources.ReadFile("build/" + name + ".sum")
	if err != nil {
		return "", ""
	}
	return string(modData), string(sumData)
}

func render(name string, data any) (string, error) {
	t, err := template.ParseFS(sources, name)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return "", err
	}
	return out.String(), nil
}

// upstreamGoMod returns the go.mod that a published module has.
func upstreamGoMod(ctx context.Context, p paths, moduleVersion string) (string, error) {
	kept := filepath.Join(p.cache, "build", strings.ReplaceAll(moduleVersion, "/", "_")+".upstream")
	if data, err := os.ReadFile(kept); err == nil {
		return string(data), nil
	}
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", moduleVersion)
	cmd.Dir = os.TempDir()
	out, err := runCommand(cmd)
	if err != nil {
		return "", err
	}
	var info struct{ GoMod string }
	if err := json.Unmarshal([]byte(out), &info); err != nil {
		return "", fmt.Errorf("read the answer of go mod download: %w", err)
	}
	data, err := os.ReadFile(info.GoMod)
	if err != nil {
		return "", err
	}
	return string(data), writeFile(kept, data, 0o644)
}

// inputs is a digest of all that decides what the binaries are.
func (m module) inputs() string {
	names := make([]string, 0, len(m.mains))
	for name := range m.mains {
		names = append(names, name)
	}
	slices.Sort(names)
	digest := sha256.New()
	fmt.Fprint(digest, m.goMod, m.goSum, m.flags)
	for _, name := range names {
		fmt.Fprint(digest, name, m.mains[name])
	}
	return hex.EncodeToString(digest.Sum(nil))
}

func (m module) cached(inputs string) bool {
	for name := range m.mains {
		if _, err := os.Stat(filepath.Join(m.out, name)); err != nil {
			return false
		}
		if built, err := os.ReadFile(filepath.Join(m.out, name+".inputs")); err != nil || string(built) != inputs {
			return false
		}
	}
	return true
}
