package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	utilversion "k8s.io/apimachinery/pkg/util/version"
	apiversion "k8s.io/apimachinery/pkg/version"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
)

// buildVersion and buildCommit are set by the linker: -X main.buildVersion=v1.2.3.
var buildVersion, buildCommit string

// The minor versions of Kubernetes whose behaviour kk was held to.
const oldestTested, newestTested = 27, 37

// serverPatience is how long the API server may take to say its version.
const serverPatience = 5 * time.Second

// version is the linker's word, else the module's, else "devel".
func version() string {
	if buildVersion != "" {
		return buildVersion
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

func userAgent() string { return "kubectl-kk/" + version() }

// versionInfo is the answer. clientVersion and serverVersion are where kubectl version -o
// json has them.
type versionInfo struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Version    string `json:"version"`
	// Commit is "" where the build does not know it.
	Commit        string           `json:"commit,omitempty"`
	GoVersion     string           `json:"goVersion"`
	Platform      string           `json:"platform"`
	ClientVersion *apiversion.Info `json:"clientVersion,omitempty"`
	ServerVersion *apiversion.Info `json:"serverVersion,omitempty"`
	// ServerUnknown says why there is no ServerVersion.
	ServerUnknown string   `json:"serverUnknown,omitempty"`
	Warnings      []string `json:"warnings,omitempty"`
}

func newVersion(s *suite) *cobra.Command {
	var clientOnly bool
	var output string
	c := &cobra.Command{
		Use:  "version",
		Long: "Print the version of the suite, of the Kubernetes client in it, and of the cluster.\nWithout a cluster, or with one that does not answer, it says so and is fine.",
		Example: templates.Examples(`
	# This program and the cluster
	kubectl kk version

	# This program alone, for programs
	kubectl kk version --client -o json`),
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := oneOf("--output", output, "text", "json", "yaml"); err != nil {
				return err
			}
			v := builtVersion()
			if !clientOnly {
				s.askServer(c.Context(), v)
			}
			for _, warning := range v.Warnings {
				s.warn(warning)
			}
			if output != "text" {
				return printObject(s.Out, output, v)
			}
			_, err := io.WriteString(s.Out, v.text(clientOnly))
			return err
		},
	}
	c.Flags().BoolVar(&clientOnly, "client", false, "Ask no cluster")
	c.Flags().StringVarP(&output, "output", "o", "text", "Output format: text, json or yaml")
	return c
}

// builtVersion is what the program knows of itself.
func builtVersion() *versionInfo {
	v := &versionInfo{
		APIVersion: "kk/v1alpha1", Kind: "Version", Version: version(), Commit: buildCommit,
		GoVersion: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" && v.Commit == "" {
			v.Commit = setting.Value
		}
	}
	for _, module := range info.Deps {
		// client-go v0.37.2 is that of Kubernetes v1.37.2.
		if rest, ok := strings.CutPrefix(module.Version, "v0."); ok && module.Path == "k8s.io/client-go" {
			minor, _, _ := strings.Cut(rest, ".")
			v.ClientVersion = &apiversion.Info{Major: "1", Minor: minor, GitVersion: "v1." + rest, GoVersion: v.GoVersion, Compiler: runtime.Compiler, Platform: v.Platform}
		}
	}
	return v
}

// askServer adds the cluster's version, or why it is not known.
func (s *suite) askServer(ctx context.Context, v *versionInfo) {
	server, err := s.serverVersion(ctx)
	if err != nil {
		v.ServerUnknown = oneLine(err.Error())
		return
	}
	v.ServerVersion = server
	if warning := untested(server.GitVersion); warning != "" {
		v.Warnings = append(v.Warnings, warning)
	}
}

func (s *suite) serverVersion(ctx context.Context) (*apiversion.Info, error) {
	clients, err := kube.Connect(s.flags, userAgent())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, serverPatience)
	defer cancel()
	body, err := clients.Interface.Discovery().RESTClient().Get().AbsPath("/version").Do(ctx).Raw()
	if err != nil {
		return nil, kube.Plain(err)
	}
	var server apiversion.Info
	if err := json.Unmarshal(body, &server); err != nil || server.GitVersion == "" {
		return nil, fmt.Errorf("%s answers /version with what is no version of Kubernetes", clients.Config.Host)
	}
	return &server, nil
}

// untested says that the cluster is older or newer than what kk was held to, or "".
func untested(gitVersion string) string {
	parsed, err := utilversion.ParseGeneric(gitVersion)
	if err != nil {
		return fmt.Sprintf("the cluster's version %s is not like v1.2.3: whether kk is tested with it is not known", gitVersion)
	}
	side := ""
	switch {
	case parsed.Major() < 1, parsed.Major() == 1 && parsed.Minor() < oldestTested:
		side = "older"
	case parsed.Major() > 1, parsed.Minor() > newestTested:
		side = "newer"
	default:
		return ""
	}
	return fmt.Sprintf("the cluster's version %s is %s than what kk is tested with, 1.%d to 1.%d: where Kubernetes behaves otherwise there, kk may be wrong",
		gitVersion, side, oldestTested, newestTested)
}

func (v *versionInfo) text(clientOnly bool) string {
	var b strings.Builder
	line := func(name, value string) { fmt.Fprintf(&b, "%-10s  %s\n", name, oneLine(value)) }
	line("kubectl-kk", v.Version)
	commit := v.Commit
	if commit == "" {
		commit = "not known to this build"
	}
	line("commit", commit)
	line("go", v.GoVersion+", "+v.Platform)
	client := "not known to this build"
	if v.ClientVersion != nil {
		client = v.ClientVersion.GitVersion
	}
	line("client", client)
	switch {
	case clientOnly:
	case v.ServerVersion != nil:
		line("server", v.ServerVersion.GitVersion)
	default:
		line("server", "not known: "+v.ServerUnknown)
	}
	return b.String()
}
