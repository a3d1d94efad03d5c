//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
)

// says waits for a finding whose message, or another argument, has a text in it.
func (w *watching) says(code, text string) {
	w.s.t.Helper()
	w.until(60*time.Second, code+" with "+text, func(st *rollout.State) bool {
		return slices.ContainsFunc(st.Findings, func(f explain.Finding) bool {
			return f.Code == code && slices.ContainsFunc([]string{f.Args["message"], f.Args["budgets"], f.Args["reason"]}, func(s string) bool { return strings.Contains(s, text) })
		})
	})
}

// waits waits until something of a kind is waited for.
func (w *watching) waits(kind rollout.WaitKind, text string) {
	w.s.t.Helper()
	w.until(60*time.Second, "it waits for "+string(kind)+": "+text, func(st *rollout.State) bool {
		return slices.ContainsFunc(st.Waits, func(w rollout.Wait) bool {
			return w.Kind == kind && w.Trouble != nil && strings.Contains(w.Trouble.Message, text)
		})
	})
}

// apply makes objects that the test or the end of the namespace removes. NS is the namespace.
func (s *stage) apply(manifest string) {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "objects.yaml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(manifest, "NS", s.ns)), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.kubectl("apply", "-f", file)
}

// TestRolloutClaim: the new Pod waits for a claim, first for one that does not exist, then
// for one that no volume fits.
func TestRolloutClaim(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 1", firstVersion)
	s.settled(web)
	s.create("Deployment", "replicas: 1", firstVersion+", volumeMounts: [{name: data, mountPath: /data}]", "volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]")
	w := s.watch(web)
	w.waits(rollout.WaitVolume, `persistentvolumeclaim "data" not found`)
	w.says(explain.VolumeNotReady, `persistentvolumeclaim "data" not found`)
	const claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: NS}\nspec: {accessModes: [ReadWriteOnce], storageClassName: NS, resources: {requests: {storage: 1Mi}}}\n"
	const volume = "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: NS}\nspec: {accessModes: [ReadWriteOnce], storageClassName: NS, capacity: {storage: 1Mi}, hostPath: {path: /tmp}}\n"
	s.apply(claim)
	w.says(explain.VolumeNotReady, "unbound immediate PersistentVolumeClaims")
	t.Cleanup(func() { kubectl(t, "delete", "pv", s.ns, "--wait=false") })
	s.apply(volume)
	all := w.end(0)
	if final := all[len(all)-1]; final.Revisions[0].Number != 2 || len(final.Findings) != 0 {
		t.Errorf("%+v", final)
	}
}

// TestRolloutBudget: a PodDisruptionBudget that allows no disruption does not hold a rollout
// back, and that is said.
func TestRolloutBudget(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 2\nstrategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}", firstVersion)
	s.settled(web)
	s.kubectl("create", "poddisruptionbudget", "all", "--selector=app=web", "--min-available=100%")
	s.kubectl("create", "poddisruptionbudget", "others", "--selector=app=other", "--min-available=100%")
	s.image(web, secondVersion)
	w := s.watch(web)
	w.says(explain.BudgetDoesNotHold, "all")
	all := w.end(0)
	for _, st := range all {
		for _, f := range st.Findings {
			if f.Code == explain.BudgetDoesNotHold && f.Args["budgets"] != "all" {
				t.Errorf("%v", f.Args)
			}
		}
	}
	if final := all[len(all)-1]; final.Workload.Updated != 2 {
		t.Errorf("%+v", final.Workload)
	}
}

// TestRolloutGate: a readiness gate that nobody opens, and then somebody.
func TestRolloutGate(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 1", firstVersion, "readinessGates: [{conditionType: example.com/served}]")
	w := s.watch(web)
	w.waits(rollout.WaitGate, `"example.com/served"`)
	w.says(explain.GateNotOpen, `"example.com/served"`)
	pod := s.kubectl("get", "pods", "-o", "jsonpath={.items[0].metadata.name}")
	s.kubectl("patch", "pod", pod, "--subresource=status", "-p", `{"status":{"conditions":[{"type":"example.com/served","status":"True"}]}}`)
	all := w.end(0)
	for _, st := range all {
		if st.Undo != nil {
			t.Errorf("a gate that is not open yet is no reason to go back: %+v", st.Undo)
		}
	}
}

// TestRolloutPodSecurity: the namespace's level refuses the Pods of the new template.
func TestRolloutPodSecurity(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 1", firstVersion)
	s.settled(web)
	kubectl(t, "label", "namespace", s.ns, "pod-security.kubernetes.io/enforce=baseline")
	s.create("Deployment", "replicas: 1\nprogressDeadlineSeconds: 60", firstVersion, "hostNetwork: true")
	w := s.watch(web)
	w.waits(rollout.WaitRefused, "violates PodSecurity")
	w.says(explain.PodRefused, `violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)`)
	w.until(10*time.Second, "the way back, which serves", func(st *rollout.State) bool {
		return st.Undo != nil && st.Undo.Available == 1 && strings.HasSuffix(st.Undo.Command, "rollout undo deployment/web --to-revision=1")
	})
	s.kubectl("rollout", "undo", web, "--to-revision=1")
	all := w.end(0)
	if final := all[len(all)-1]; len(final.Findings) != 0 || final.Undo != nil || final.Revisions[0].Number != 3 {
		t.Errorf("%+v", final)
	}
}

// TestRolloutPolicy: a ValidatingAdmissionPolicy refuses the Pods of the new template.
func TestRolloutPolicy(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 1", firstVersion)
	s.settled(web)
	const policy = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: NS}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}
  validations: [{expression: "object.spec.containers.all(c, !c.image.startsWith('hellok8s'))", message: "hellok8s is not wanted here"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: NS}
spec: {policyName: NS, validationActions: [Deny], matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NS}}}}
`
	remove := func() {
		kubectl(t, "delete", "validatingadmissionpolicybindings,validatingadmissionpolicies", s.ns, "--ignore-not-found")
	}
	t.Cleanup(remove)
	s.apply(policy)
	eventually(t, 60*time.Second, "the policy is in force", func() bool {
		return s.try("run", "probe", "--image=hellok8s:v3", "--dry-run=server").exit != 0
	})
	s.image(web, secondVersion)
	w := s.watch(web)
	w.says(explain.PodRefused, "hellok8s is not wanted here")
	remove()
	w.end(0)
}

// TestRolloutOrdinals: numbers that begin at 5, and a partition that counts from there.
func TestRolloutOrdinals(t *testing.T) {
	s := newStage(t)
	s.create("StatefulSet", "replicas: 2\nserviceName: web\nordinals: {start: 5}\nupdateStrategy: {rollingUpdate: {partition: 1}}", firstVersion)
	s.settled("statefulset/web")
	s.image("statefulset/web", secondVersion)
	all := s.watch("sts/web").end(0)
	for _, st := range all {
		if st.Arithmetic.Next == "web-5" {
			t.Errorf("the Pod that the partition keeps is said to be next: %+v", st.Arithmetic)
		}
	}
	final := all[len(all)-1]
	if f := final.Findings; len(f) != 1 || f[0].Code != explain.PartitionHolds || f[0].Args["pods"] != "1" {
		t.Errorf("%+v", f)
	}
	if len(final.Revisions) != 2 || final.Revisions[0].Pods[0].Name != "web-6" || final.Revisions[1].Pods[0].Name != "web-5" {
		t.Errorf("%+v", final.Revisions)
	}
}
