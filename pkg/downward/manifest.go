package downward

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// Template is a Pod that a manifest would make.
type Template struct {
	Kind, Namespace, Name string
	Pod                   *corev1.Pod
}

// Templates returns the Pods and Pod templates of a manifest, of any kind that keeps one
// at spec.template, spec.jobTemplate.spec.template or template. others are the objects
// without one. Its error says which document is not to be read, and why.
func Templates(manifest []byte) (templates []Template, others []string, err error) {
	documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(manifest)))
	for n := 1; ; n++ {
		text, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return templates, others, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("document %d: %w", n, err)
		}
		found, without, err := document(text)
		if err != nil {
			return nil, nil, fmt.Errorf("document %d: %w", n, err)
		}
		templates, others = append(templates, found...), append(others, without...)
	}
}

func document(text []byte) (templates []Template, others []string, err error) {
	var content map[string]any
	if err := yaml.Unmarshal(text, &content); err != nil {
		return nil, nil, err
	}
	if len(content) == 0 {
		return nil, nil, nil
	}
	object := &unstructured.Unstructured{Object: content}
	if !object.IsList() {
		return single(object)
	}
	err = object.EachListItem(func(item runtime.Object) error {
		found, without, err := single(item.(*unstructured.Unstructured))
		templates, others = append(templates, found...), append(others, without...)
		return err
	})
	return templates, others, err
}

// single returns the Pod of one object.
func single(object *unstructured.Unstructured) ([]Template, []string, error) {
	where := object.GetKind() + " " + object.GetName()
	if object.GetKind() == "" {
		return nil, nil, errors.New("it has no kind")
	}
	content, found := object.Object, object.GetKind() == "Pod"
	for _, path := range [][]string{{"spec", "template"}, {"spec", "jobTemplate", "spec", "template"}, {"template"}} {
		if !found {
			content, found, _ = unstructured.NestedMap(object.Object, path...)
		}
	}
	_, isPod, _ := unstructured.NestedSlice(content, "spec", "containers")
	switch {
	case object.GetKind() == "Pod" && !isPod:
		return nil, nil, fmt.Errorf("%s: it has no list spec.containers", where)
	case !found || !isPod:
		return nil, []string{where}, nil
	}
	if text := boundlessIn(content, false); text != "" {
		return nil, nil, fmt.Errorf("%s: %q is not an amount", where, text)
	}
	pod := &corev1.Pod{}
	// As kubectl apply does, what is misspelt is an error and not left out.
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(content, pod, true); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", where, err)
	}
	return []Template{{Kind: object.GetKind(), Namespace: object.GetNamespace(), Name: or(object.GetName(), object.GetGenerateName()), Pod: pod}}, nil, nil
}

// amounts are the fields whose values are parsed as quantities.
var amounts = []string{"divisor", "limits", "requests", "sizeLimit", "overhead"}

// boundlessIn finds an amount that would keep its parser busy for ever.
func boundlessIn(content any, isAmount bool) string {
	switch v := content.(type) {
	case string:
		if isAmount && boundless(v) {
			return v
		}
	case []any:
		for _, item := range v {
			if text := boundlessIn(item, isAmount); text != "" {
				return text
			}
		}
	case map[string]any:
		for key, item := range v {
			if text := boundlessIn(item, isAmount || slices.Contains(amounts, key)); text != "" {
				return text
			}
		}
	}
	return ""
}
