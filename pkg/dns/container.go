package dns

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// fill keeps of a look what decides how names are looked up.
func fill(r *snapshot.ResolverReading, looked *node.Looked) {
	r.ResolvConf = string(looked.Files[0].Data)
	if looked.Files[1].Complaint == "" {
		r.Hosts = string(looked.Files[1].Data)
	}
	maps := looked.Process[0]
	r.NoMaps = maps.Complaint != "" || len(maps.Data) == 0
	r.Program, r.Libraries = mapped(string(maps.Data))
	r.Go = looked.Go
	if looked.Files[2].Complaint == "" {
		r.Hostname = strings.TrimSpace(string(looked.Files[2].Data))
	}
	r.IPv4Only = looked.Process[1].Complaint != "" || ipv4Only(string(looked.Process[1].Data))
}

// mapped takes from /proc/PID/maps the program, which comes first, and the files that
// are a C library.
func mapped(maps string) (program string, libraries []string) {
	for line := range strings.Lines(maps) {
		_, path, found := strings.Cut(strings.TrimSuffix(line, "\n"), " /")
		path = "/" + path
		if found && program == "" {
			program = path
		}
		if found && libcIn(path) != "" && !slices.Contains(libraries, path) {
			libraries = append(libraries, path)
		}
	}
	return program, libraries
}

// libcIn is the C library that a mapped file is, "" for another file.
func libcIn(path string) Libc {
	switch {
	case strings.Contains(path, "/ld-musl-"), strings.Contains(path, "/libc.musl-"):
		return Musl
	case strings.HasSuffix(path, "/libc.so.6"), strings.Contains(path, "/libc-2."):
		return Glibc
	default:
		return ""
	}
}

// libcOf says which resolver a program uses, how that is known, and whether it is assumed.
// A program that is built by Go has its own resolver, which it prefers also where it
// has a C library (net/conf.go); a static one that is not built by Go has musl's most
// often: glibc's resolver is not made for static programs.
func libcOf(r snapshot.ResolverReading) (libc Libc, because string, assumed bool) {
	whose := "its first process"
	if r.Shared {
		whose = "the program that read the file, as its containers share their processes,"
	}
	switch {
	case r.NotRead != "":
		return Glibc, "nothing was read in the container", true
	case r.NoMaps:
		return Glibc, "what its first process has mapped could not be read", true
	case r.Go == "go" && !r.Shared:
		return Go, r.Program + " is built by Go", len(r.Libraries) > 0
	case len(r.Libraries) > 0:
		return libcIn(r.Libraries[0]), fmt.Sprintf("%s maps %s", whose, r.Libraries[0]), r.Shared
	case r.Go == "":
		return Go, fmt.Sprintf("%s maps no C library, and whether it is built by Go could not be read: a static program, Go's most likely", whose), true
	default:
		return Musl, fmt.Sprintf("%s maps no C library and is not built by Go: a static program, of musl most likely", whose), true
	}
}

// ipv4Only says whether a network namespace has no IPv6 address but its own loopback
// (/proc/net/if_inet6: the address, without colons, begins each line).
func ipv4Only(addresses string) bool {
	for line := range strings.Lines(addresses) {
		if !strings.HasPrefix(line, "00000000000000000000000000000001 ") {
			return false
		}
	}
	return true
}

// inHosts are the addresses that /etc/hosts has for a name, as a resolver reads it; each
// looks there first, unless /etc/nsswitch.conf says otherwise. musl tells upper case from
// lower, Go takes a name with a dot at its end, and all leave out what is no address: glibc
// nss/nss_files/files-hosts.c, musl lookup_name.c name_from_hosts, Go net/hosts.go.
func inHosts(hosts, name string, l Libc) []string {
	is := func(w string) bool { return strings.EqualFold(w, name) }
	switch l {
	case Musl:
		is = func(w string) bool { return w == name }
	case Go:
		is = func(w string) bool {
			return strings.EqualFold(strings.TrimSuffix(w, "."), strings.TrimSuffix(name, "."))
		}
	}
	var out []string
	for line := range strings.Lines(hosts) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) > 1 && isAddress(words[0]) && slices.ContainsFunc(words[1:], is) {
			out = append(out, words[0])
		}
	}
	return out
}
