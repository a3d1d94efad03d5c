package kube

import (
	"errors"
	"fmt"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// TestPlainKeepsTheReason: what is said is the server's message, once, and what it was can
// still be asked.
func TestPlainKeepsTheReason(t *testing.T) {
	refused := apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "web", errors.New("no"))
	plain := Plain(fmt.Errorf("client: %w", refused))
	again := Plain(fmt.Errorf("list pods: %w", plain))
	if want := "list pods: " + refused.Status().Message; again.Error() != want || !apierrors.IsForbidden(again) {
		t.Errorf("%q, want %q; forbidden: %v", again, want, apierrors.IsForbidden(again))
	}
}
