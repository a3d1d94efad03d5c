package kube

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

//go:embed read.sh
var readScript string

// File is one file of a container.
type File struct {
	Path string
	Data []byte
	// Complaint is what cat said of a file that it could not read, "" where it did.
	Complaint string
}

// ErrNoShell says that the image of a container has no sh or no cat to read with.
var ErrNoShell = errors.New("its image has no sh and cat to read with")

// Files reads files inside of a container, all in one run. Paths go in as arguments and
// are never evaluated. A file that cannot be read has a Complaint and is no error.
func (e *Exec) Files(ctx context.Context, namespace, pod, container string, paths ...string) ([]File, error) {
	var nonce [16]byte
	if _, err := rand.Read(nonce[:]); err != nil {
		return nil, err
	}
	mark := "kk-" + hex.EncodeToString(nonce[:])
	argv := append([]string{"sh", "-c", readScript, "kk", mark}, paths...)
	text, err := e.Run(ctx, namespace, pod, container, argv)
	switch {
	case err != nil && LacksShell(err.Error()):
		return nil, ErrNoShell
	case err != nil:
		return nil, err
	}
	files, err := ParseFiles(text, mark, paths)
	if err != nil {
		return nil, fmt.Errorf("read files in pod %s/%s: %w", namespace, pod, err)
	}
	for _, f := range files {
		if strings.Contains(f.Complaint, "cat: not found") {
			return nil, ErrNoShell
		}
	}
	return files, nil
}

// LacksShell says whether a message is about a sh that is not in the image. The container
// runtimes report that in runc's words.
func LacksShell(message string) bool {
	return strings.Contains(message, `"sh": executable file not found`) || strings.Contains(message, `exec: "sh"`)
}

// ParseFiles takes apart what a script printed that frames each answer as read.sh does: one
// File for each path, in their order.
func ParseFiles(text []byte, mark string, paths []string) ([]File, error) {
	var out []File
	for _, path := range paths {
		_, rest, open := bytes.Cut(text, []byte(mark+" >\n"))
		data, end, closed := bytes.Cut(rest, []byte("\n"+mark+" "))
		note, behind, whole := bytes.Cut(end, []byte("\n"))
		if !open || !closed || !whole {
			return nil, errors.New("the output ended before its last line arrived")
		}
		file := File{Path: path, Data: data}
		if complaint, failed := bytes.CutPrefix(note, []byte("! ")); failed {
			// cat may fail without a word, and a file may appear after it has failed.
			file.Complaint = cmp.Or(string(complaint), "it could not be read")
		}
		out = append(out, file)
		text = behind
	}
	return out, nil
}
