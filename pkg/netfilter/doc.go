// Package netfilter follows the first packet of a connection through the hooks of the
// kernel, in the kernel's order. It knows neither Kubernetes nor the language in which
// rules are written: iptables, nftables and ipvs give it their base chains.
//
// A Flow is a packet on its way. Where a rule chooses at random, or where the packet
// does not decide a condition, one Flow becomes two; at the end Run returns all of them.
package netfilter
