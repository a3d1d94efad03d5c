package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
)

func newCleanup(s *suite) *cobra.Command {
	var namespace string
	var all bool
	c := &cobra.Command{
		Use:  "cleanup",
		Long: "Remove every pod that carries the label " + node.ManagedByLabel + "=" + node.ManagedBy + ".\nThat of a kk that is running now is removed too: its reading then fails, and nothing else.",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if all {
				namespace = ""
			}
			return s.cleanup(c, namespace)
		},
	}
	c.Flags().StringVar(&namespace, "debug-namespace", "kube-system", "Namespace of the debug pods")
	c.Flags().BoolVarP(&all, "all-namespaces", "A", false, "Look in all namespaces")
	return c
}

func (s *suite) cleanup(c *cobra.Command, namespace string) error {
	clients, err := kube.Connect(s.flags, userAgent())
	if err != nil {
		return err
	}
	where := "namespace " + namespace
	if namespace == "" {
		where = "all namespaces"
	}
	pods, err := node.Leftovers(c.Context(), clients.Interface, namespace)
	if err != nil {
		return fmt.Errorf("list debug pods in %s: %w", where, kube.Plain(err))
	}
	for i := range pods {
		if err := node.Remove(c.Context(), clients.Interface, &pods[i]); err != nil {
			return fmt.Errorf("delete pod %s/%s: %w", pods[i].Namespace, pods[i].Name, kube.Plain(err))
		}
		fmt.Fprintf(s.Out, "pod %s/%s deleted\n", pods[i].Namespace, pods[i].Name)
	}
	if len(pods) == 0 {
		fmt.Fprintf(s.Out, "no debug pod of kk in %s\n", where)
	}
	return nil
}
