package explain

// The findings of svcpath about single fields of a Service.
const (
	SourceRangesDiffer     = "KK-SVC-114" // service, node, port, address, has, should
	AffinityDiffers        = "KK-SVC-115" // service, node, port, endpoints, has, should
	FirewallDropAbsent     = "KK-SVC-116" // service, node, port, address
	AddressClaimedTwice    = "KK-SVC-117" // service, node, port, address, other, winner
	HealthRuleAbsent       = "KK-SVC-118" // service, node, nodePort
	ProxiedAddressCaptured = "KK-SVC-119" // service, node, port, address

	SlicePortUnmatched = "KK-SVC-128" // service, slice, port, name, has
	SliceFamilyUnused  = "KK-SVC-129" // service, slice, addressType, families

	HealthCheckAnswer       = "KK-SVC-134" // service, node, nodePort, status, count
	SourcesRestricted       = "KK-SVC-135" // service, addresses, ranges
	LoadBalancerPending     = "KK-SVC-136" // service
	BalancerProxies         = "KK-SVC-137" // service, addresses
	TargetPortNumbersDiffer = "KK-SVC-138" // service, port, targetPort, numbers
	HintsNotFollowed        = "KK-SVC-139" // service, node, port, mode, reason

	ExternalNameIsAddress  = "KK-SVC-170" // service, target
	NoNodePortAllocated    = "KK-SVC-171" // service
	SourcesUnrestricted    = "KK-SVC-172" // service, addresses, ranges
	HeadlessWithoutAddress = "KK-SVC-173" // service, name, reason
	NotReadyPublished      = "KK-SVC-174" // service, port, count, pods
	BalancerByName         = "KK-SVC-175" // service, names
	EndpointsMirrored      = "KK-SVC-176" // service, slices
	SomePodsWithoutPort    = "KK-SVC-177" // service, port, targetPort, count, total, pods
	ExternalAddressDropped = "KK-SVC-178" // service, node, port, addresses
	NotReadyNotInDNS       = "KK-SVC-179" // service, name, count, pods
	NodePortAddressLeftOut = "KK-SVC-180" // service, node, port, nodePort, addresses, configured
	SliceTargetWrong       = "KK-SVC-181" // service, slice, endpoints, reason
)
