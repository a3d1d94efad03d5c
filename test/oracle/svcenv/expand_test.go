package svcenv

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/kubelet/envvars"
	"k8s.io/kubernetes/third_party/forked/golang/expansion"

	"github.com/kubectl-kk/kubectl-kk/pkg/svcenv"
)

var known = map[string]string{
	"A": "1", "B": "$(A)", "EMPTY": "", "": "of no name", "(": "open", "A B": "blank", "REDIS_SERVICE_HOST": "10.0.0.3", "日本": "wide", "$": "dollar",
}

// hostile are texts that the two could read differently.
var hostile = []string{
	"", "$", "$$", "$$$", "$$$$", "$(", "$()", "$(A", "$(A)", "$$(A)", "$$$(A)", "$A", "${A}", "$(B)", "$(NOBODY)", "$((A))", "$($(A))", "$(A))",
	"$(A)$(A)", "$(A)$(", "a$", "a$(", "$\n(A)", "$(A B)", "$(日本)", "$日本", "\xff$\xff(A)", "$\xff", "$(\xff)", "$(A\x00)", "$ (A)", ")$(A)(",
	"http://$(REDIS_SERVICE_HOST):$(NOBODY)", "$(EMPTY)x", "$$)$(", "%(A)", "\\$(A)", "$\\(A)",
}

func mine(text string) string {
	return svcenv.Expand(text, func(name string) (string, bool) { v, ok := known[name]; return v, ok })
}

func kubelets(text string) string { return expansion.Expand(text, expansion.MappingFuncFor(known)) }

// TestExpand holds the two to each other, on texts made for it and at random.
func TestExpand(t *testing.T) {
	texts := hostile
	r := rand.New(rand.NewPCG(3, 5))
	pieces := append(hostile, "A", "(", ")", "x", " ", "é", "\xc3", "REDIS_SERVICE_HOST")
	for range 200000 {
		var text strings.Builder
		for range 1 + r.IntN(6) {
			text.WriteString(pieces[r.IntN(len(pieces))])
		}
		texts = append(texts, text.String())
	}
	for _, text := range texts {
		if got, want := mine(text), kubelets(text); got != want {
			t.Fatalf("%q becomes %q, the kubelet's %q", text, got, want)
		}
	}
}

// FuzzExpand is the same on texts that nobody thought of.
func FuzzExpand(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := mine(text), kubelets(text); got != want {
			t.Fatalf("%q becomes %q, the kubelet's %q", text, got, want)
		}
	})
}

// TestEnvList: a list of literal variables with references to each other and to Services is
// resolved as makeEnvironmentVariables does, which is not exported; its loop stands here.
func TestEnvList(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for range 3000 {
		var services []corev1.Service
		for range r.IntN(3) {
			services = append(services[:0], aService(r, "shop"))
		}
		var env []corev1.EnvVar
		for range 1 + r.IntN(6) {
			value := hostile[r.IntN(len(hostile))] + fmt.Sprintf("$(%s)", []string{"A", "B", "C", "REDIS_SERVICE_HOST", "REDIS_PORT", "NOBODY"}[r.IntN(6)])
			if r.IntN(5) == 0 {
				value = ""
			}
			env = append(env, corev1.EnvVar{Name: []string{"A", "B", "C", "REDIS_PORT", "1ABC_SERVICE_HOST"}[r.IntN(5)], Value: value})
		}
		given, service := map[string]string{}, map[string]string{}
		for i := range services {
			for _, v := range envvars.FromServices([]*corev1.Service{&services[i]}) {
				service[v.Name] = v.Value
			}
		}
		for _, v := range env {
			given[v.Name] = expansion.Expand(v.Value, expansion.MappingFuncFor(given, service))
		}
		for name, value := range service {
			if _, present := given[name]; !present {
				given[name] = value
			}
		}
		got := gets(t, services, "shop", true, env...)
		if len(got) != len(given) {
			t.Fatalf("%d variables, the kubelet has %d, of %+v", len(got), len(given), env)
		}
		for name, value := range given {
			if got[name] != value {
				t.Fatalf("%s is %q, the kubelet's %q, of %+v", name, got[name], value, env)
			}
		}
	}
}
