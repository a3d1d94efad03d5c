package main

import (
	"debug/buildinfo"
	"encoding/json"
	"strings"
	"time"
)

// bill is a CycloneDX 1.6 bill of materials (cyclonedx.org/docs/1.6/json), as far as it is used here.
type bill struct {
	Format       string       `json:"bomFormat"`
	Spec         string       `json:"specVersion"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Ref     string        `json:"bom-ref"`
	Type    string        `json:"type"`
	Name    string        `json:"name"`
	Version string        `json:"version"`
	PURL    string        `json:"purl"`
	Hashes  []hashed      `json:"hashes,omitempty"`
	License []licenseWord `json:"licenses,omitempty"`
}

type hashed struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type licenseWord struct {
	License struct {
		ID string `json:"id"`
	} `json:"license"`
}

type dependency struct {
	Ref string   `json:"ref"`
	On  []string `json:"dependsOn"`
}

// bill lists the modules that the linker put into a program, by the program's own word.
// The licences of the modules are not in there, and not claimed.
func (r release) bill(program string) ([]byte, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, err
	}
	sum, err := sumOf(program)
	if err != nil {
		return nil, err
	}
	self := golang("application", info.Main.Path, r.version)
	self.Name, self.Hashes = "kubectl-kk", []hashed{{"SHA-256", sum}}
	self.License = make([]licenseWord, 1)
	self.License[0].License.ID = "Apache-2.0"
	b := bill{
		Format: "CycloneDX", Spec: "1.6", Version: 1,
		Metadata:   metadata{r.when.Format(time.RFC3339), self},
		Components: []component{golang("library", "std", info.GoVersion)},
	}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		b.Components = append(b.Components, golang("library", module.Path, module.Version))
	}
	needs := dependency{Ref: self.Ref}
	for _, c := range b.Components {
		needs.On = append(needs.On, c.Ref)
	}
	b.Dependencies = []dependency{needs}
	data, err := json.MarshalIndent(b, "", "  ")
	return append(data, '\n'), err
}

// golang is a module as a component, with its package URL (the type golang of purl-spec).
func golang(kind, path, version string) component {
	url := "pkg:golang/" + path + "@" + strings.ReplaceAll(version, "+", "%2B")
	return component{Ref: url, Type: kind, Name: path, Version: version, PURL: url}
}
