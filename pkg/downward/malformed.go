package downward

import (
	"fmt"
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
	case sources == 0:
		return "valueFrom: no source"
	case sources > 1:
		return "valueFrom: more than one source"
	default:
		return malformedRef(from.FieldRef, from.ResourceFieldRef)
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
	case wrongMode(f.Mode):
		return fmt.Sprintf("mode %d: not between 0 and 0777 (octal), which is 511", *f.Mode)
	default:
		return malformedRef(f.FieldRef, f.ResourceFieldRef)
	}
}

// oldName says what a version that is not relaxed yet refuses about a variable's name.
func oldName(name string, minor int) string {
	if problems := validation.IsEnvVarName(name); minor < relaxedNames && len(problems) > 0 {
		return "name: " + problems[0]
	}
	return ""
}

func wrongMode(mode *int32) bool { return mode != nil && (*mode < 0 || *mode > 0o777) }

// malformedRef: fields are those of a Pod of version v1, also where none is named.
func malformedRef(field *corev1.ObjectFieldSelector, resource *corev1.ResourceFieldSelector) string {
	switch {
	case field != nil && field.APIVersion != "" && field.APIVersion != "v1":
		return "apiVersion: " + field.APIVersion
	case field != nil && field.FieldPath == "":
		return "fieldPath: missing"
	case field == nil && resource != nil && resource.Resource == "":
		return "resource: missing"
	default:
		return ""
	}
}
