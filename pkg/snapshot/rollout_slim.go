package snapshot

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Hidden begins what stands for a text that may be secret. Two of one run are equal where
// the texts are, and say nothing else about them.
const Hidden = "hidden:"

// Veil replaces texts that may be secret. Its key is random and never written, so nobody
// can try out what a text was.
type Veil struct{ key []byte }

// NewVeil returns one with a new key.
func NewVeil() *Veil {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // which never fails: crypto/rand
	return &Veil{key: key}
}

func (v *Veil) hide(text string) string {
	if text == "" {
		return ""
	}
	sum := hmac.New(sha256.New, v.key)
	sum.Write([]byte(text))
	return Hidden + hex.EncodeToString(sum.Sum(nil))[:12]
}

func (v *Veil) hideAll(texts []string) {
	for i := range texts {
		texts[i] = v.hide(texts[i])
	}
}

// openAnnotations are those of workloads, revisions and templates that are kept as they are.
var openAnnotations = []string{
	"deployment.kubernetes.io/revision", "deployment.kubernetes.io/revision-history", "deployment.kubernetes.io/desired-replicas",
	"kubernetes.io/change-cause", "kubectl.kubernetes.io/restartedAt",
}

func (v *Veil) meta(meta metav1.ObjectMeta) metav1.ObjectMeta {
	out := slimMeta(meta)
	for _, key := range openAnnotations {
		if text, ok := meta.Annotations[key]; ok {
			metav1.SetMetaDataAnnotation(&out, key, text)
		}
	}
	return out
}

// Template returns the Pod template with every field it has. The texts that may be secret
// are hidden: values of variables, commands, arguments, annotations, headers of probes.
func (v *Veil) Template(t corev1.PodTemplateSpec) corev1.PodTemplateSpec {
	out := *t.DeepCopy()
	out.ManagedFields = nil
	for key, text := range out.Annotations {
		if key != "kubectl.kubernetes.io/restartedAt" {
			out.Annotations[key] = v.hide(text)
		}
	}
	for i := range out.Spec.InitContainers {
		v.container(&out.Spec.InitContainers[i])
	}
	for i := range out.Spec.Containers {
		v.container(&out.Spec.Containers[i])
	}
	for i := range out.Spec.Volumes {
		v.volume(&out.Spec.Volumes[i])
	}
	return out
}

func (v *Veil) container(c *corev1.Container) {
	v.hideAll(c.Command)
	v.hideAll(c.Args)
	for i := range c.Env {
		c.Env[i].Value = v.hide(c.Env[i].Value)
	}
	for _, p := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe, c.StartupProbe} {
		if p != nil {
			v.action(p.Exec, p.HTTPGet)
		}
	}
	if c.Lifecycle != nil {
		for _, h := range []*corev1.LifecycleHandler{c.Lifecycle.PostStart, c.Lifecycle.PreStop} {
			if h != nil {
				v.action(h.Exec, h.HTTPGet)
			}
		}
	}
}

func (v *Veil) action(exec *corev1.ExecAction, get *corev1.HTTPGetAction) {
	if exec != nil {
		v.hideAll(exec.Command)
	}
	if get != nil {
		for i := range get.HTTPHeaders {
			get.HTTPHeaders[i].Value = v.hide(get.HTTPHeaders[i].Value)
		}
	}
}

func (v *Veil) volume(volume *corev1.Volume) {
	if volume.CSI != nil {
		for key, text := range volume.CSI.VolumeAttributes {
			volume.CSI.VolumeAttributes[key] = v.hide(text)
		}
	}
	if volume.FlexVolume != nil {
		for key, text := range volume.FlexVolume.Options {
			volume.FlexVolume.Options[key] = v.hide(text)
		}
	}
}

// Deployment returns it without managed fields and without annotations of others.
func (v *Veil) Deployment(d *appsv1.Deployment) *appsv1.Deployment {
	out := &appsv1.Deployment{ObjectMeta: v.meta(d.ObjectMeta), Spec: *d.Spec.DeepCopy(), Status: d.Status}
	out.Spec.Template = v.Template(d.Spec.Template)
	return out
}

// ReplicaSet returns it as Deployment does.
func (v *Veil) ReplicaSet(rs *appsv1.ReplicaSet) *appsv1.ReplicaSet {
	out := &appsv1.ReplicaSet{ObjectMeta: v.meta(rs.ObjectMeta), Spec: *rs.Spec.DeepCopy(), Status: rs.Status}
	out.Spec.Template = v.Template(rs.Spec.Template)
	return out
}

// StatefulSet returns it as Deployment does, without the templates of its claims.
func (v *Veil) StatefulSet(s *appsv1.StatefulSet) *appsv1.StatefulSet {
	out := &appsv1.StatefulSet{ObjectMeta: v.meta(s.ObjectMeta), Spec: *s.Spec.DeepCopy(), Status: s.Status}
	out.Spec.Template, out.Spec.VolumeClaimTemplates = v.Template(s.Spec.Template), nil
	return out
}

// DaemonSet returns it as Deployment does.
func (v *Veil) DaemonSet(d *appsv1.DaemonSet) *appsv1.DaemonSet {
	out := &appsv1.DaemonSet{ObjectMeta: v.meta(d.ObjectMeta), Spec: *d.Spec.DeepCopy(), Status: d.Status}
	out.Spec.Template = v.Template(d.Spec.Template)
	return out
}

// revisionData is what a ControllerRevision of a StatefulSet or a DaemonSet holds: a patch
// that replaces the template (pkg/controller/daemon/update.go, getPatch).
type revisionData struct {
	Spec struct {
		Template corev1.PodTemplateSpec `json:"template"`
	} `json:"spec"`
}

// ControllerRevision returns it with its template as Template does, and with no data where
// it holds none.
func (v *Veil) ControllerRevision(c *appsv1.ControllerRevision) *appsv1.ControllerRevision {
	out := &appsv1.ControllerRevision{ObjectMeta: v.meta(c.ObjectMeta), Revision: c.Revision}
	var data revisionData
	if json.Unmarshal(c.Data.Raw, &data) != nil {
		return out
	}
	data.Spec.Template = v.Template(data.Spec.Template)
	if raw, err := json.Marshal(data); err == nil {
		out.Data = runtime.RawExtension{Raw: raw}
	}
	return out
}

// RevisionTemplate returns the template that a ControllerRevision holds, and false where
// it holds none.
func RevisionTemplate(c *appsv1.ControllerRevision) (corev1.PodTemplateSpec, bool) {
	var data revisionData
	err := json.Unmarshal(c.Data.Raw, &data)
	return data.Spec.Template, err == nil && len(data.Spec.Template.Spec.Containers) > 0
}
