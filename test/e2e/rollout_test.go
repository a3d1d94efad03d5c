//go:build e2e

package e2e

import (
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// TestNoFalseAlarmWhilePodsChange asks again and again while a rollout replaces every
// Pod. kube-proxy is always a moment behind, and that is no finding.
func TestNoFalseAlarmWhilePodsChange(t *testing.T) {
	kubectl(t, "rollout", "restart", deployment)
	for range 6 {
		got := kk(t, "svcpath", clusterIPService, "-o", "json", "--node", workNode)
		p := pathFrom(t, got.exit, got)
		if got.exit == 1 || p.Agreement == svcpath.Differs {
			t.Errorf("exit %d, agreement %q, findings %v during a rollout", got.exit, p.Agreement, p.Findings)
		}
	}
	kubectl(t, "rollout", "status", deployment, "--timeout=60s")
	scale(t, 2)
}
