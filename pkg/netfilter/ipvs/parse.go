package ipvs

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Table is virtual services.
type Table struct {
	Services []*Service
	index    map[key]*Service
}

type key struct {
	protocol string
	at       netip.AddrPort
	mark     uint32
}

// Service is one virtual service: an address of the node, and where it leads.
type Service struct {
	// Protocol is "tcp", "udp" or "sctp"; "" for a service that takes packets by Mark.
	Protocol  string
	Address   netip.AddrPort
	Mark      uint32
	Scheduler string
	// Persistent is for how many seconds a client stays with its server, 0 for not at all.
	Persistent int
	Servers    []Server
}

// Server is a real server.
type Server struct {
	Address netip.AddrPort
	// Weight is 0 for one that gets no new connections.
	Weight int
	// Method is "masquerade", "gatewaying" or "tunneling": only the first rewrites the
	// destination.
	Method string
}

var (
	errLine    = errors.New("not what ipvsadm prints")
	errService = errors.New("a server of a service that did not come before")
)

// Parse reads what ipvsadm -Sn or ipvsadm -Ln printed. Its error names the line.
func Parse(text string) (*Table, error) {
	t := &Table{index: map[key]*Service{}}
	number := 0
	for line := range strings.Lines(text) {
		number++
		if err := t.line(strings.Fields(line)); err != nil {
			return nil, fmt.Errorf("line %d: %w: %.60q", number, err, strings.TrimSpace(line))
		}
	}
	return t, nil
}

func (t *Table) line(words []string) error {
	if len(words) == 0 || words[0][0] == '#' {
		return nil
	}
	switch words[0] {
	case "-A":
		return t.saved(words[1:])
	case "-a":
		return t.savedServer(words[1:])
	case "IP", "Prot":
		return nil // the heading of -L
	case "TCP", "UDP", "SCTP", "FWM":
		return t.listed(words)
	case "->":
		return t.listedServer(words[1:])
	default:
		return errLine
	}
}

// protocols are the options that name a service (ipvsadm(8)).
var protocols = map[string]string{
	"-t": "tcp", "--tcp-service": "tcp", "-u": "udp", "--udp-service": "udp", "--sctp-service": "sctp",
	"-f": "", "--fwmark-service": "",
}

// name reads "-t ADDRESS:PORT".
func name(words []string) (k key, ok bool) {
	if len(words) < 2 {
		return k, false
	}
	protocol, known := protocols[words[0]]
	if !known {
		return k, false
	}
	return keyOf(protocol, words[1])
}

func keyOf(protocol, text string) (k key, ok bool) {
	k.protocol = protocol
	if protocol == "" {
		n, err := strconv.ParseUint(text, 0, 32)
		k.mark = uint32(n)
		return k, err == nil
	}
	at, err := netip.ParseAddrPort(text)
	k.at = at
	return k, err == nil
}

func (t *Table) service(k key) *Service {
	s := t.index[k]
	if s == nil {
		s = &Service{Protocol: k.protocol, Address: k.at, Mark: k.mark}
		t.index[k] = s
		t.Services = append(t.Services, s)
	}
	return s
}

func (t *Table) saved(words []string) error {
	k, ok := name(words)
	if !ok {
		return errLine
	}
	s := t.service(k)
	s.Scheduler = option(words, "-s", "--scheduler")
	if seconds := option(words, "-p", "--persistent"); seconds != "" {
		s.Persistent, _ = strconv.Atoi(seconds)
	}
	return nil
}

// option is the value of an option, "" where it is not there.
func option(words []string, names ...string) string {
	for i := range len(words) - 1 {
		if slices.Contains(names, words[i]) {
			return words[i+1]
		}
	}
	return ""
}

func (t *Table) savedServer(words []string) error {
	k, ok := name(words)
	if !ok {
		return errLine
	}
	s := t.index[k]
	if s == nil {
		return errService
	}
	at, err := netip.ParseAddrPort(option(words, "-r", "--real-server"))
	if err != nil {
		return errLine
	}
	server := Server{Address: at, Weight: 1, Method: "gatewaying"}
	for _, w := range words {
		switch w {
		case "-m", "--masquerading":
			server.Method = "masquerade"
		case "-i", "--ipip":
			server.Method = "tunneling"
		}
	}
	if weight := option(words, "-w", "--weight"); weight != "" {
		if server.Weight, err = strconv.Atoi(weight); err != nil {
			return errLine
		}
	}
	s.Servers = append(s.Servers, server)
	return nil
}

// listed reads "TCP  10.96.0.10:53 rr persistent 10800".
func (t *Table) listed(words []string) error {
	protocol := strings.ToLower(words[0])
	if protocol == "fwm" {
		protocol = ""
	}
	if len(words) < 2 {
		return errLine
	}
	k, ok := keyOf(protocol, words[1])
	if !ok {
		return errLine
	}
	s := t.service(k)
	if len(words) > 2 && !isNumber(words[2]) {
		s.Scheduler = words[2]
	}
	if seconds := option(words, "persistent"); seconds != "" {
		s.Persistent, _ = strconv.Atoi(seconds)
	}
	return nil
}

// isNumber tells the columns of --stats, such as "5" and "12K", from a scheduler.
func isNumber(word string) bool { return word[0] >= '0' && word[0] <= '9' }

// listedServer reads "10.244.0.2:53 Masq 1 0 0", or the same with the columns of --stats,
// which have no weight.
func (t *Table) listedServer(words []string) error {
	if len(words) > 0 && words[0] == "RemoteAddress:Port" {
		return nil
	}
	if len(t.Services) == 0 {
		return errService
	}
	if len(words) < 2 {
		return errLine
	}
	at, err := netip.ParseAddrPort(words[0])
	if err != nil {
		return errLine
	}
	server := Server{Address: at, Weight: 1, Method: "masquerade"}
	if methods := map[string]string{"Masq": "masquerade", "Route": "gatewaying", "Tunnel": "tunneling", "Local": "masquerade"}; methods[words[1]] != "" {
		server.Method = methods[words[1]]
		if len(words) < 3 {
			return errLine
		}
		if server.Weight, err = strconv.Atoi(words[2]); err != nil {
			return errLine
		}
	}
	s := t.Services[len(t.Services)-1]
	s.Servers = append(s.Servers, server)
	return nil
}

// String is the table as ipvsadm -Sn prints it.
func (t *Table) String() string {
	var out strings.Builder
	flags := map[string]string{"masquerade": "-m", "gatewaying": "-g", "tunneling": "-i"}
	for _, s := range t.Services {
		out.WriteString(strings.TrimPrefix(s.Text(), "ipvs: ") + "\n")
		for _, server := range s.Servers {
			fmt.Fprintf(&out, "-a %s -r %s %s -w %d\n", s.option(), server.Address, flags[server.Method], server.Weight)
		}
	}
	return out.String()
}
