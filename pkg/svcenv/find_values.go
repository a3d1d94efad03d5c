package svcenv

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// references finds $(NAME) that stay as they are written, and values that were made with
// the address that a Service had.
func (a *analysis) references() {
	for _, v := range a.view.Variables {
		for _, name := range v.Unresolved {
			code := explain.ReferenceUnresolved
			if a.definedLater(v.Name, name) {
				code = explain.ReferenceTooEarly
			}
			a.add(code, explain.Warning, explain.ProofAPI, map[string]string{"variable": v.Name, "reference": name},
				explain.Evidence{Where: a.podWords(), What: "env " + v.Name + ": $(" + name + ")"})
		}
		if v.Status == Changed && v.Has.Text != nil && len(v.References) > 0 {
			a.add(explain.ReferenceOld, explain.Warning, explain.ProofNode, map[string]string{
				"variable": v.Name, "references": listed(v.References),
			})
		}
	}
}

// definedLater says whether the list of variables has the other one behind the first.
func (a *analysis) definedLater(variable, other string) bool {
	first := slices.IndexFunc(a.c.Env, func(v corev1.EnvVar) bool { return v.Name == variable })
	later := slices.IndexFunc(a.c.Env, func(v corev1.EnvVar) bool { return v.Name == other })
	return later >= first && later >= 0
}

// elsewhere finds variables of the manifest for which the process has another value: their
// ConfigMap was changed since, or a program set them anew.
func (a *analysis) elsewhere() {
	var variables []string
	for _, v := range a.view.Variables {
		ours := v.Source == FromEnv || v.Source == FromEnvFrom
		if ours && v.Status == Changed && v.Has.Text == nil {
			variables = append(variables, v.Name)
		}
	}
	if len(variables) > 0 {
		a.add(explain.ValueElsewhere, explain.Info, explain.ProofNode, map[string]string{"variables": listed(variables)})
	}
}

// absent finds what the kubelet needs for the environment and does not find.
func (a *analysis) absent() {
	for _, p := range a.next.problems {
		args := map[string]string{"configMap": a.pod.Namespace + "/" + p.configMap, "key": p.key, "variable": p.variable}
		code := explain.ConfigMapAbsent
		if p.key != "" {
			code = explain.ConfigMapKeyAbsent
		}
		a.add(code, explain.Error, explain.ProofAPI, args)
	}
}
