package dns

import (
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// beside puts the server's own reply beside what was predicted.
func (a *analysis) beside(q *LookupQuery, t Type, name string) {
	got, asked := a.known.live[replyKey(q.Server, q.Type, name)]
	if !asked {
		return
	}
	q.Live = &LiveReply{Rcode: got.Rcode, Failure: got.Failure, Addresses: got.Addresses, Aliases: got.Aliases, Milliseconds: got.Milliseconds}
	if reply, known := a.known.predicted(t, name); known {
		q.Predicted = reply.String()
	}
}

// has is what a name has: by the servers where they were asked, else by the API.
func (a *analysis) has(name string, queries []LookupQuery) (addresses, aliases []string) {
	live := false
	for _, q := range queries {
		if q.Live != nil {
			live = true
			addresses = append(addresses, q.Live.Addresses...)
			if len(aliases) == 0 {
				aliases = q.Live.Aliases
			}
		}
	}
	if r, ok := a.known.records[strings.ToLower(name)]; ok && !live {
		return r.Addresses, r.Aliases
	}
	slices.Sort(addresses)
	return slices.Compact(addresses), aliases
}

// replies holds what the servers replied to what the API says they do.
func (a *analysis) replies() {
	failed := map[string]bool{}
	for _, got := range a.f.Live {
		if got.Failure != "" {
			if !failed[got.Server] {
				failed[got.Server] = true
				a.findLive(explain.ServerSilent, explain.Error, got, map[string]string{"server": got.Server, "reason": got.Failure, "name": got.Name})
			}
			continue
		}
		a.reply(got)
	}
}

func (a *analysis) reply(got snapshot.DNSAnswer) {
	t := A
	if got.Type == AAAA.String() {
		t = AAAA
	}
	predicted, known := a.known.predicted(t, got.Name)
	if !known {
		return
	}
	args := map[string]string{"name": got.Name, "type": got.Type, "server": got.Server}
	if is := replyOf(got); is != predicted {
		args["predicted"], args["reply"] = predicted.String(), is.String()
		a.findLive(explain.ReplyDiffers, explain.Error, got, args)
		return
	}
	should := ofFamily(a.known.records[strings.ToLower(got.Name)].Addresses, t)
	have := slices.Sorted(slices.Values(got.Addresses))
	if !slices.Equal(should, have) {
		args["predicted"], args["addresses"] = strings.Join(should, ", "), strings.Join(have, ", ")
		a.findLive(explain.AddressesDiffer, explain.Warning, got, args)
	}
}

func ofFamily(addresses []string, t Type) []string {
	var out []string
	for _, address := range addresses {
		if strings.Contains(address, ":") == (t == AAAA) {
			out = append(out, address)
		}
	}
	slices.Sort(out)
	return out
}

// findLive adds a finding that a server's own reply shows.
func (a *analysis) findLive(code string, severity explain.Severity, got snapshot.DNSAnswer, args map[string]string) {
	said := strings.TrimSpace(got.Rcode + " " + strings.Join(append(slices.Clone(got.Aliases), got.Addresses...), " "))
	if got.Failure != "" {
		said = got.Failure
	}
	a.findSeen(explain.ProofNode, code, severity, args, explain.Evidence{Where: "nameserver " + got.Server, What: got.Type + " " + got.Name + ": " + quote(said)})
}
