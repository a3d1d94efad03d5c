package downward

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"
)

// snippetVolume is the volume and the folder of a snippet, as far as they are free.
const snippetVolume = "podinfo"

func writeSnippet(pod *corev1.Pod, c *corev1.Container, all []wanted, divisor resource.Quantity) (string, error) {
	env := []any{}
	items := []any{}
	taken := map[string]bool{}
	for _, v := range c.Env {
		taken[v.Name] = true
	}
	files := map[string]bool{}
	for _, w := range all {
		source := w.source(c.Name, divisor)
		if w.env {
			env = append(env, map[string]any{"name": free(w.variable(), "_", taken), "valueFrom": source})
			continue
		}
		source["path"] = free(w.file(), "-", files)
		items = append(items, source)
	}
	volume, folder := freeVolume(pod), freeFolder(c)
	inContainer, inSpec := map[string]any{}, map[string]any{}
	if len(env) > 0 {
		inContainer["env"] = env
	}
	if len(items) > 0 {
		inContainer["volumeMounts"] = []any{map[string]any{"name": volume, "mountPath": folder, "readOnly": true}}
		inSpec["volumes"] = []any{map[string]any{"name": volume, "downwardAPI": map[string]any{"items": items}}}
	}
	return documents(c.Name, inContainer, inSpec)
}

func documents(container string, inContainer, inSpec map[string]any) (string, error) {
	text, err := yaml.Marshal(inContainer)
	if err != nil {
		return "", err
	}
	// The API server takes no other name; a manifest that was never sent may hold any.
	if len(validation.IsDNS1123Label(container)) > 0 {
		container = strconv.QuoteToASCII(container)
	}
	out := fmt.Sprintf("# in the container %s\n%s", container, text)
	if len(inSpec) == 0 {
		return out, nil
	}
	if text, err = yaml.Marshal(inSpec); err != nil {
		return "", err
	}
	return out + "---\n# in the spec of the Pod\n" + string(text), nil
}

// source is where the value comes from, as in env[].valueFrom and in a volume's items.
func (w wanted) source(container string, divisor resource.Quantity) map[string]any {
	if !w.resource {
		return map[string]any{"fieldRef": map[string]any{"fieldPath": w.path.String()}}
	}
	ref := map[string]any{"resource": w.path.base, "divisor": divisor.String()}
	if !w.env {
		ref["containerName"] = container
	}
	return map[string]any{"resourceFieldRef": ref}
}

// usual are the names under which most programs expect a field.
var usual = map[string]string{
	"metadata.name": "POD_NAME", "metadata.namespace": "POD_NAMESPACE", "metadata.uid": "POD_UID",
	"spec.nodeName": "NODE_NAME", "spec.host": "NODE_NAME", "spec.serviceAccountName": "SERVICE_ACCOUNT",
	"status.hostIP": "HOST_IP", "status.hostIPs": "HOST_IPS", "status.podIP": "POD_IP", "status.podIPs": "POD_IPS",
}

// variable is a name that every API server takes: letters, digits and underscores.
func (w wanted) variable() string {
	if name := usual[w.path.base]; name != "" {
		return name
	}
	text := w.path.base
	if w.path.keyed {
		text = strings.TrimSuffix(strings.TrimPrefix(w.path.base, "metadata."), "s") + "_" + w.path.key
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		default:
			return '_'
		}
	}, text)
}

// file is a file name for the field.
func (w wanted) file() string {
	text := strings.TrimPrefix(w.path.base, "metadata.")
	if w.path.keyed {
		text = strings.TrimSuffix(text, "s") + "-" + strings.ReplaceAll(w.path.key, "/", "-")
	}
	// A file name has 255 bytes at most, a key 317; its own end tells it from others best.
	return text[max(0, len(text)-maxFile):]
}

// maxFile leaves room for a number behind a file's name.
const maxFile = 200

// free returns the name, with a number behind it where it is taken, and takes it.
func free(name, separator string, taken map[string]bool) string {
	out := name
	for n := 2; taken[out]; n++ {
		out = fmt.Sprintf("%s%s%d", name, separator, n)
	}
	taken[out] = true
	return out
}

func freeVolume(pod *corev1.Pod) string {
	taken := map[string]bool{}
	for _, v := range pod.Spec.Volumes {
		taken[v.Name] = true
	}
	for _, c := range containers(&pod.Spec) {
		for _, m := range c.VolumeMounts {
			taken[m.Name] = true
		}
	}
	return free(snippetVolume, "-", taken)
}

// freeFolder is a folder at which the container has nothing yet, and nothing below it.
func freeFolder(c *corev1.Container) string {
	var taken []string
	for _, m := range c.VolumeMounts {
		taken = append(taken, path.Clean("/"+m.MountPath))
	}
	for _, d := range c.VolumeDevices {
		taken = append(taken, path.Clean("/"+d.DevicePath))
	}
	folder := "/etc/" + snippetVolume
	for n := 2; slices.ContainsFunc(taken, func(p string) bool { return strings.HasPrefix(p+"/", folder+"/") }); n++ {
		folder = fmt.Sprintf("/etc/%s-%d", snippetVolume, n)
	}
	return folder
}
