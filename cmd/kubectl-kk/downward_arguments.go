package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/downward"
)

// complete turns what the user typed into a request, and refuses what cannot be meant.
func (o *downwardOptions) complete(args []string) (err error) {
	if err := errors.Join(
		oneOf("--output", o.output, "table", "wide", "json", "yaml"), oneOf("--via", o.via, "exec", "none"), o.tape.validate(), o.exclusive(),
	); err != nil {
		return err
	}
	if o.timeout < time.Second {
		return fmt.Errorf("--timeout=%s: it must be one second at least", o.timeout)
	}
	if _, err := o.options(); err != nil {
		return err
	}
	if o.minor, err = downward.ParseVersion(o.version); err != nil {
		return fmt.Errorf("--version=%w", err)
	}
	o.impersonate()
	if o.snippet.As != "" {
		if err := oneOf("--as", o.snippet.As, "env", "volume"); err != nil {
			return err
		}
	}
	rest := args
	if o.onCluster() {
		if o.request.Target, rest, err = kube.ParseTarget(args); err != nil {
			return err
		}
	}
	if o.yaml {
		o.snippet.Fields, o.snippet.Container = rest, o.request.Container
		return o.snippet.Check()
	}
	if len(rest) > 0 {
		return fmt.Errorf("%q is one too many; fields are named with --yaml only", rest[0])
	}
	return nil
}

// impersonate gives --as back to kubectl's own meaning where it cannot have ours.
func (o *downwardOptions) impersonate() {
	if as := o.snippet.As; as != "" && !o.yaml {
		o.snippet.As, *o.flags.Impersonate = "", as
	}
}

// onCluster says whether the question is about a Pod that is there.
func (o *downwardOptions) onCluster() bool { return !o.list && o.file == "" }

// more says whether more is asked for than a list of fields.
func (o *downwardOptions) more() bool { return o.file != "" || o.yaml || o.tape.used() }

func (o *downwardOptions) exclusive() error {
	switch {
	case o.list && o.more():
		return errors.New("--list stands alone: it is about no Pod and no manifest")
	case o.file != "" && o.tape.used():
		return errors.New("--filename reads no cluster: there is nothing to record or to replay")
	case o.version != "" && o.onCluster():
		return errors.New("--version is for --list and --filename; a Pod has the version of its node")
	case !o.yaml && (o.snippet.As == "env" || o.snippet.As == "volume" || o.snippet.Divisor != ""):
		return errors.New("--as env, --as volume and --divisor are for --yaml")
	default:
		return nil
	}
}
