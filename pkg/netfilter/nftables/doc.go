// Package nftables reads what nft list ruleset and nft -j list ruleset print, and the
// commands that nft takes, and gives it to the walk of package netfilter. It knows
// netfilter, and nothing of Kubernetes.
//
// A rule is kept as its text and is looked into when a packet comes to it. JSON becomes
// text first: there is one reader of rules.
package nftables
