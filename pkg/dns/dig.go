package dns

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// What dig says of a server that does not reply.
const (
	failedTimeout = "timeout"
	failedRefused = "unreachable"
	// failedBefore: the server was silent on an earlier question, and was not asked.
	failedBefore = "not asked again"
)

var (
	digStatus = regexp.MustCompile(`(?m)^;; ->>HEADER<<- opcode: QUERY, status: ([A-Z0-9]+),`)
	digTime   = regexp.MustCompile(`(?m)^;; Query time: (\d+) msec`)
	digAnswer = regexp.MustCompile(`(?m)^\S+\s+\d+\s+IN\s+(A|AAAA|CNAME)\s+(\S+)$`)
)

// noDig says whether a reply is that there is no dig to ask with.
func noDig(text string) bool {
	return strings.Contains(text, "dig: not found") || strings.Contains(text, "dig: command not found") || strings.Contains(text, "nsenter: not found") ||
		strings.Contains(text, "nsenter: failed to execute") || strings.Contains(text, "nsenter: can't execute")
}

// parseDig takes a reply from what dig printed (+noall +comments +answer +stats).
func parseDig(q node.Query, text string) snapshot.DNSAnswer {
	a := snapshot.DNSAnswer{Server: q.Server, Name: q.Name, Type: q.Type}
	status := digStatus.FindStringSubmatch(text)
	if status == nil {
		a.Failure = digFailure(text)
		return a
	}
	a.Rcode = status[1]
	if m := digTime.FindStringSubmatch(text); m != nil {
		a.Milliseconds, _ = strconv.Atoi(m[1])
	}
	for _, m := range digAnswer.FindAllStringSubmatch(text, -1) {
		if m[1] == "CNAME" {
			a.Aliases = append(a.Aliases, strings.TrimSuffix(m[2], "."))
		} else {
			a.Addresses = append(a.Addresses, m[2])
		}
	}
	return a
}

func digFailure(text string) string {
	switch {
	case strings.Contains(text, failedBefore):
		return failedBefore
	case strings.Contains(text, "refused"), strings.Contains(text, "unreachable"):
		return failedRefused
	case strings.Contains(text, "timed out"), strings.Contains(text, "no servers could be reached"):
		return failedTimeout
	}
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return "no reply: " + strings.TrimLeft(line, "; ")
}

// replyOf is the reply as a resolver takes it.
func replyOf(a snapshot.DNSAnswer) Reply {
	switch {
	case a.Failure == failedRefused:
		return Unreachable
	case a.Failure != "":
		return Timeout
	case a.Rcode == "NXDOMAIN":
		return NXDomain
	case a.Rcode == "SERVFAIL":
		return ServFail
	case a.Rcode != "NOERROR":
		return Refused
	case len(a.Addresses) > 0:
		return Addresses
	case len(a.Aliases) > 0:
		return Alias
	default:
		return NoData
	}
}
