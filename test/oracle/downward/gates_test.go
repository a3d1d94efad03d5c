package downward

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/version"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"
	_ "k8s.io/kubernetes/pkg/features" // registers the gates

	"github.com/kubectl-kk/kubectl-kk/pkg/downward"
)

// TestGates: what the list says of a feature gate in a version is what Kubernetes'
// own table says. A gate that is gone from it cannot be looked up in older versions,
// and is none of the newest.
func TestGates(t *testing.T) {
	known := utilfeature.DefaultMutableFeatureGate.GetAllVersioned()
	lookedUp := map[string]bool{}
	for minor := 27; minor <= 37; minor++ {
		for _, f := range downward.List(minor).Fields {
			for _, text := range f.Gates {
				name, _, _ := strings.Cut(text, " ")
				specs, there := known[featuregate.Feature(name)]
				if !there {
					if minor == 37 {
						t.Errorf("1.%d, %s: there is no gate %s any more", minor, f.Field, name)
					}
					continue
				}
				lookedUp[name] = true
				if want := name + " (" + stateIn(specs, minor) + "): "; !strings.HasPrefix(text, want) {
					t.Errorf("1.%d, %s: %q, want %q", minor, f.Field, text, want)
				}
			}
		}
	}
	if !lookedUp["InPlacePodVerticalScaling"] || !lookedUp["PodLevelResources"] {
		t.Errorf("only %v were looked up", lookedUp)
	}
}

// stateIn is what a gate is in a version: the last of its entries that is not newer.
func stateIn(specs featuregate.VersionedSpecs, minor int) string {
	state := "not there"
	for _, spec := range specs {
		if spec.Version.GreaterThan(version.MustParse(fmt.Sprintf("1.%d", minor))) {
			continue
		}
		switch {
		case spec.PreRelease == featuregate.GA:
			state = "stable"
		case spec.Default:
			state = strings.ToLower(string(spec.PreRelease)) + ", on"
		default:
			state = strings.ToLower(string(spec.PreRelease)) + ", off"
		}
	}
	return state
}
