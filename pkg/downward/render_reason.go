package downward

// reasons are the words of the rules, for -o wide.
var reasons = map[Reason]string{
	ReasonIdentity:   "set when the Pod is created, and never changed",
	ReasonMapKey:     "a single key fits into a variable; a key that is not there gives an empty value",
	ReasonWholeMap:   "a map does not fit into a variable; lines of key=\"value\", sorted, values quoted as in Go",
	ReasonScheduling: "set by the scheduler before any container starts; volumes offer no spec fields",
	ReasonAddress:    "known when the Pod's network is up, before any container starts; volumes offer no status fields",
	ReasonHostIPs:    "as status.hostIP, all of the node's families; gate PodHostIPs: alpha 1.28, beta 1.29, stable 1.30",
	ReasonLimit:      "amount / divisor, rounded up; a limit that is not set shows the node's allocatable; of cpu and memory a variable shows the Pod's own limit first, from 1.34 on",
	ReasonRequest:    "amount / divisor, rounded up; where a manifest sets only the limit, the API server takes it as the request; else 0",
	ReasonHugepages:  "amount / divisor, rounded up; not set is 0, and cannot be resized in place",
}
