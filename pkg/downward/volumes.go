package downward

import (
	"path"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// itemsOf are the files of all volumes that take fields, mounted or not.
func itemsOf(spec *corev1.PodSpec) []use {
	var out []use
	for i := range spec.Volumes {
		out = append(out, itemsIn(&spec.Volumes[i])...)
	}
	return out
}

// itemsIn are those of one volume. Of two items of one path the kubelet keeps the last,
// and a projected volume with two is refused (validateProjectionSources).
func itemsIn(volume *corev1.Volume) []use {
	var out []use
	last, written := map[string]int{}, map[string]bool{}
	files := filesIn(volume)
	for _, taken := range otherPaths(volume) {
		written[taken] = true
	}
	for j, file := range files {
		last[path.Clean(file.Path)] = j
	}
	for j, file := range files {
		u := use{volume: volume.Name, token: isToken(volume), item: path.Clean(file.Path), name: file.Path}
		u.overridden, u.malformed = last[u.item] != j, malformedFile(file)
		switch {
		case file.FieldRef != nil:
			u.field = file.FieldRef.FieldPath
		case file.ResourceFieldRef != nil:
			u.resource(file.ResourceFieldRef)
		}
		u.secret = secretAt(volume, u.item)
		if volume.Projected != nil && written[file.Path] && u.malformed == "" {
			u.malformed = "path " + file.Path + ": twice"
		}
		written[file.Path] = true
		out = append(out, u)
	}
	return out
}

// secretAt says whether a Secret may be at a path: one that names no items has any.
func secretAt(volume *corev1.Volume, item string) bool {
	if volume.Projected == nil {
		return false
	}
	for _, source := range volume.Projected.Sources {
		if source.Secret == nil {
			continue
		}
		if len(source.Secret.Items) == 0 || slices.ContainsFunc(source.Secret.Items, func(i corev1.KeyToPath) bool { return path.Clean(i.Path) == item }) {
			return true
		}
	}
	return false
}

// otherPaths are those that a projected volume names for ConfigMaps and Secrets.
func otherPaths(volume *corev1.Volume) []string {
	var out []string
	if volume.Projected == nil {
		return nil
	}
	for _, source := range volume.Projected.Sources {
		var items []corev1.KeyToPath
		if source.ConfigMap != nil {
			items = source.ConfigMap.Items
		}
		if source.Secret != nil {
			items = append(items, source.Secret.Items...)
		}
		for _, item := range items {
			out = append(out, item.Path)
		}
	}
	return out
}

func filesIn(volume *corev1.Volume) []corev1.DownwardAPIVolumeFile {
	var files []corev1.DownwardAPIVolumeFile
	if volume.DownwardAPI != nil {
		files = volume.DownwardAPI.Items
	}
	if volume.Projected != nil {
		for _, source := range volume.Projected.Sources {
			if source.DownwardAPI != nil {
				files = append(files, source.DownwardAPI.Items...)
			}
		}
	}
	return files
}
