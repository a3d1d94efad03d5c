package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

func newExplain(s *suite) *cobra.Command {
	var list bool
	c := &cobra.Command{
		Use:     "explain (CODE | --list)",
		Example: "  # What does this finding mean, and what to do?\n  kubectl kk explain KK-SVC-101\n\n  # All findings, in Chinese\n  kubectl kk explain --list --lang zh",
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case list && len(args) > 0:
				return errors.New("explain: a CODE or --list, not both")
			case list:
				return s.explainAll()
			case len(args) > 1:
				return fmt.Errorf("explain: one finding at a time: %q is one too many", args[1])
			case len(args) == 0:
				return errors.New("explain: name a finding, such as KK-SVC-101; kubectl kk explain --list shows them all")
			default:
				return s.explainCode(args[0])
			}
		},
	}
	c.Flags().BoolVar(&list, "list", false, "List all findings")
	return c
}

func (s *suite) explainCode(code string) error {
	lang, err := s.language(os.Getenv)
	if err != nil {
		return err
	}
	style, err := s.style(os.Getenv)
	if err != nil {
		return err
	}
	entry, ok := explain.Lookup(code, lang)
	if !ok {
		next := "kubectl kk explain --list shows them all"
		if near := explain.Nearest(code); len(near) > 0 {
			next = "near: " + strings.Join(near, ", ")
		}
		return fmt.Errorf("explain %s: no such finding; %s", code, next)
	}
	return explain.WriteEntry(s.Out, style, entry, lang)
}

func (s *suite) explainAll() error {
	lang, err := s.language(os.Getenv)
	if err != nil {
		return err
	}
	for _, code := range explain.Codes() {
		entry, _ := explain.Lookup(code, lang)
		if _, err := fmt.Fprintf(s.Out, "%-12s  %s\n", code, entry.Title); err != nil {
			return fmt.Errorf("write the list: %w", err)
		}
	}
	return nil
}
