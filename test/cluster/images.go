package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

const pauseImage = "kk.test/pause:1"

// image is a container image that is put together from files of this machine.
type image struct {
	tag   string
	files map[string]string // path in the image → file on the machine; "" for a folder
	links map[string]string // path in the image → target of the symbolic link
	texts map[string]string // path in the image → content
	entry []string
}

// buildImages writes the image archives that are not in the cache and returns all their paths.
func buildImages(ctx context.Context, p paths, log *progress) ([]string, error) {
	all, err := images(ctx, p)
	if err != nil {
		return nil, err
	}
	var archives []string
	for _, img := range all {
		digest, err := img.inputs()
		if err != nil {
			return nil, err
		}
		base := strings.NewReplacer("/", "_", ":", "_").Replace(img.tag)
		archive := filepath.Join(p.images(), base+"-"+digest[:12]+".tar")
		archives = append(archives, archive)
		if _, err := os.Stat(archive); err == nil {
			continue
		}
		log.step("image %s", img.tag)
		if err := os.MkdirAll(p.images(), 0o755); err != nil {
			return nil, err
		}
		if err := img.write(archive); err != nil {
			return nil, fmt.Errorf("build image %s: %w", img.tag, err)
		}
	}
	return archives, nil
}

// inputs is a digest over everything that is in the image; a file of the machine counts by its size and time.
func (i image) inputs() (string, error) {
	digest := sha256.New()
	fmt.Fprintln(digest, i.tag, i.entry)
	for _, m := range []map[string]string{i.links, i.texts, i.files} {
		for _, path := range sortedKeys(m) {
			fmt.Fprintf(digest, "%q %q\n", path, m[path])
		}
	}
	for _, path := range sortedKeys(i.files) {
		if i.files[path] == "" {
			continue
		}
		info, err := os.Stat(i.files[path])
		if err != nil {
			return "", err
		}
		fmt.Fprintln(digest, info.Size(), info.ModTime().UnixNano())
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

func (i image) write(archive string) error {
	layerFile := archive + ".layer"
	defer os.Remove(layerFile)
	if err := i.writeLayer(layerFile); err != nil {
		return err
	}
	layer, err := tarball.LayerFromFile(layerFile)
	if err != nil {
		return err
	}
	img, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return err
	}
	config := v1.Config{Entrypoint: i.entry, Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}}
	file, err := img.ConfigFile()
	if err != nil {
		return err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Config = "linux", runtime.GOARCH, config
	if img, err = mutate.ConfigFile(img, file); err != nil {
		return err
	}
	tag, err := name.NewTag(i.tag)
	if err != nil {
		return err
	}
	if err := tarball.WriteToFile(archive+".new", tag, img); err != nil {
		return err
	}
	return os.Rename(archive+".new", archive)
}

func (i image) writeLayer(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	archive := tar.NewWriter(file)
	for _, name := range sortedKeys(i.files) {
		if err := addFile(archive, name, i.files[name]); err != nil {
			return err
		}
	}
	for _, name := range sortedKeys(i.texts) {
		if err := addContent(archive, name, 0o755, int64(len(i.texts[name])), strings.NewReader(i.texts[name])); err != nil {
			return err
		}
	}
	for _, name := range sortedKeys(i.links) {
		header := &tar.Header{Typeflag: tar.TypeSymlink, Name: relative(name), Linkname: i.links[name], Mode: 0o777}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
	}
	return archive.Close()
}

func addFile(archive *tar.Writer, name, source string) error {
	if source == "" {
		return archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: relative(name) + "/", Mode: 0o1777})
	}
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	file, err := os.Open(source)
	if err != nil {
		return err
	}
	defer file.Close()
	return addContent(archive, name, int64(info.Mode().Perm()), info.Size(), file)
}

func addContent(archive *tar.Writer, name string, mode, size int64, content io.Reader) error {
	if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: relative(name), Mode: mode, Size: size}); err != nil {
		return err
	}
	_, err := io.Copy(archive, content)
	return err
}

func relative(name string) string { return strings.TrimPrefix(name, "/") }

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// libraries returns the shared libraries that the programs need, as path → path. Static programs need none.
func libraries(ctx context.Context, programs ...string) (map[string]string, error) {
	found := map[string]string{}
	for _, program := range programs {
		head := make([]byte, 4)
		file, err := os.Open(program)
		if err != nil {
			return nil, err
		}
		_, _ = io.ReadFull(file, head)
		file.Close()
		if !bytes.Equal(head, []byte("\x7fELF")) {
			continue
		}
		out, err := run(ctx, "ldd", program)
		if err != nil && !strings.Contains(err.Error(), "not a dynamic executable") {
			return nil, err
		}
		for _, field := range strings.Fields(out) {
			if strings.HasPrefix(field, "/") && !strings.HasSuffix(field, ":") {
				found[field] = field
			}
		}
	}
	return found, nil
}
