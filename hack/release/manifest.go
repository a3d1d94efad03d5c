package main

import (
	"bytes"
	"os"
	"text/template"
)

// manifestFile is the manifest for krew, at the root of the repository.
const manifestFile = "krew-manifest.yaml"

// manifestText obeys the rules of krew-index: a short description of 50 characters at
// most, a description without usage, caveats only for what else is to be done.
var manifestText = template.Must(template.New("").Parse(`# Written by make release; sent to krew-index as plugins/kk.yaml.
apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata:
  name: kk
spec:
  version: {{.Version}}
  homepage: https://github.com/kubectl-kk/kubectl-kk
  shortDescription: Show what the cluster really does with an object
  description: |
    Reads a live object and, where the truth is not in the API, the node or the
    container behind it, puts both side by side, and says in words where they
    differ, why, and what to do: the rules that a Service has in the kernel of a
    node, the lookups that a Pod's resolv.conf makes, the variables and files
    that a container has beside those it should have. Findings have codes, with
    explanations in English and Chinese. What could not be read is said, never
    guessed. Secrets are not read.
  caveats: |
    Some answers need rights that not everybody has, such as exec in a Pod or a
    pod in kube-system. This shows which, and what still works without:
      kubectl kk access
    Completion at the TAB key takes a file that krew does not make:
      kubectl kk completion install
  platforms:
{{- range .Artifacts}}
  - selector:
      matchLabels:
        os: {{.OS}}
        arch: {{.Arch}}
    uri: https://github.com/kubectl-kk/kubectl-kk/releases/download/{{$.Version}}/{{.File}}
    sha256: {{.SHA256}}
    bin: {{.Bin}}
{{- end}}
`))

func (r release) manifest(artifacts []artifact) error {
	var text bytes.Buffer
	err := manifestText.Execute(&text, map[string]any{"Version": r.version, "Artifacts": artifacts})
	if err != nil {
		return err
	}
	return os.WriteFile(manifestFile, text.Bytes(), 0o644) //nolint:gosec // published
}
