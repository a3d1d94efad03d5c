package main

import (
	"fmt"
	"io"
	"os"

	"github.com/kubectl-kk/kubectl-kk/pkg/downward"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// print writes the views for people, or the answer for programs.
func (o *downwardOptions) print(answer any, views ...*downward.View) error {
	if o.output == "json" || o.output == "yaml" {
		if err := printObject(o.Out, o.output, answer); err != nil {
			return fmt.Errorf("write the answer: %w", err)
		}
	} else if err := o.render(views); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	for _, v := range views {
		if v.HasErrors() {
			return errFinding
		}
	}
	return nil
}

func (o *downwardOptions) render(views []*downward.View) error {
	options, err := o.options()
	if err != nil {
		return err
	}
	return downward.RenderAll(o.Out, views, options)
}

func (o *downwardOptions) options() (downward.Options, error) {
	lang, err := o.language(os.Getenv)
	if err != nil {
		return downward.Options{}, err
	}
	style, err := o.style(os.Getenv)
	return downward.Options{Style: style, Lang: lang, Wide: o.output == "wide"}, err
}

func (o *downwardOptions) printSnippet(s *snapshot.Snapshot) error {
	text, err := downward.SnippetFor(s, o.request, o.snippet)
	if err != nil {
		return err
	}
	return o.write(text)
}

func (o *downwardOptions) write(text string) error {
	if _, err := io.WriteString(o.Out, text); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

func (o *downwardOptions) printList() error {
	list := downward.List(o.minor)
	if o.output == "json" || o.output == "yaml" {
		if err := printObject(o.Out, o.output, list); err != nil {
			return fmt.Errorf("write the answer: %w", err)
		}
		return nil
	}
	options, err := o.options()
	if err != nil {
		return err
	}
	if err := downward.RenderList(o.Out, list, options); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}
