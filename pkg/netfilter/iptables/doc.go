// Package iptables reads what iptables-save and iptables -S print, and follows a
// packet through it. It knows netfilter, and nothing of Kubernetes.
//
// Parse turns text into a Ruleset; ParseChains does so for the chains that one
// question needs, in memory that does not grow with the text. Walk follows the
// first packet of a connection through a chain and returns every branch that it
// can take, with its share.
package iptables
