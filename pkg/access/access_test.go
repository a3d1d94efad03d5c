package access

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
	"github.com/kubectl-kk/kubectl-kk/internal/registry"
	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// sample are two commands, one of which needs nothing.
var sample = []registry.Command{
	{Name: "follow", RBAC: []registry.Access{
		{Namespace: "target", Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{""}, Resources: []string{"services", "pods"}, Verbs: []string{"get", "list"}},
		}, Without: map[string]string{"services": "no answer", "list services": "nothing is offered", "pods": "no names"}},
		{Rules: []rbacv1.PolicyRule{{NonResourceURLs: []string{"/version"}, Verbs: []string{"get"}}}, Without: map[string]string{"*": "no version"}},
		{Namespace: "kube-system", Way: "--via exec", Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{""}, Resources: []string{"pods/exec"}, Verbs: []string{"get", "create"}},
			{APIGroups: []string{"apps"}, Resources: []string{"daemonsets"}, ResourceNames: []string{"kube-proxy"}, Verbs: []string{"get"}},
		}, Without: map[string]string{"*": "no answer this way"}},
	}},
	{Name: "idle"},
}

// server answers reviews by a function, and counts them.
func server(allowed func(authorizationv1.SelfSubjectAccessReviewSpec) (authorizationv1.SubjectAccessReviewStatus, error)) (*fake.Clientset, *int) {
	client, count := fake.NewClientset(), 0
	var mu sync.Mutex
	client.PrependReactor("create", "selfsubjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		mu.Lock()
		defer mu.Unlock()
		count++
		review := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview).DeepCopy()
		var err error
		review.Status, err = allowed(review.Spec)
		return true, review, err
	})
	return client, &count
}

func ask(t *testing.T, allowed func(authorizationv1.SelfSubjectAccessReviewSpec) (authorizationv1.SubjectAccessReviewStatus, error)) *View {
	t.Helper()
	client, count := server(allowed)
	needs := Needs(append(sample, sample[0]), "shop")
	said, err := Gather(context.Background(), client, needs)
	if err != nil {
		t.Fatal(err)
	}
	if *count != 8 {
		t.Errorf("%d questions for 8 rights that two commands share", *count)
	}
	return Analyze(needs[:2], said, "shop")
}

func TestAnswers(t *testing.T) {
	type spec = authorizationv1.SelfSubjectAccessReviewSpec
	type status = authorizationv1.SubjectAccessReviewStatus
	but := func(resource, verb string, then status) func(spec) (status, error) {
		return func(s spec) (status, error) {
			a := s.ResourceAttributes
			if a != nil && a.Resource+"/"+a.Subresource == resource && a.Verb == verb || a == nil && s.NonResourceAttributes.Path == resource {
				return then, nil
			}
			return status{Allowed: true, Reason: "RBAC"}, nil
		}
	}
	for name, c := range map[string]struct {
		allowed func(spec) (status, error)
		want    Answers
	}{
		"everything":                {but("", "", status{}), Fully},
		"not the Service":           {but("services/", "get", status{}), Never},
		"not other Services":        {but("services/", "list", status{}), Partly},
		"not the Pods":              {but("pods/", "list", status{Denied: true, EvaluationError: "x"}), Partly},
		"not the version":           {but("/version", "get", status{}), Partly},
		"not exec":                  {but("pods/exec", "create", status{}), Partly},
		"an authorizer that failed": {but("services/", "get", status{EvaluationError: "webhook: timeout"}), Unknown},
		"one that is not needed":    {but("pods/", "get", status{EvaluationError: "webhook: timeout"}), Partly},
	} {
		v := ask(t, c.allowed)
		if got := v.Commands[0].Answers; got != c.want || v.CannotAnswer() != (c.want == Never) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if v.Commands[1].Answers != Fully {
			t.Errorf("%s: a command that needs nothing: %s", name, v.Commands[1].Answers)
		}
	}
}

