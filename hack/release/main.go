// Release builds the archives of a version, their checksums, a bill of materials for each,
// and the manifest for krew. The same sources give the same bytes, wherever it runs.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// maxBinary is how large a program may be, in bytes.
const maxBinary = 40 << 20

// platforms are what is built, in the order of the manifest.
var platforms = []platform{
	{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"},
}

type platform struct{ OS, Arch string }

// Bin is the name of the program.
func (p platform) Bin() string {
	if p.OS == "windows" {
		return "kubectl-kk.exe"
	}
	return "kubectl-kk"
}

// release is one run.
type release struct {
	version, commit, out string
	when                 time.Time
}

// artifact is an archive that was built.
type artifact struct {
	platform
	File, SHA256 string
}

func main() {
	r := release{}
	var seconds int64
	flag.StringVar(&r.version, "version", "", "such as v0.1.0")
	flag.StringVar(&r.commit, "commit", "", "the commit of the sources")
	flag.Int64Var(&seconds, "time", 0, "its time, in seconds since 1970: the time of every file")
	flag.StringVar(&r.out, "out", "dist", "the folder to write to")
	flag.Parse()
	r.when = time.Unix(seconds, 0).UTC()
	if err := r.run(); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func (r release) run() error {
	if !regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`).MatchString(r.version) {
		return fmt.Errorf("version %q is not like v0.1.0", r.version)
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	var artifacts []artifact
	for _, p := range platforms {
		fmt.Printf("%s/%s\n", p.OS, p.Arch)
		a, err := r.platform(p)
		if err != nil {
			return fmt.Errorf("%s/%s: %w", p.OS, p.Arch, err)
		}
		artifacts = append(artifacts, a)
	}
	if err := r.manifest(artifacts); err != nil {
		return err
	}
	return r.checksums()
}

// platform builds one program, and packs it.
func (r release) platform(p platform) (artifact, error) {
	folder, err := os.MkdirTemp("", "kk-release-")
	if err != nil {
		return artifact{}, err
	}
	defer os.RemoveAll(folder)
	program := filepath.Join(folder, p.Bin())
	if err := r.build(p, program); err != nil {
		return artifact{}, err
	}
	name := filepath.Join(r.out, fmt.Sprintf("kubectl-kk_%s_%s_%s", r.version, p.OS, p.Arch))
	bill, err := r.bill(program)
	if err != nil {
		return artifact{}, err
	}
	if err := os.WriteFile(name+".cdx.json", bill, 0o644); err != nil { //nolint:gosec // published
		return artifact{}, err
	}
	files := []string{"LICENSE", program}
	archive := name + ".tar.gz"
	write := r.tarball
	if p.OS == "windows" {
		archive, write = name+".zip", r.zip
	}
	if err := write(archive, files); err != nil {
		return artifact{}, err
	}
	sum, err := sumOf(archive)
	return artifact{p, filepath.Base(archive), sum}, err
}

// build compiles for a platform. Nothing of this machine gets into the program: neither
// paths, nor the state of git, nor what CPU it has.
func (r release) build(p platform, program string) error {
	link := fmt.Sprintf("-s -w -buildid= -X main.buildVersion=%s -X main.buildCommit=%s", r.version, r.commit)
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", link, "-o", program, "./cmd/kubectl-kk")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOEXPERIMENT=", "GOOS="+p.OS, "GOARCH="+p.Arch, "GOAMD64=v1", "GOARM64=v8.0")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return err
	}
	info, err := os.Stat(program)
	if err == nil && info.Size() > maxBinary {
		return fmt.Errorf("the program has %d bytes, more than %d", info.Size(), maxBinary)
	}
	return err
}

// checksums writes the sums of all files, as sha256sum -c reads them.
func (r release) checksums() error {
	entries, err := os.ReadDir(r.out)
	if err != nil {
		return err
	}
	var lines strings.Builder
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), "kubectl-kk_"+r.version+"_") {
			continue
		}
		sum, err := sumOf(filepath.Join(r.out, entry.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "%s  %s\n", sum, entry.Name())
	}
	return os.WriteFile(filepath.Join(r.out, "checksums.txt"), []byte(lines.String()), 0o644) //nolint:gosec // published
}

func sumOf(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}
