package downward

import "testing"

// TestShapes are manifests whose fields are right and that the API server refuses, or
// takes, for another reason that lies in the use itself.
func TestShapes(t *testing.T) {
	name, node := object{"fieldPath": "metadata.name"}, object{"fieldPath": "spec.nodeName"}
	cpu := object{"resource": "limits.cpu", "containerName": "app"}
	file := func(path string) object { return object{"path": path, "fieldRef": name} }
	variable := func(name string, from object) object { return object{"name": name, "valueFrom": from} }
	for what, text := range map[string][]byte{
		"a variable":                       manifest(variable("V", object{"fieldRef": name})),
		"a variable with a dot":            manifest(variable("a.b", object{"fieldRef": name})),
		"a variable with an equals sign":   manifest(variable("A=B", object{"fieldRef": name})),
		"a variable without a name":        manifest(variable("", object{"fieldRef": name})),
		"apiVersion v1":                    manifest(variable("V", object{"fieldRef": object{"apiVersion": "v1", "fieldPath": "metadata.name"}})),
		"apiVersion v2":                    manifest(variable("V", object{"fieldRef": object{"apiVersion": "v2", "fieldPath": "metadata.name"}})),
		"apiVersion v2 in a file":          manifest(nil, downwardVolume(object{"path": "f", "fieldRef": object{"apiVersion": "v2", "fieldPath": "metadata.name"}})),
		"two sources of a variable":        manifest(variable("V", object{"fieldRef": node, "resourceFieldRef": cpu})),
		"a variable with value and source": manifest(object{"name": "V", "value": "x", "valueFrom": object{"fieldRef": name}}),
		"two sources of a file":            manifest(nil, downwardVolume(object{"path": "f", "fieldRef": name, "resourceFieldRef": cpu})),
		"no source of a file":              manifest(nil, downwardVolume(object{"path": "f"})),
		"pages of an odd name":             manifest(variable("V", object{"resourceFieldRef": object{"resource": "limits.hugepages-2Mi['app']"}})),
		"pages of a name that ends as cpu": manifest(variable("V", object{"resourceFieldRef": object{"resource": "limits.hugepages-2Mi.cpu", "divisor": "1Mi"}})),
		"the same in units of cpu":         manifest(variable("V", object{"resourceFieldRef": object{"resource": "limits.hugepages-2Mi.cpu", "divisor": "1m"}})),
		"a file in a folder":               manifest(nil, downwardVolume(file("a/b/c"))),
		"an absolute path":                 manifest(nil, downwardVolume(file("/a"))),
		"a path that goes up":              manifest(nil, downwardVolume(file("a/../../b"))),
		"a path that begins with dots":     manifest(nil, downwardVolume(file("..a"))),
		"no path":                          manifest(nil, downwardVolume(file(""))),
		"a path twice":                     manifest(nil, downwardVolume(file("a"), file("a"))),
		"a path twice, projected":          manifest(nil, projectedVolume(file("a"), file("a"))),
		"a path in two spellings":          manifest(nil, projectedVolume(file("a"), file("./a"))),
	} {
		t.Run(what, func(t *testing.T) {
			list, err := complaints(text)
			if err != nil {
				t.Fatal(err)
			}
			if got := refused(explained(t, text)); got != (len(list) > 0) {
				t.Errorf("kk says refused %v, the API server says %v", got, list)
			}
		})
	}
}
