package node

import (
	"errors"
	"fmt"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Refused says that the cluster does not allow one way of reading a node. Another
// way may still do.
type Refused struct {
	Missing snapshot.Missing
}

func (r *Refused) Error() string { return fmt.Sprintf("%s: %s", r.Missing.What, r.Missing.Why) }

// refused turns a server's "no" (RBAC, PodSecurity, quota, a webhook) into a
// Refused, and any other error into one that says what was tried.
func refused(err error, what string, allow rbacv1.PolicyRule) error {
	if !apierrors.IsForbidden(err) && !deniedByWebhook(err) && !apierrors.IsInvalid(err) {
		return fmt.Errorf("%s: %w", what, err)
	}
	missing := snapshot.Missing{What: what, Why: reason(err)}
	if byRBAC(err) {
		missing.Allow = &allow
	}
	return &Refused{Missing: missing}
}

// A webhook may deny with any status it likes; the API server puts its name in
// front (apiserver/pkg/admission/plugin/webhook/errors/statuserror.go). A webhook
// that cannot be reached is a 500 of the API server with the same effect.
func deniedByWebhook(err error) bool {
	text := err.Error()
	return strings.Contains(text, "admission webhook ") || strings.Contains(text, "failed calling webhook ") ||
		strings.Contains(text, "ValidatingAdmissionPolicy ")
}

// byRBAC tells the authorizer's refusal, which names the user and the verb, from
// an admission plugin's, which comes with the same status.
func byRBAC(err error) bool {
	return apierrors.IsForbidden(err) && strings.Contains(err.Error(), " cannot ")
}

// reason is the server's own sentence, without the client's wrapping.
func reason(err error) string {
	var status apierrors.APIStatus
	if errors.As(err, &status) && status.Status().Message != "" {
		return status.Status().Message
	}
	return err.Error()
}

// rule is the RBAC rule for one verb on one resource of the core group.
func rule(resource string, verbs ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{resource}, Verbs: verbs}
}
