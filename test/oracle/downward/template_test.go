package downward

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The fieldPaths that are tried: all there are, what the API server knows under another
// name, what it knows of a Pod and does not offer, and what somebody may type.
var plainPaths = []string{
	"metadata.name", "metadata.namespace", "metadata.uid", "metadata.labels", "metadata.annotations", "spec.nodeName",
	"spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
	"spec.host", "spec.schedulerName", "spec.restartPolicy", "status.phase",
	"spec.serviceAccount", "status.qosClass", "status.startTime", "metadata.generateName", "metadata.ownerReferences", "spec.containers[0].image",
	"metadata.nam", "metadata.Name", "Metadata.name", "metadata.name ", " metadata.name", "metadata.label", "metadata.annotation",
	"status.podIp", "status.podips", "status.hostIps", "spec.nodename", "spec.serviceaccountname", "metadata.labels.app", "metadata.labels[app]",
	`metadata.labels["app"]`, "metadata.labels['app", "metadata.labels'app']", "metadata.labels['app'] ", "['app']", "']", "", ".", "metadata", "name",
	"limits.cpu", "requests.memory", "limits.hugepages-2Mi", "limits.cpu['app']", "metadata.labels['KEY']", "limits.hugepages-SIZE",
}

var keyedPaths = func() (out []string) {
	for _, base := range []string{
		"metadata.labels", "metadata.annotations", "metadata.Labels", "metadata.name", "spec.host", "spec.nodeName", "status.podIP", "status.phase",
	} {
		for _, key := range []string{
			"app", "App", "nobody-has-it", "a_b.c-d", "9", "app.kubernetes.io/name", "APP.Kubernetes.IO/Name", "app.kubernetes.io/Name",
			"kubernetes.io/config.seen", "kubernetes.io/config.mirror", strings.Repeat("k", 63), strings.Repeat("d", 253) + "/k",
			"", "-a", "a-", ".a", "a b", " a", "a/", "/a", "a/b/c", "a.-b/c", "é", "ключ", "\u212a", "a\nb", "a'b", `a"b`, "a']['b", "['a", "a[0]", "*",
			strings.Repeat("k", 64), strings.Repeat("d", 254) + "/k", strings.Repeat("k", 64) + "/k",
		} {
			out = append(out, base+"['"+key+"']")
		}
	}
	return out
}()

var resourcePaths = []string{
	"limits.cpu", "limits.memory", "limits.ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage",
	"limits.hugepages-2Mi", "requests.hugepages-2Mi", "limits.hugepages-1Gi", "requests.hugepages-", "limits.hugepages-2MiB",
	"limits.hugepages", "limits.hugepage-2Mi", "hugepages-2Mi",
	"cpu", "limits", "limits.", ".cpu", "limit.cpu", "request.cpu", "Limits.cpu", "limits.CPU", "limits.cpu ", "limits.cpu.cpu", "limits.cpu['app']",
	"limits.storage", "limits.pods", "limits.nvidia.com/gpu", "requests.nvidia.com/gpu", "metadata.name", "metadata.labels['app']", "spec.host", "",
}

var divisors = []string{
	"(unset)", "0", "0m", "0Ki", "1", "1m", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
	"1000m", "1024", "1024Ki", "1000k", "1e3", "1.0", "0.001", "1e-3", "2", "10Mi", "100m", "1u", "1n", "-1", "0.5", "1500m",
}

// ways are how a use can stand in a manifest.
var ways = []string{"env", "volume", "projected"}

func inManifest(way string, use object) []byte {
	switch way {
	case "env":
		return manifest(object{"name": "V", "valueFrom": use})
	case "volume":
		use["path"] = "file"
		return manifest(nil, downwardVolume(use))
	default:
		use["path"] = "file"
		return manifest(nil, projectedVolume(use))
	}
}

// tally counts the cells of a product, by what the API server said.
type tally struct{ accepted, refused int }

// compare holds kk to the API server for one use.
func (n *tally) compare(t *testing.T, what string, text []byte) {
	t.Helper()
	list, err := complaints(text)
	if err != nil {
		t.Fatalf("%s: %v\n%s", what, err, text)
	}
	if len(list) > 0 {
		n.refused++
	} else {
		n.accepted++
	}
	view := explained(t, text)
	if len(view.Uses) != 1 {
		t.Errorf("%s: %d uses are seen", what, len(view.Uses))
	}
	if got := refused(view); got != (len(list) > 0) {
		t.Errorf("%s: kk says refused %v, the API server says %v", what, got, list)
	}
	// Somebody is refused with a reason, and nobody without.
	if view.HasErrors() != refused(view) {
		t.Errorf("%s: refused %v with findings %v", what, refused(view), view.Findings)
	}
}

func (n *tally) want(t *testing.T, cells, accepted int) {
	t.Helper()
	if n.accepted+n.refused != cells || n.accepted != accepted {
		t.Errorf("%d of %d were accepted, want %d of %d", n.accepted, n.accepted+n.refused, accepted, cells)
	}
}

// TestFieldRefs: of each fieldPath, by each way, kk says what the API server does.
func TestFieldRefs(t *testing.T) {
	n := &tally{}
	for _, path := range slices.Concat(plainPaths, keyedPaths) {
		for _, way := range ways {
			n.compare(t, fmt.Sprintf("fieldRef %q by %s", path, way), inManifest(way, object{"fieldRef": object{"fieldPath": path}}))
		}
	}
	n.want(t, 993, 101)
}

// TestResourceFieldRefs is the same for each resource with each divisor, of a container
// that is named and of one that is not.
func TestResourceFieldRefs(t *testing.T) {
	n := &tally{}
	for _, path := range resourcePaths {
		for _, divisor := range divisors {
			for _, container := range []string{"", "app", "init"} {
				for _, way := range ways {
					ref := object{"resource": path}
					if divisor != "(unset)" {
						ref["divisor"] = divisor
					}
					if container != "" {
						ref["containerName"] = container
					}
					what := fmt.Sprintf("resourceFieldRef %q of %q in units of %s by %s", path, container, divisor, way)
					n.compare(t, what, inManifest(way, object{"resourceFieldRef": ref}))
				}
			}
		}
	}
	// 9 divisors of each of 2 resources and 21 of each of 9, for 3 containers of a
	// variable and for the 2 that are named of each kind of volume.
	n.want(t, 10098, (2*9+9*21)*(3+2*2))
}
