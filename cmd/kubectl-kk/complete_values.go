package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd/api"

	kk "github.com/kubectl-kk/kubectl-kk"
	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/downward"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// arguments is what TAB offers for the arguments of each command.
func (s *suite) arguments() map[string]cobra.CompletionFunc {
	return map[string]cobra.CompletionFunc{
		"svcpath":       s.svcpathArguments(),
		"downward":      s.downwardArguments(),
		"dns":           s.live(dnsArguments),
		"env":           s.live(targets),
		"rollout-watch": s.live(workloads),
		"explain":       s.findings,
		"access":        commandNames,
	}
}

// flagValues is what TAB offers for the values of flags: of the flag of one command
// ("dns --libc"), or of the flag in every command.
func (s *suite) flagValues() map[string]cobra.CompletionFunc {
	namespaces := s.live(names("namespaces"))
	return map[string]cobra.CompletionFunc{
		"--namespace":       namespaces,
		"--debug-namespace": namespaces,
		"--node":            s.live(names("nodes")),
		"--to-node":         s.live(names("nodes")),
		"svcpath --from":    s.live(clients),
		"--port":            s.live(ports),
		"--container":       s.live(containers),
		"--context":         s.fromKubeconfig(func(c *api.Config) []string { return keys(c.Contexts) }),
		"--cluster":         s.fromKubeconfig(func(c *api.Config) []string { return keys(c.Clusters) }),
		"--user":            s.fromKubeconfig(func(c *api.Config) []string { return keys(c.AuthInfos) }),
		"--color":           fixed("auto", "always", "never"),
		"--lang":            fixed("en", "zh"),
		"--via":             fixed("exec", "none"),
		"svcpath --via":     fixed("debug", "exec", "none"),
		"dns --via":         fixed("exec", "debug", "none"),
		"dns --libc":        fixed("auto", "glibc", "musl", "go"),
		"downward --as":     fixed("env", "volume"),
		"--divisor":         fixed("1", "1m", "1Ki", "1Mi", "1Gi"),
		"--speed":           fixed("1x", "2x", "4x", "10x"),
		"--version":         fixed(downward.Versions()...),
	}
}

func keys[V any](m map[string]V) []string {
	var out []string
	for key := range m {
		out = append(out, key)
	}
	return out
}

