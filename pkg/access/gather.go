package access

import (
	"context"
	"strings"
	"sync"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
)

// atOnce is how many questions are asked at the same time.
const atOnce = 8

// Said is what the API server said of each right that was asked for.
type Said map[question]authorizationv1.SubjectAccessReviewStatus

// question is a right, apart from who needs it and for what.
type question struct{ namespace, verb, group, resource, name, url string }

func (r Right) question() question {
	return question{r.Namespace, r.Verb, r.APIGroup, r.Resource, r.Name, r.URL}
}

// Gather asks the API server about every right, each once, by SelfSubjectAccessReview. The
// error is of the first question that got no answer.
func Gather(ctx context.Context, client kubernetes.Interface, commands []Command) (Said, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		said    = Said{}
		failed  error
		mu      sync.Mutex
		working sync.WaitGroup
		room    = make(chan struct{}, atOnce)
	)
	for _, q := range questions(commands) {
		room <- struct{}{}
		working.Go(func() {
			defer func() { <-room }()
			answer, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, q.review(), metav1.CreateOptions{})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				said[q] = answer.Status
			case failed == nil:
				failed = kube.Plain(err)
				cancel() // the others would get the same
			}
		})
	}
	working.Wait()
	return said, failed
}

// questions are those of all rights, each once.
func questions(commands []Command) []question {
	var out []question
	seen := map[question]bool{}
	for _, c := range commands {
		for _, right := range c.Rights {
			if q := right.question(); !seen[q] {
				seen[q] = true
				out = append(out, q)
			}
		}
	}
	return out
}

func (q question) review() *authorizationv1.SelfSubjectAccessReview {
	spec := authorizationv1.SelfSubjectAccessReviewSpec{}
	if q.url != "" {
		spec.NonResourceAttributes = &authorizationv1.NonResourceAttributes{Path: q.url, Verb: q.verb}
	} else {
		resource, sub, _ := strings.Cut(q.resource, "/")
		spec.ResourceAttributes = &authorizationv1.ResourceAttributes{
			Namespace: q.namespace, Verb: q.verb, Group: q.group, Resource: resource, Subresource: sub, Name: q.name,
		}
	}
	return &authorizationv1.SelfSubjectAccessReview{Spec: spec}
}
