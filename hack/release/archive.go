package main

import (
	"archive/tar"
	"archive/zip"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// tarball packs files, each under its own name alone, with the release's time and no owner.
func (r release) tarball(archive string, files []string) error {
	return create(archive, func(w io.Writer) error {
		packed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
		if err != nil {
			return err
		}
		out := tar.NewWriter(packed)
		for _, file := range files {
			data, mode, err := content(file)
			if err != nil {
				return err
			}
			header := &tar.Header{Format: tar.FormatUSTAR, Name: filepath.Base(file), Mode: int64(mode), Size: int64(len(data)), ModTime: r.when}
			if err := out.WriteHeader(header); err != nil {
				return err
			}
			if _, err := out.Write(data); err != nil {
				return err
			}
		}
		return errors.Join(out.Close(), packed.Close())
	})
}

// zip does the same for Windows.
func (r release) zip(archive string, files []string) error {
	return create(archive, func(w io.Writer) error {
		out := zip.NewWriter(w)
		out.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
		for _, file := range files {
			data, mode, err := content(file)
			if err != nil {
				return err
			}
			header := &zip.FileHeader{Name: filepath.Base(file), Method: zip.Deflate, Modified: r.when}
			header.SetMode(mode)
			into, err := out.CreateHeader(header)
			if err != nil {
				return err
			}
			if _, err := into.Write(data); err != nil {
				return err
			}
		}
		return out.Close()
	})
}

// content is a file, and the mode it is to have: a program may be run, a text read.
func content(file string) (data []byte, mode os.FileMode, err error) {
	mode = 0o755
	if filepath.Base(file) == "LICENSE" {
		mode = 0o644
	}
	data, err = os.ReadFile(file)
	return data, mode, err
}

func create(file string, write func(io.Writer) error) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(write(out), out.Close())
}
