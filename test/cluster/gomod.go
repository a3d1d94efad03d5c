package main

import (
	"fmt"
	"regexp"
	"strings"
)

// stagingModule matches a requirement at exactly v0.0.0: those modules live in the kubernetes repository
// and are published with their own number. kube-openapi and utils have real versions and stay as they are.
var stagingModule = regexp.MustCompile(`(?m)^\s*(?:require\s+)?(k8s\.io/[a-z0-9-]+) v0\.0\.0(?:\s|$)`)

// kubernetesGoMod returns the go.mod of a module that builds Kubernetes at the version, given the go.mod of
// k8s.io/kubernetes at that version. The module proxy has no k8s.io/api v0.0.0, so each one is replaced.
func kubernetesGoMod(version, upstream string) string {
	staging := "v0" + strings.TrimPrefix(version, "1")
	var replaces strings.Builder
	for _, match := range stagingModule.FindAllStringSubmatch(upstream, -1) {
		fmt.Fprintf(&replaces, "\t%s => %s %s\n", match[1], match[1], staging)
	}
	return fmt.Sprintf(`module kubernetes

go 1.26.0

require (
	k8s.io/kubectl %[2]s
	k8s.io/kubernetes v%[1]s
)

replace (
%[3]s)
`, version, staging, replaces.String())
}

// versionFlags are the linker flags that make every program of Kubernetes say the right version:
// a client that reads "v0.0.0-master" from the API server refuses or guesses.
func versionFlags(version string) string {
	parts := strings.Split(version, ".")
	var flags []string
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		for _, kv := range [][2]string{
			{"gitVersion", "v" + version}, {"gitMajor", parts[0]}, {"gitMinor", parts[1]}, {"gitTreeState", "clean"},
		} {
			flags = append(flags, fmt.Sprintf("-X %s.%s=%s", pkg, kv[0], kv[1]))
		}
	}
	return strings.Join(flags, " ")
}
