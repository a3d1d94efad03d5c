// Package downward holds pkg/downward to the code of Kubernetes that decides on the
// Downward API: the validation of the API server, and what the kubelet puts into
// variables and files.
package downward

import (
	"encoding/json"
	"flag"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	podutil "k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install" // the conversions and defaults of Pods
	"k8s.io/kubernetes/pkg/apis/core/validation"

	"github.com/kubectl-kk/kubectl-kk/pkg/downward"
)

// minor is the version of Kubernetes that this module is built with.
const minor = 37

var seed = flag.Uint64("seed", 1, "of the random quantities and maps")

// complaints are what the API server says of a manifest: it decodes, fills in defaults,
// converts and validates as its handler for creating a Pod does (registry/core/pod,
// podStrategy).
func complaints(manifest []byte) (field.ErrorList, error) {
	pod := &core.Pod{}
	if err := runtime.DecodeInto(legacyscheme.Codecs.UniversalDecoder(), manifest, pod); err != nil {
		return nil, err
	}
	options := podutil.GetValidationOptionsFromPodSpecAndMeta(&pod.Spec, nil, &pod.ObjectMeta, nil)
	options.ResourceIsPod = true
	return validation.ValidatePodCreate(pod, options), nil
}

func complaintsOf(t *testing.T, pod *corev1.Pod) field.ErrorList {
	t.Helper()
	manifest, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	list, err := complaints(manifest)
	if err != nil {
		t.Fatalf("%v\n%s", err, manifest)
	}
	return list
}

// object is JSON that is written by hand, so that a divisor arrives as it was typed.
type object = map[string]any

// manifest is a Pod that the API server takes, with a variable in the container app, and
// with volumes that it mounts.
func manifest(variable object, volumes ...object) []byte {
	app := object{"name": "app", "image": "app:1"}
	if variable != nil {
		app["env"] = []object{variable}
	}
	spec := object{"initContainers": []object{{"name": "init", "image": "init:1"}}, "containers": []object{app}}
	var mounts []object
	for i, volume := range volumes {
		volume["name"] = fmt.Sprintf("v%d", i)
		mounts = append(mounts, object{"name": volume["name"], "mountPath": fmt.Sprintf("/v%d", i)})
	}
	if len(volumes) > 0 {
		spec["volumes"], app["volumeMounts"] = volumes, mounts
	}
	text, err := json.Marshal(object{
		"apiVersion": "v1", "kind": "Pod", "spec": spec,
		"metadata": object{"name": "web", "namespace": "shop", "labels": object{"app": "web"}, "annotations": object{"app": "web"}},
	})
	if err != nil {
		panic(err)
	}
	return text
}

func downwardVolume(items ...object) object {
	return object{"downwardAPI": object{"items": items}}
}

func projectedVolume(items ...object) object {
	return object{"projected": object{"sources": []object{{"downwardAPI": object{"items": items}}}}}
}

// explained is what kk says of the same manifest, before it is applied.
func explained(t *testing.T, manifest []byte) *downward.View {
	t.Helper()
	templates, others, err := downward.Templates(manifest)
	if err != nil || len(templates) != 1 {
		t.Fatalf("%d templates, %d other objects, %v in\n%s", len(templates), len(others), err, manifest)
	}
	view, err := downward.AnalyzeTemplate(templates[0], downward.Request{}, minor)
	if err != nil {
		t.Fatalf("%v\n%s", err, manifest)
	}
	return view
}

func refused(view *downward.View) bool {
	for _, use := range view.Uses {
		if use.Status == downward.Refused {
			return true
		}
	}
	return false
}
