package svcenv

import (
	"strconv"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// nearPart is the part of the limit, in percent, from which on it is said to be near.
const nearPart = 80

// tooLarge finds a container that would not start again, or that is near it.
func (a *analysis) tooLarge() {
	z := a.view.Size
	if z == nil {
		return
	}
	a.strings()
	next := int64(z.AfterRestart.Total)
	args := map[string]string{
		"bytes": strconv.FormatInt(next, 10), "limit": strconv.FormatInt(z.Limit, 10),
		"count": strconv.Itoa(z.AfterRestart.Count), "services": strconv.Itoa(len(a.linked)),
		"percent": strconv.FormatInt(next*100/max(z.Limit, 1), 10),
	}
	// A process that has more already was started under a larger limit than the one that is
	// known, so what that one says is no proof.
	switch fitsNow := z.Now == nil || int64(z.Now.Total) <= z.Limit; {
	case next > z.Limit && fitsNow:
		a.add(explain.EnvironmentTooLarge, explain.Error, explain.ProofComputed, args, z.evidence()...)
	case next*100 >= z.Limit*nearPart:
		a.add(explain.EnvironmentNearLimit, explain.Warning, explain.ProofComputed, args, z.evidence()...)
	}
}

// evidence is where the limit comes from.
func (z *Size) evidence() []explain.Evidence {
	stack := "unlimited"
	if z.Stack != noLimit {
		stack = strconv.FormatInt(z.Stack, 10)
	}
	if z.StackFrom == "" {
		return []explain.Evidence{{Where: "execve(2)", What: stackName + " " + stack + " (assumed)"}}
	}
	return []explain.Evidence{{Where: z.StackFrom, What: stackName + " " + stack}}
}

// strings finds single variables that are too long. One that the process has already was
// not too long for its kernel, whose pages are larger then.
func (a *analysis) strings() {
	for _, v := range a.view.Variables {
		if v.Gets == nil || v.Gets.Bytes == nil {
			continue
		}
		long := len(v.Name) + 1 + *v.Gets.Bytes + 1
		if long <= maxString || v.Has != nil && v.Has.Bytes != nil && *v.Has.Bytes >= *v.Gets.Bytes {
			continue
		}
		a.add(explain.StringTooLong, explain.Error, explain.ProofComputed, map[string]string{
			"variable": v.Name, "bytes": strconv.Itoa(long), "limit": strconv.Itoa(maxString),
		})
	}
}
