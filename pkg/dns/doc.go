// Package dns answers what a Pod's resolv.conf means, and which queries a lookup of
// a name sends: by the kubelet's rules for the file, and by the rules of the C
// library (or of Go) for the lookup.
//
// Parse and Read decode the file, Walk computes the queries, Analyze judges, Render
// shows. None of them reads anything: what the file is and what a query gets comes
// from the caller.
package dns
