package explain

// The findings of dns.
const (
	NoNameserver        = "KK-DNS-101" // source, libc, asked
	CarriageReturns     = "KK-DNS-102" // source, libc, value
	NameserverIgnored   = "KK-DNS-103" // source, libc, value
	TooManyNameservers  = "KK-DNS-104" // source, libc, value
	SearchLineTooLong   = "KK-DNS-105" // source, length
	RootInSearchList    = "KK-DNS-106" // source, example
	LineOverruled       = "KK-DNS-107" // source, line, by
	LineIgnored         = "KK-DNS-108" // source, libc, line, reason
	OptionNotAsWritten  = "KK-DNS-109" // source, libc, option, reason, used
	ResolverEndsProgram = "KK-DNS-110" // source, libc, reason
	NothingIsAsked      = "KK-DNS-111" // source, libc, option
	SearchDomainUnfit   = "KK-DNS-112" // source, libc, domain, effect

	SearchedBeforeTyped = "KK-DNS-121" // name, dots, ndots, before, libc
	FullNameSearched    = "KK-DNS-122" // name, dots, ndots, before
	NotSearchedByMusl   = "KK-DNS-123" // name, dots, ndots
	NoSearchList        = "KK-DNS-124" // name, source
	TooLongWithDomain   = "KK-DNS-125" // name, domain, libc, effect
	NameNotSent         = "KK-DNS-126" // name, libc, reason
	QueriesWasted       = "KK-DNS-127" // name, target, wasted, total
	NameNotFound        = "KK-DNS-128" // name, libc, tried
	LookupFails         = "KK-DNS-129" // name, libc, reply, seconds
	AnsweredTwice       = "KK-DNS-130" // name, target, other, addresses, others
	ExternalNameAddress = "KK-DNS-131" // name, service, external
	ExternalNameLoops   = "KK-DNS-132" // name, service, external
	OtherNamespace      = "KK-DNS-133" // name, namespace, namespaces, type
	NameInHosts         = "KK-DNS-134" // name, addresses
	EnvironmentCounts   = "KK-DNS-135" // pod, variables, file

	FileDiffers       = "KK-DNS-141" // pod, what, has, should
	CutByKubelet      = "KK-DNS-142" // pod, values
	HostNetworkPolicy = "KK-DNS-143" // pod
	NoClusterServer   = "KK-DNS-144" // pod, servers
	NoClusterDNS      = "KK-DNS-145" // pod
	WindowsPod        = "KK-DNS-146" // pod

	DNSServiceEmpty  = "KK-DNS-151" // service, server, reason
	EgressBlocked    = "KK-DNS-152" // pod, server, policies
	EgressWithoutTCP = "KK-DNS-153" // pod, server, policies
	LoopbackServer   = "KK-DNS-154" // pod, server

	ReplyDiffers    = "KK-DNS-161" // name, type, server, predicted, reply
	AddressesDiffer = "KK-DNS-162" // name, type, server, predicted, addresses
	ServerSilent    = "KK-DNS-163" // server, reason, name
)
