package svcenv

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// given is one variable as the kubelet gives it to a container that starts.
type given struct {
	name      string
	source    Origin
	from, key string
	// text is the value where known is set.
	text  string
	known bool
	// secret is set where the value is a Secret's, or is made with one, or comes from a file
	// that nobody has read; maybe where a Secret whose keys are not known may give another.
	secret, maybe bool
	link          *Link
	// expression is the manifest's text with its references, "" where it has none.
	expression             string
	references, unresolved []string
	// hides is the Service's variable whose place this one takes.
	hides *Link
}

// problem keeps a container from starting: a ConfigMap that is not there, or a key of one.
type problem struct{ configMap, key, variable string }

// prediction is the environment that the kubelet gives.
type prediction struct {
	vars map[string]*given
	// secretPrefixes are those of envFrom Secrets, otherPrefixes those of ConfigMaps that were
	// not read: any variable that begins so may come from there.
	secretPrefixes, otherPrefixes []string
	// secretNames are variables that env takes from a Secret or a file, whichever definition
	// wins in the end.
	secretNames map[string]bool
	problems    []problem
}

// ofSecret says whether a variable may be a Secret's by its name alone.
func (p *prediction) ofSecret(name string) bool {
	return p.secretNames[name] || hasPrefix(p.secretPrefixes, name)
}

