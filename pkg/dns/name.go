package dns

import (
	"fmt"
	"net/netip"
	"strings"
)

// CheckName returns an error that says what to type instead, where a name is none that
// DNS can look up (RFC 1035, 2.3.4).
func CheckName(name string) error {
	if name == "" {
		return fmt.Errorf("look up %q: the name is empty; give one, such as web or web.shop", name)
	}
	if err := notAName(name); err != nil {
		return err
	}
	if name == "." {
		return fmt.Errorf("look up %q: that is the root of DNS; give a name, such as web or web.shop", name)
	}
	rooted := strings.TrimSuffix(name, ".")
	for label := range strings.SplitSeq(rooted, ".") {
		switch {
		case label == "":
			return fmt.Errorf("look up %q: there is nothing between two dots, or before the first; did you mean %s?", name, withoutEmpty(name))
		case len(label) > maxLabel:
			return fmt.Errorf("look up %q: the part %q has %d characters, and DNS allows %d between dots; check whether a dot is missing", name, label, len(label), maxLabel)
		}
	}
	if len(rooted) > maxName {
		return fmt.Errorf("look up a name of %d characters: DNS allows %d; check whether two names ran together", len(rooted), maxName)
	}
	return nil
}

// notAName tells what is easily taken for a name.
func notAName(name string) error {
	if a, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return fmt.Errorf("look up %q: that is an address, and a program connects to it without DNS; the name that belongs to it is asked for as %s", name, reverse(a.WithZone("")))
	}
	if _, rest, found := strings.Cut(name, "://"); found {
		return fmt.Errorf("look up %q: that is a URL; DNS is asked for its host: %s", name, hostOf(rest))
	}
	if host, rest, found := cutAny(name, "/:"); found {
		if prefix, err := netip.ParsePrefix(name); err == nil {
			return fmt.Errorf("look up %q: that is a range of addresses; give one name, such as web.shop (or %s for its first address)", name, reverse(prefix.Addr()))
		}
		if host == "" || host == "svc" || host == "service" {
			host = rest
		}
		return fmt.Errorf("look up %q: a name has no %q in it; leave out port and path: %s", name, name[strings.IndexAny(name, "/:")], host)
	}
	for _, r := range name {
		if r > 0x7f {
			return fmt.Errorf("look up %q: DNS knows no character such as %q; give the name as xn--… (punycode), as a browser sends it", name, r)
		}
		if notHostname(r) && r != '*' {
			return fmt.Errorf("look up %q: a name has letters, digits, -, _ and dots, but no %q", name, r)
		}
	}
	return nil
}

// hostOf is the host of a URL without its scheme.
func hostOf(rest string) string {
	host, _, _ := cutAny(rest, "/?#")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if six, _, found := strings.Cut(strings.TrimPrefix(host, "["), "]"); found {
		return six
	}
	host, _, _ = strings.Cut(host, ":")
	return host
}

func withoutEmpty(name string) string {
	var labels []string
	for label := range strings.SplitSeq(name, ".") {
		if label != "" {
			labels = append(labels, label)
		}
	}
	if len(labels) == 0 {
		return "web"
	}
	return strings.Join(labels, ".")
}

// reverse is the name under which DNS keeps the name of an address.
func reverse(a netip.Addr) string {
	var out strings.Builder
	if a = a.Unmap(); a.Is4() {
		b := a.As4()
		fmt.Fprintf(&out, "%d.%d.%d.%d.in-addr.arpa", b[3], b[2], b[1], b[0])
		return out.String()
	}
	b := a.As16()
	for i := len(b) - 1; i >= 0; i-- {
		fmt.Fprintf(&out, "%x.%x.", b[i]&15, b[i]>>4)
	}
	return out.String() + "ip6.arpa"
}
