package dns

import "strings"

// limit leaves out what is too much, from the end: formDNSConfigFitsLimits.
func (s *Should) limit() {
	if len(s.Servers) > maxServers {
		s.Cut = append(s.Cut, s.Servers[maxServers:]...)
		s.Servers = s.Servers[:maxServers]
	}
	var fit []Entry
	length := -1
	full := false
	for i, e := range s.Search {
		switch {
		case i >= maxSearchPaths, len(e.Value) > maxSearchDomain:
			s.Cut = append(s.Cut, e)
		case full || length+1+len(e.Value) > maxSearchChars:
			// The domains are cut from the end until the line is short enough.
			full = true
			s.Cut = append(s.Cut, e)
		default:
			length += 1 + len(e.Value)
			fit = append(fit, e)
		}
	}
	s.Search = fit
}

// node is the kubelet's own reading of the node's file, parseResolvConf: lines that
// begin with # are comments, the last search line counts, of an option the last value.
func (k Kubelet) node() Should {
	var s Should
	if k.ResolvConf == nil || k.NoResolvConf {
		return s
	}
	options := map[string]string{}
	for line := range strings.SplitSeq(*k.ResolvConf, "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "nameserver" && len(words) > 1:
			s.Servers = append(s.Servers, Entry{words[1], FromNode})
		case words[0] == "search":
			s.Search = nodeSearch(words[1:])
		case words[0] == "options":
			for _, o := range words[1:] {
				name, _, _ := strings.Cut(o, ":")
				options[name] = o
			}
		}
	}
	for _, o := range options {
		s.Options = append(s.Options, Entry{o, FromNode})
	}
	return s
}

// nodeSearch leaves the root domain out, and takes the dots at the end away.
func nodeSearch(domains []string) []Entry {
	var out []Entry
	for _, d := range domains {
		if d != "." {
			out = append(out, Entry{strings.TrimSuffix(d, "."), FromNode})
		}
	}
	return out
}
