// Package walk follows a packet through saved rules: what iptables-save, nft and
// ipvsadm printed on a node, without a cluster.
//
// Read finds out what the files hold, Analyze walks, Render shows.
package walk