func (s *suite) fromKubeconfig(pick func(*api.Config) []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		config, err := s.flags.ToRawKubeConfigLoader().RawConfig()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return startingWith(pick(&config), typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// names offers the objects of a resource of the core that has no namespace.
func names(resource string) func(context.Context, *kube.Clients, []string, string) []string {
	return func(ctx context.Context, clients *kube.Clients, _ []string, _ string) []string {
		found, _ := clients.Names(ctx, schema.GroupVersionResource{Version: "v1", Resource: resource}, "")
		return found
	}
}

// svcpathArguments offers Services, and nothing where saved rules are walked by address.
func (s *suite) svcpathArguments() cobra.CompletionFunc {
	live := s.live(services)
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if c.Flags().Changed("rules") {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return live(c, args, typed)
	}
}

// services offers NAME, svc/NAME where that is begun, and NAME behind svc.
func services(ctx context.Context, clients *kube.Clients, args []string, typed string) []string {
	if len(args) > 1 || len(args) == 1 && !isServiceWord(args[0]) {
		return nil
	}
	found, _ := clients.Names(ctx, schema.GroupVersionResource{Version: "v1", Resource: "services"}, clients.Namespace)
	if kind, _, slashed := strings.Cut(typed, "/"); slashed {
		return prefixed(kind+"/", found)
	}
	if typed != "" && len(args) == 0 {
		found = append(found, prefixed("svc/", found)...)
	}
	return found
}

// targets offers Pods, the types of workloads with a slash, and what is behind it.
func targets(ctx context.Context, clients *kube.Clients, args []string, typed string) []string {
	kind, _, slashed := strings.Cut(typed, "/")
	switch {
	case len(args) == 1 && slashed, len(args) > 1:
		return nil
	case len(args) == 1:
		found, _ := clients.TargetNames(ctx, args[0])
		return found
	case slashed:
		found, _ := clients.TargetNames(ctx, kind)
		return prefixed(kind+"/", found)
	}
	found, _ := clients.TargetNames(ctx, "pod")
	for _, word := range kube.TargetWords() {
		found = append(found, word+"/")
	}
	return found
}

// workloads offers types with a slash, and what is behind it: those whose rollout can be watched.
func workloads(ctx context.Context, clients *kube.Clients, args []string, typed string) []string {
	var out []string
	for _, offer := range targets(ctx, clients, args, typed) {
		kind, _, slashed := strings.Cut(offer, "/")
		if !slashed && len(args) == 0 || slices.Contains([]string{"pod", "po", "pods", "job", "jobs", "rc", "replicationcontroller"}, kind) {
			continue
		}
		out = append(out, offer)
	}
	return out
}

func prefixed(prefix string, names []string) []string {
	var out []string
	for _, name := range names {
		out = append(out, prefix+name)
	}
	return out
}

// dnsArguments offers a target, and then the Services of its namespace as names to look up.
func dnsArguments(ctx context.Context, clients *kube.Clients, args []string, typed string) []string {
	if _, _, err := kube.ParseTarget(args); err != nil {
		return targets(ctx, clients, args, typed)
	}
	found, _ := clients.Names(ctx, schema.GroupVersionResource{Version: "v1", Resource: "services"}, clients.Namespace)
	return found
}

// downwardArguments offers a target, and behind it fields where --yaml asks for them.
func (s *suite) downwardArguments() cobra.CompletionFunc {
	target := s.live(targets)
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		list, _ := c.Flags().GetBool("list")
		file, _ := c.Flags().GetString("filename")
		yaml, _ := c.Flags().GetBool("yaml")
		_, _, err := kube.ParseTarget(args)
		switch {
		case list:
			return nil, cobra.ShellCompDirectiveNoFileComp
		case file == "" && err != nil:
			return target(c, args, typed)
		case yaml:
			return startingWith(fieldNames(), typed), cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

// fieldNames are the fields that are whole as they stand: neither a key nor a size is missing.
func fieldNames() []string {
	var out []string
	newest, _ := downward.ParseVersion("")
	for _, field := range downward.List(newest).Fields {
		if !strings.Contains(field.Field, "KEY") && !strings.Contains(field.Field, "SIZE") {
			out = append(out, field.Field)
		}
	}
	return out
}

// ports offers those of the Service that is named already.
func ports(ctx context.Context, clients *kube.Clients, args []string, _ string) []string {
	name, err := serviceName(args)
	if err != nil {
		return nil
	}
	found, _ := clients.ServicePorts(ctx, name)
	var out []string
	for _, port := range found {
		number := strconv.Itoa(int(port.Port))
		described := fmt.Sprintf("%s/%s → %s", number, strings.ToLower(string(port.Protocol)), port.TargetPort.String())
		if port.Name != "" {
			out = append(out, port.Name+"\t"+described)
		}
		out = append(out, number+"\t"+described)
	}
	return out
}

// containers offers those of the Pod that is named already.
func containers(ctx context.Context, clients *kube.Clients, args []string, _ string) []string {
	target, _, err := kube.ParseTarget(args)
	if err != nil {
		return nil
	}
	found, _ := clients.Containers(ctx, target)
	return found
}

// findings offers the codes of the catalog, with their titles.
func (s *suite) findings(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, code := range explain.Codes() {
		entry, _ := explain.Lookup(code, explain.English)
		out = append(out, code+"\t"+entry.Title)
	}
	return startingWith(out, strings.ToUpper(typed)), cobra.ShellCompDirectiveNoFileComp
}

// commandNames offers the commands of the suite that are described.
func commandNames(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	registry, err := kk.Registry()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, command := range registry.Commands {
		out = append(out, command.Name+"\t"+command.Summary)
	}
	return startingWith(out, typed), cobra.ShellCompDirectiveNoFileComp
}
