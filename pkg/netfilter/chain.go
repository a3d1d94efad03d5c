package netfilter

// walker is in one base chain.
type walker struct {
	*Run
	base    Base
	stopped []*Flow
	// open are the chains that the walk is in. The kernel refuses loops, but a text may
	// have one.
	open map[string]bool
}

// chain takes flows through a chain and returns those that come back from it.
func (w *walker) chain(name string, flows []*Flow, depth int) []*Flow {
	rules, ok := w.base.Rules.Rules(name)
	switch {
	case len(flows) == 0:
		return nil
	case w.open[name]:
		return w.lose(flows, "the chain "+name+", which leads back to itself")
	case !ok && depth == 0:
		return flows
	case !ok:
		return w.lose(flows, "the chain "+name+" of the table "+w.base.Rules.Name()+", which is not in what was given")
	}
	w.jumps++
	w.open[name] = true
	if at := (Place{w.base.Rules, name}); !w.seen[at] {
		w.seen[at] = true
		w.Chains = append(w.Chains, at)
	}
	defer delete(w.open, name)
	var returned []*Flow
	for _, rule := range rules {
		var back []*Flow
		flows, back = w.rule(name, rule, flows, depth)
		returned = append(returned, back...)
		if len(flows) == 0 {
			break
		}
	}
	return append(flows, returned...)
}

// lose ends flows at something that is not understood.
func (w *walker) lose(flows []*Flow, reason string) []*Flow {
	for _, f := range flows {
		f.Lose(reason)
	}
	w.stopped = append(w.stopped, flows...)
	return nil
}

// rule takes flows through one rule: live go on to the next one, returned leave the
// chain.
func (w *walker) rule(chain string, rule Rule, flows []*Flow, depth int) (live, returned []*Flow) {
	if w.steps += len(flows); w.steps > maxSteps || w.jumps > maxJumps || len(flows) > maxFlows {
		return w.lose(flows, "more rules than a walk follows"), nil
	}
	live = flows[:0:0]
	var jumps []Way
	for _, f := range flows {
		ways := rule.Apply(w.Run, f)
		if ways == nil {
			live = append(live, f)
			continue
		}
		for _, way := range ways {
			if !way.Passed {
				w.hit(Hit{Table: w.base.Rules.Name(), Chain: chain, Rule: rule, Depth: depth}, rule)
			}
			switch way.Verb {
			case Next:
				live = append(live, way.Flow)
			case Return:
				returned = append(returned, way.Flow)
			case Stop:
				way.Flow.EndedBy = Hit{Table: w.base.Rules.Name(), Chain: chain, Rule: rule, Depth: depth}
				w.stopped = append(w.stopped, way.Flow)
			default:
				jumps = append(jumps, way)
			}
		}
	}
	in, out := w.jump(jumps, depth)
	return append(live, in...), append(returned, out...)
}

// jump takes flows into other chains, those to the same one together.
func (w *walker) jump(ways []Way, depth int) (live, returned []*Flow) {
	for len(ways) > 0 {
		first := ways[0]
		var together []*Flow
		var others []Way
		for _, way := range ways {
			if way.Chain == first.Chain && way.Verb == first.Verb {
				together = append(together, way.Flow)
			} else {
				others = append(others, way)
			}
		}
		back := w.chain(first.Chain, together, depth+1)
		if first.Verb == Goto {
			returned = append(returned, back...)
		} else {
			live = append(live, back...)
		}
		ways = others
	}
	return live, returned
}