func hasPrefix(prefixes []string, name string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// kubelet does what makeEnvironmentVariables does (kubelet_pods.go), with what was read.
type kubelet struct {
	s      *snapshot.Snapshot
	pod    *corev1.Pod
	links  map[string]Link
	fields map[string]string
	out    prediction
}

// predict is the environment of a container that starts when its Services give the links:
// env wins over envFrom, and that over Services. A reference sees what env defines before
// it, what envFrom and what Services give.
func predict(s *snapshot.Snapshot, pod *corev1.Pod, c *corev1.Container, links map[string]Link) prediction {
	k := &kubelet{s: s, pod: pod, links: links, fields: fieldValues(s, pod, c.Name), out: prediction{
		vars: map[string]*given{}, secretNames: map[string]bool{},
	}}
	for i := range c.EnvFrom {
		k.envFrom(&c.EnvFrom[i])
	}
	for i := range c.Env {
		k.env(&c.Env[i])
	}
	for name, link := range links {
		if g := k.out.vars[name]; g != nil {
			g.hides = &link
			continue
		}
		k.out.vars[name] = k.ofLink(link)
	}
	for name, g := range k.out.vars {
		if g.source != FromEnv && hasPrefix(k.out.secretPrefixes, name) {
			g.maybe = true
		}
	}
	return k.out
}

func (k *kubelet) ofLink(l Link) *given {
	g := &given{name: l.Name, source: FromService, text: l.Value, known: true, link: &l}
	if l.Service != nil {
		g.from = serviceWords(l.Service)
	}
	return g
}

func (k *kubelet) envFrom(from *corev1.EnvFromSource) {
	switch {
	case from.SecretRef != nil:
		k.out.secretPrefixes = append(k.out.secretPrefixes, from.Prefix)
	case from.ConfigMapRef != nil:
		name := from.ConfigMapRef.Name
		cm, absent := k.configMap(name)
		switch {
		case absent && !isTrue(from.ConfigMapRef.Optional):
			k.out.problems = append(k.out.problems, problem{configMap: name})
		case absent:
		case cm == nil:
			k.out.otherPrefixes = append(k.out.otherPrefixes, from.Prefix)
		default:
			for key, text := range cm.Data {
				g := &given{name: from.Prefix + key, source: FromEnvFrom, from: "ConfigMap " + name, key: key, text: text, known: true}
				k.out.vars[g.name] = g
			}
		}
	}
}

// configMap returns nil for one that was not read; absent says that it does not exist.
func (k *kubelet) configMap(name string) (cm *corev1.ConfigMap, absent bool) {
	if slices.Contains(k.s.Absent, configMapWords(k.pod.Namespace, name)) {
		return nil, true
	}
	return k.s.ConfigMap(k.pod.Namespace, name), false
}

func configMapWords(namespace, name string) string { return "ConfigMap " + namespace + "/" + name }

func isTrue(b *bool) bool { return b != nil && *b }

// env takes one definition; a later one of the same name takes its place, and one whose
// optional source is not there leaves what was before.
func (k *kubelet) env(v *corev1.EnvVar) {
	g := &given{name: v.Name, source: FromEnv}
	defined := true
	switch from := v.ValueFrom; {
	case v.Value != "" || from == nil:
		k.expand(g, v.Value)
	case from.FieldRef != nil:
		g.from = "field " + from.FieldRef.FieldPath
		g.text, g.known = k.fields[fieldKey(v.Name, from.FieldRef.FieldPath, "", "")]
	case from.ResourceFieldRef != nil:
		k.resourceField(g, from.ResourceFieldRef)
	case from.ConfigMapKeyRef != nil:
		defined = k.configMapKey(g, from.ConfigMapKeyRef)
	case from.SecretKeyRef != nil:
		g.from, g.key, g.secret = "Secret "+from.SecretKeyRef.Name, from.SecretKeyRef.Key, true
	case from.FileKeyRef != nil:
		g.from, g.key, g.secret = "file "+from.FileKeyRef.Path+" of volume "+from.FileKeyRef.VolumeName, from.FileKeyRef.Key, true
	default:
		g.secret = true // a source that is newer than this kk
	}
	if g.secret && v.Value == "" {
		k.out.secretNames[v.Name] = true
	}
	if defined {
		k.out.vars[v.Name] = g
	}
}

func (k *kubelet) resourceField(g *given, r *corev1.ResourceFieldSelector) {
	divisor := "1"
	if !r.Divisor.IsZero() {
		divisor = r.Divisor.String()
	}
	g.from = "field " + r.Resource
	g.text, g.known = k.fields[fieldKey(g.name, r.Resource, r.ContainerName, divisor)]
}

// configMapKey says whether the variable gets a value at all.
func (k *kubelet) configMapKey(g *given, ref *corev1.ConfigMapKeySelector) bool {
	g.from, g.key = "ConfigMap "+ref.Name, ref.Key
	cm, absent := k.configMap(ref.Name)
	if cm == nil && !absent {
		return true // not read
	}
	if cm != nil {
		g.text, g.known = cm.Data[ref.Key]
	}
	switch {
	case g.known:
		return true
	case isTrue(ref.Optional):
		return false
	case absent:
		k.out.problems = append(k.out.problems, problem{configMap: ref.Name, variable: g.name})
	default:
		k.out.problems = append(k.out.problems, problem{configMap: ref.Name, key: ref.Key, variable: g.name})
	}
	return true
}

// expand gives a literal value, with its references.
func (k *kubelet) expand(g *given, text string) {
	g.known = true
	g.references = references(text)
	g.text = Expand(text, func(name string) (string, bool) {
		r := k.referred(name)
		if r == nil {
			if !slices.Contains(g.unresolved, name) {
				g.unresolved = append(g.unresolved, name)
			}
			return "", false
		}
		g.known, g.secret, g.maybe = g.known && r.known, g.secret || r.secret, g.maybe || r.maybe
		return r.text, true
	})
	if len(g.references) > 0 {
		g.expression = text
	}
	if !g.known {
		g.text = ""
	}
}

// referred is the variable that a reference sees, nil where there is none.
func (k *kubelet) referred(name string) *given {
	secret := hasPrefix(k.out.secretPrefixes, name)
	if g := k.out.vars[name]; g != nil {
		return g
	}
	if link, ok := k.links[name]; ok {
		g := k.ofLink(link)
		g.maybe = secret
		return g
	}
	if secret || hasPrefix(k.out.otherPrefixes, name) {
		return &given{secret: secret}
	}
	return nil
}

// names are the variables, sorted.
func (p *prediction) names() []string { return slices.Sorted(maps.Keys(p.vars)) }
