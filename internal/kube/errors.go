package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Plain returns the error as a user should read it: the API server's own message
// without the client's wrapping, and a connection that failed as one sentence with
// the server's address.
func Plain(err error) error {
	var already *plainError
	var status apierrors.APIStatus
	switch {
	case errors.As(err, &already):
		return err
	case errors.As(err, &status) && status.Status().Message != "":
		return &plainError{status.Status().Message, err}
	}
	var at *url.Error
	if errors.As(err, &at) {
		return fmt.Errorf("the API server %s does not answer: %s; check the connection and --request-timeout", host(at.URL), cause(at))
	}
	return err
}

// plainError is an API server's message alone. What it hides keeps the reason.
type plainError struct {
	message string
	err     error
}

func (e *plainError) Error() string { return e.message }

func (e *plainError) Unwrap() error { return e.err }

func host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return raw
	}
	return u.Scheme + "://" + u.Host
}

func cause(at *url.Error) string {
	var op *net.OpError
	switch {
	case at.Timeout() || errors.Is(at, context.DeadlineExceeded):
		return "no answer in time"
	case errors.As(at, &op):
		return op.Err.Error()
	default:
		return at.Err.Error()
	}
}
