package downward

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/api/v1/resource"
	"k8s.io/kubernetes/pkg/volume"
	"k8s.io/kubernetes/pkg/volume/downwardapi"
	volumeutil "k8s.io/kubernetes/pkg/volume/util"
)

// host is the part of a kubelet that downwardAPI volumes ask.
type host struct {
	volume.VolumeHost
	allocatable corev1.ResourceList
}

func (h host) GetNodeAllocatable() (corev1.ResourceList, error) { return h.allocatable, nil }

// filesOf are the files that the kubelet makes of the items of a volume.
func filesOf(t *testing.T, pod *corev1.Pod, items []corev1.DownwardAPIVolumeFile, allocatable corev1.ResourceList) map[string]volumeutil.FileProjection {
	t.Helper()
	klog.SetLogger(klog.Logger{})
	klog.SetOutput(io.Discard)
	mode := int32(0o644)
	files, err := downwardapi.CollectData(items, pod, host{allocatable: allocatable}, &mode, nil)
	if err != nil {
		t.Fatalf("the kubelet cannot fill the volume: %v", err)
	}
	return files
}

// written lets the kubelet's own writer write the files of a volume.
func written(t *testing.T, what string, pod *corev1.Pod, items []corev1.DownwardAPIVolumeFile) {
	t.Helper()
	dir := t.TempDir()
	writer, err := volumeutil.NewAtomicWriter(dir, what)
	if err != nil {
		t.Fatal(err)
	}
	files := filesOf(t, pod, items, nil)
	if err := writer.Write(files, nil); err != nil {
		t.Errorf("%s: the kubelet cannot write the volume: %v", what, err)
		return
	}
	for name, file := range files {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != string(file.Data) {
			t.Errorf("%s: %s holds %q, %v", what, name, got, err)
		}
	}
}

// byVariable is the value of a resource that the kubelet puts into a variable of a
// container. The three functions that do it are not exported (kubelet_resources.go,
// defaultPodLimitsForDownwardAPI; kubelet_pods.go, containerResourceRuntimeValue); these
// are the calls that they are made of.
func byVariable(t *testing.T, pod *corev1.Pod, own *corev1.Container, ref *corev1.ResourceFieldSelector, allocatable corev1.ResourceList) string {
	t.Helper()
	standIn := allocatable.DeepCopy()
	if pod.Spec.Resources != nil {
		for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
			if limit, set := pod.Spec.Resources.Limits[name]; set && !limit.IsZero() {
				standIn[name] = limit
			}
		}
	}
	pod, own = pod.DeepCopy(), own.DeepCopy()
	for i := range pod.Spec.Containers {
		resource.MergeContainerResourceLimits(&pod.Spec.Containers[i], standIn)
	}
	resource.MergeContainerResourceLimits(own, standIn)
	text, err := resource.ExtractContainerResourceValue(ref, own)
	if ref.ContainerName != "" {
		text, err = resource.ExtractResourceValueByContainerName(ref, pod, ref.ContainerName)
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}
