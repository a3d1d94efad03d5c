package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/downward"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// snapshot reads the cluster, or takes what was recorded.
func (o *downwardOptions) snapshot(c *cobra.Command) (*snapshot.Snapshot, error) {
	if o.tape.plays() {
		o.request.Namespace = o.recordedNamespace()
		return o.tape.load()
	}
	clients, err := kube.Connect(o.flags, userAgent())
	if err != nil {
		return nil, err
	}
	o.request.Namespace = clients.Namespace
	tape, err := o.tape.open()
	if err != nil {
		return nil, err
	}
	defer tape.discard()
	src := downward.Source{Client: clients.Interface, Warn: o.warn, Taken: now(), By: version()}
	if o.via == "exec" && !o.yaml {
		src.Reader = &kube.Exec{Client: clients.Streams, Config: clients.Config, Timeout: o.timeout}
	}
	s, err := downward.Gather(c.Context(), src, o.request)
	if err != nil {
		return nil, err
	}
	return s, tape.write(s)
}

// maxManifest bounds what is read of a manifest, in bytes: an object is at most 1.5 MiB.
const maxManifest = 64 << 20

// manifest explains the Pod templates of a file, or writes a snippet for its first.
func (o *downwardOptions) manifest() error {
	templates, err := o.templates()
	if err != nil {
		return err
	}
	if o.yaml && len(templates) > 1 {
		return fmt.Errorf("--yaml: there are %d Pod templates in the manifest; name a file with one", len(templates))
	}
	if o.yaml {
		text, err := downward.Snippet(templates[0].Pod, o.snippet, o.minor)
		if err != nil {
			return err
		}
		return o.write(text)
	}
	list := downward.ViewList{APIVersion: downward.APIVersion, Kind: downward.Kind + "List"}
	for _, t := range templates {
		view, err := downward.AnalyzeTemplate(t, o.request, o.minor)
		if err != nil {
			return err
		}
		list.Items = append(list.Items, view)
	}
	return o.print(list, list.Items...)
}

func (o *downwardOptions) templates() ([]downward.Template, error) {
	in, from := o.In, "standard input"
	if o.file != "-" {
		file, err := os.Open(o.file)
		if err != nil {
			return nil, fmt.Errorf("--filename: %w", err)
		}
		defer file.Close()
		in, from = file, o.file
	}
	text, err := io.ReadAll(io.LimitReader(in, maxManifest+1))
	if err != nil {
		return nil, fmt.Errorf("--filename=%s: %w", from, err)
	}
	if len(text) > maxManifest {
		return nil, fmt.Errorf("--filename=%s: more than %d MiB, which is no manifest", from, maxManifest>>20)
	}
	templates, others, err := downward.Templates(text)
	if err != nil {
		return nil, fmt.Errorf("--filename=%s: %w", from, err)
	}
	if len(templates) == 0 && len(others) > 0 {
		return nil, fmt.Errorf("--filename=%s: no Pod and no Pod template in it, only %s", from, strings.Join(others, ", "))
	}
	if len(templates) == 0 {
		return nil, fmt.Errorf("--filename=%s: it holds no object", from)
	}
	return templates, nil
}
