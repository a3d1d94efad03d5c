package dns

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Analyze judges what it is told. The same facts give the same answer. A name that is
// none is the caller's to refuse (CheckName).
func Analyze(f Facts) *Resolution {
	file := Parse(f.File)
	config, ignored := Read(file, f.Libc, f.Hostname)
	if f.Environment != "" && f.Libc == Glibc {
		config, _ = Read(Parse(strings.TrimSuffix(f.File, "\n")+"\n"+f.Environment), f.Libc, f.Hostname)
	}
	config.NoAAAA = config.NoAAAA || f.IPv4Only && f.Libc == Glibc
	a := &analysis{f: f, known: newKnown(f, &config), alike: map[string]int{}, searched: searchLine(file), r: &Resolution{
		APIVersion: APIVersion, Kind: Kind, Source: f.Source, Lines: slices.Clip(append([]Line{}, file.Lines...)),
		Config: config, Ignored: ignored, LibcAssumed: f.LibcAssumed, Cluster: f.Cluster,
		NotRead: f.NotRead, NotAsked: f.LiveWanted && len(f.Live) == 0, LibcBecause: f.LibcBecause, Nameservers: f.Nameservers, Egress: f.Egress,
		Lookups: []Lookup{}, Findings: []explain.Finding{}, NotChecked: append([]snapshot.Missing(nil), f.Missing...),
	}}
	if a.r.Cluster == nil {
		a.r.Cluster = clusterOf(config.Search)
	}
	if f.Windows {
		return a.windows()
	}
	a.file()
	a.pod()
	a.environment()
	a.servers()
	for _, name := range f.Names {
		l := a.lookup(name)
		a.r.Lookups = append(a.r.Lookups, l)
		a.name(l)
	}
	a.replies()
	return a.finish()
}

// analysis is one run of Analyze.
type analysis struct {
	f     Facts
	known known
	r     *Resolution
	// searched is the line that the search list is from, 0 where there is none.
	searched int
	// alike counts the findings of a code.
	alike map[string]int
}

// Findings that say the same of many lines, or quote a line without end, help nobody:
// the answer holds the whole file anyway.
const (
	maxAlike = 10
	maxQuote = 200
)

// find adds a finding of the file, with the line that shows it; 0 is for none, and always
// added.
func (a *analysis) find(code string, severity explain.Severity, line int, args map[string]string) {
	if a.alike[code]++; a.alike[code] > maxAlike && line > 0 {
		return
	}
	args["source"] = a.f.Source
	for name, value := range args {
		args[name] = quote(value)
	}
	f := explain.Finding{Code: code, Severity: severity, Proof: explain.ProofComputed, Subject: a.subject(), Args: args}
	if line > 0 {
		f.Evidence = []explain.Evidence{{Where: a.f.Source + " line " + strconv.Itoa(line), What: quote(a.r.Lines[line-1].Text)}}
	}
	a.r.Findings = append(a.r.Findings, f)
}

// findSeen adds a finding with what proves it, and how far.
func (a *analysis) findSeen(proof explain.Proof, code string, severity explain.Severity, args map[string]string, seen explain.Evidence) {
	a.find(code, severity, 0, args)
	f := &a.r.Findings[len(a.r.Findings)-1]
	f.Proof, f.Evidence = proof, []explain.Evidence{seen}
}

func quote(text string) string {
	if len(text) <= maxQuote {
		return text
	}
	return strings.ToValidUTF8(text[:maxQuote], "") + "…"
}

func (a *analysis) subject() string {
	if a.r.Pod != "" {
		return "Pod " + a.r.Pod
	}
	return a.f.Source
}

// finish sorts the findings.
func (a *analysis) finish() *Resolution {
	explain.Sort(a.r.Findings)
	return a.r
}

func (a *analysis) libc() string { return a.f.Libc.name() }
