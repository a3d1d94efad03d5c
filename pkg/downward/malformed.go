package downward

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// relaxedNames is the first version in which a variable's name may hold any printable
// ASCII character but "=" by default (RelaxedEnvironmentVariableValidation: beta 1.32).
const relaxedNames = 32

// malformedVariable says what the API server refuses about a variable besides its field,
// "" where nothing is (validation.go, ValidateEnv and validateEnvVarValueFrom).
func malformedVariable(v corev1.EnvVar) string {
	from := v.ValueFrom
	sources := 0
	for _, set := range []bool{
		from.FieldRef != nil, from.ResourceFieldRef != nil, from.ConfigMapKeyRef != nil, from.SecretKeyRef != nil, from.FileKeyRef != nil,
	} {
		if set {
			sources++
		}
	}
	switch {
	case v.Name == "":
		return "name: missing"
	case len(validation.IsRelaxedEnvVarName(v.Name)) > 0:
		return "name: " + validation.IsRelaxedEnvVarName(v.Name)[0]
	case v.Value != "":
		return "value and valueFrom"
	case sources > 1:
		return "valueFrom: more than one source"
	default:
		return wrongVersion(from.FieldRef)
	}
}

// malformedFile says the same of a file (validateDownwardAPIVolumeFile,
// ValidateLocalNonReservedPath).
func malformedFile(f corev1.DownwardAPIVolumeFile) string {
	switch {
	case f.Path == "":
		return "path: missing"
	case strings.HasPrefix(f.Path, "/"):
		return "path " + f.Path + ": not relative"
	case strings.HasPrefix(f.Path, "..") || slices.Contains(strings.Split(f.Path, "/"), ".."):
		return "path " + f.Path + ": holds .."
	case f.FieldRef != nil && f.ResourceFieldRef != nil:
		return "fieldRef and resourceFieldRef"
	case f.FieldRef == nil && f.ResourceFieldRef == nil:
		return "fieldRef or resourceFieldRef: missing"
	default:
		return wrongVersion(f.FieldRef)
	}
}

// oldName says what a version that is not relaxed yet refuses about a variable's name.
func oldName(name string, minor int) string {
	if problems := validation.IsEnvVarName(name); minor < relaxedNames && len(problems) > 0 {
		return "name: " + problems[0]
	}
	return ""
}

// wrongVersion: fields are those of a Pod of version v1, also where none is named.
func wrongVersion(ref *corev1.ObjectFieldSelector) string {
	if ref == nil || ref.APIVersion == "" || ref.APIVersion == "v1" {
		return ""
	}
	return "apiVersion: " + ref.APIVersion
}