// TestAnswersByWays: a command that has ways and no others answers as long as one is open.
func TestAnswersByWays(t *testing.T) {
	right := func(way, without string, allowed State) Right {
		return Right{Way: way, Without: without, Allowed: allowed}
	}
	for name, c := range map[string]struct {
		rights []Right
		want   Answers
	}{
		"both":        {[]Right{right("-A", "no answer", Yes), right("-n", "no answer", Yes)}, Fully},
		"one":         {[]Right{right("-A", "no answer", No), right("-n", "no answer", Yes)}, Partly},
		"neither":     {[]Right{right("-A", "no answer", No), right("-n", "no answer", No)}, Never},
		"none known":  {[]Right{right("-A", "no answer", NotKnown), right("-n", "no answer", No)}, Partly},
		"less by one": {[]Right{right("-A", "less", No), right("-n", "no answer", No)}, Partly},
	} {
		if got := answers(c.rights); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestQuestions are asked as RBAC reads them: subresource, name and namespace apart.
func TestQuestions(t *testing.T) {
	seen := map[string]bool{}
	ask(t, func(s authorizationv1.SelfSubjectAccessReviewSpec) (authorizationv1.SubjectAccessReviewStatus, error) {
		data, err := json.Marshal(s)
		seen[string(data)] = true
		return authorizationv1.SubjectAccessReviewStatus{Allowed: true}, err
	})
	for _, want := range []string{
		`{"resourceAttributes":{"namespace":"shop","verb":"list","resource":"pods"}}`,
		`{"resourceAttributes":{"namespace":"kube-system","verb":"create","resource":"pods","subresource":"exec"}}`,
		`{"resourceAttributes":{"namespace":"kube-system","verb":"get","group":"apps","resource":"daemonsets","name":"kube-proxy"}}`,
		`{"nonResourceAttributes":{"path":"/version","verb":"get"}}`,
	} {
		if !seen[want] {
			t.Errorf("%s was not asked; asked: %v", want, seen)
		}
	}
}

// TestNoAnswerToAQuestion: what could not be asked is an error, not a right that is missing.
func TestNoAnswerToAQuestion(t *testing.T) {
	client, _ := server(func(authorizationv1.SelfSubjectAccessReviewSpec) (authorizationv1.SubjectAccessReviewStatus, error) {
		return authorizationv1.SubjectAccessReviewStatus{}, errors.New("the server is away")
	})
	if _, err := Gather(context.Background(), client, Needs(sample, "shop")); err == nil || !strings.Contains(err.Error(), "is away") {
		t.Errorf("%v", err)
	}
}

// TestGolden holds what is said to files.
func TestGolden(t *testing.T) {
	v := ask(t, func(s authorizationv1.SelfSubjectAccessReviewSpec) (authorizationv1.SubjectAccessReviewStatus, error) {
		a := s.ResourceAttributes
		switch {
		case a != nil && a.Resource == "services" && a.Verb == "list", a != nil && a.Subresource == "exec":
			return authorizationv1.SubjectAccessReviewStatus{Reason: "no \x1b[2J rule"}, nil
		case a != nil && a.Resource == "pods" && a.Verb == "get":
			return authorizationv1.SubjectAccessReviewStatus{EvaluationError: "webhook: timeout"}, nil
		}
		return authorizationv1.SubjectAccessReviewStatus{Allowed: true, Reason: "RBAC: allowed"}, nil
	})
	one, none := *v, *v
	one.Commands, none.Commands = v.Commands[:1], v.Commands[1:]
	var text bytes.Buffer
	for _, o := range []Options{{}, {Wide: true}, {Style: render.Style{Program: "kk"}}} {
		for _, view := range []*View{v, &one, &none} {
			if err := Render(&text, view, o); err != nil {
				t.Fatal(err)
			}
			text.WriteString("=====\n")
		}
	}
	golden.Compare(t, "testdata/access.golden.txt", text.String())
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/access.golden.json", string(data)+"\n")
	schema, err := jsonschema.For[View](nil)
	if err != nil {
		t.Fatal(err)
	}
	golden.Schema(t, "../../docs/schema/accessview.json", Kind+" "+APIVersion, schema, []string{"testdata/access.golden.json"})
	for _, namespace := range []string{"", "shop"} {
		roles, err := Roles(sample[0], namespace)
		if err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, "testdata/roles"+namespace+".golden.yaml", roles)
	}
}
