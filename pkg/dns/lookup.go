package dns

import (
	"strings"
)

// lookup is one name as the answer has it.
func (a *analysis) lookup(name string) Lookup {
	if there := inHosts(a.f.Hosts, name, a.f.Libc); len(there) > 0 {
		none := 0
		return Lookup{Name: name, Result: Found.String(), InHosts: there, Rounds: []LookupRound{}, Wasted: &none}
	}
	var w Walk
	w.Run(&a.r.Config, name, a.known.answer)
	l := Lookup{Name: name, Refusal: w.Refusal, Rounds: []LookupRound{}, Queries: len(w.Queries), Seconds: w.Seconds}
	unsure := false
	for _, round := range w.Rounds {
		r := a.round(&w, round)
		unsure = unsure || r.Reply == ""
		l.Rounds = append(l.Rounds, r)
	}
	if !unsure {
		l.Result = w.Result.String()
	}
	if l.Result == Found.String() && w.Refusal == "" { // an address is found without a round
		wasted := w.Wasted()
		l.FoundAs, l.Wasted = l.Rounds[len(l.Rounds)-1].Name, &wasted
	}
	a.save(&l)
	if a.f.LibcAssumed {
		a.others(&l)
	}
	return l
}

// others adds the resolvers that ask for other names, or end otherwise.
func (a *analysis) others(l *Lookup) {
	for _, libc := range Libcs {
		if libc == a.f.Libc {
			continue
		}
		config, _ := Read(Parse(a.f.File), libc, a.f.Hostname)
		known := newKnown(a.f, &config)
		var w Walk
		w.Run(&config, l.Name, known.answer)
		other := Other{Libc: libc, Names: []string{}, Queries: len(w.Queries)}
		same, sure := len(w.Rounds) == len(l.Rounds), true
		for i, r := range w.Rounds {
			name := string(w.Name(r))
			other.Names = append(other.Names, name)
			same = same && l.Rounds[i].Name == name
			sure = sure && known.sure(name)
		}
		if sure || w.Result == Crash || w.Result == Hang {
			other.Result = w.Result.String()
		}
		if !same || other.Queries != l.Queries || other.Result != l.Result {
			l.Others = append(l.Others, other)
		}
	}
}

func (a *analysis) round(w *Walk, round Round) LookupRound {
	c := &a.r.Config
	name := string(w.Name(round))
	out := LookupRound{Name: name, Means: a.r.Cluster.meaning(name), Queries: []LookupQuery{}, Total: round.To}
	if round.Suffix != AsIs {
		out.Domain = c.Search[round.Suffix]
	}
	sure := a.known.sure(name)
	for _, q := range w.Queries[round.From:round.To] {
		query := LookupQuery{Type: q.Type.String(), Server: c.Servers[q.Server], Together: q.With, Broken: q.Broken}
		if sure || q.Broken {
			query.Reply = q.Reply.String()
		}
		a.beside(&query, q.Type, name)
		out.Queries = append(out.Queries, query)
	}
	if sure || len(out.Queries) > 0 && out.Queries[0].Broken {
		out.Reply = round.Reply.String()
	}
	out.Addresses, out.Aliases = a.has(name, out.Queries)
	return out
}

// save computes what would cost fewer queries: for the name that was found, or where
// that is not known for each name that may be meant.
func (a *analysis) save(l *Lookup) {
	for _, r := range l.Rounds {
		if l.FoundAs == r.Name || l.FoundAs == "" && mayBeMeant(l.Name, r) {
			a.saveFor(l, r)
		}
	}
}

// saveFor tries the short name, the full one with a dot, and for a name as typed the
// ndots that lets it come first.
func (a *analysis) saveFor(l *Lookup, r LookupRound) {
	try := func(c Config, name string, s Saving) {
		if n, found := cost(c, name, r.Name); found && n < r.Total && s.Type != l.Name {
			s.Target, s.Queries, s.InsteadOf = r.Name, n, r.Total
			l.Savings = append(l.Savings, s)
		}
	}
	c := a.r.Config
	if short := a.r.Cluster.short(r.Means); short != "" {
		try(c, short, Saving{Type: short})
	}
	try(c, r.Name+".", Saving{Type: r.Name + "."})
	if dots, _ := dotsOf(l.Name); r.Domain == "" && dots > 0 && dots < c.Ndots {
		c.Ndots = dots
		try(c, l.Name, Saving{Ndots: &dots})
	}
}

// mayBeMeant says whether somebody who types a name is likely to mean a full one. A
// Pod of a headless Service in another namespace needs a name that ends in svc at least:
// three labels are mostly a name outside.
func mayBeMeant(typed string, r LookupRound) bool {
	switch r.Means.Kind {
	case MeansNothing, MeansTopLevel:
		return false
	case MeansOutside, MeansUnknown:
		return r.Domain == ""
	case MeansPod:
		return r.Domain == "" || strings.HasSuffix(typed, ".svc")
	default:
		return true
	}
}

// cost is how many queries a name needs to get to a full one, if no other exists.
func cost(c Config, name, target string) (int, bool) {
	var w Walk
	w.Run(&c, name, func(q Question) Reply {
		if string(q.Name) == target {
			return Addresses
		}
		return NXDomain
	})
	return len(w.Queries), w.Result == Found
}
