package explain

// The findings of svcpath. A code never changes its meaning; the catalog says
// what each one means, and lists the arguments its message takes.
const (
	EndpointMissingOnNode  = "KK-SVC-101" // service, node, port, endpoint, pod
	StaleEndpointPod       = "KK-SVC-102" // service, node, port, endpoint, pod
	StaleEndpointNoPod     = "KK-SVC-103" // service, node, port, endpoint
	StaleEndpointUnknown   = "KK-SVC-104" // service, node, port, endpoint, reason
	RulesAbsent            = "KK-SVC-105" // service, node, port, proxy
	DispatchRuleAbsent     = "KK-SVC-106" // service, node, port, chain, address
	HookAbsent             = "KK-SVC-107" // node, hook
	ForeignRule            = "KK-SVC-108" // service, node, chain, rule
	SharesDiffer           = "KK-SVC-109" // service, node, port, endpoint, share, expected
	RejectAbsent           = "KK-SVC-110" // service, node, port
	RejectDespiteEndpoints = "KK-SVC-111" // service, node, port
	UnusedEndpointOnNode   = "KK-SVC-112" // service, node, port, endpoint, state
	AnotherWay             = "KK-SVC-113" // service, node, port, address, chain

	SelectorMatchesNoPod  = "KK-SVC-120" // service, selector
	NoMatchingPodReady    = "KK-SVC-121" // service, count, pods
	TargetPortNameMissing = "KK-SVC-122" // service, port, targetPort, pods
	NoSelectorNoSlices    = "KK-SVC-123" // service
	NoEndpointsRejected   = "KK-SVC-124" // service, node, port, address
	NoEndpoints           = "KK-SVC-125" // service, port
	SomePodsNotReady      = "KK-SVC-126" // service, count, total, pods
	OnlyTerminating       = "KK-SVC-127" // service, port, endpoints

	InternalLocalDropped = "KK-SVC-130" // service, node, port
	ExternalLocalDropped = "KK-SVC-131" // service, node, port, nodePort
	TopologyNarrowed     = "KK-SVC-132" // service, node, port, used, total, mode
	IgnoredByKubeProxy   = "KK-SVC-133" // service, proxy

	ExternalNameNoRules = "KK-SVC-140" // service, target
	HeadlessNoRules     = "KK-SVC-141" // service

	StoppedAfterTranslation  = "KK-SVC-143" // service, node, port, table, chain, verdict, clients, endpoints
	StoppedBeforeTranslation = "KK-SVC-144" // service, node, port, table, chain, verdict, clients

	DatagramsToGone    = "KK-SVC-150" // service, node, port, endpoint, count
	ConnectionsToGone  = "KK-SVC-151" // service, node, port, endpoint, count
	NotTranslated      = "KK-SVC-152" // service, node, port, count
	ConnectionsNotRead = "KK-SVC-153" // service, node, port, reason

	NodeNotChecked      = "KK-NODE-101" // node, reason
	ProxyModeNotRead    = "KK-NODE-102" // node, mode
	KubeProxyNotFound   = "KK-NODE-103" // node
	KubeProxyNotRunning = "KK-NODE-104" // node, pod, state
	NoNodeChosen        = "KK-NODE-105" // reason
	TwoBackends         = "KK-NODE-106" // node, used, other, count

	ModeDiffers           = "KK-NODE-110" // node, configured, found
	OtherProxy            = "KK-NODE-111" // node, component, pod
	RulesWithoutKubeProxy = "KK-NODE-112" // node
	KubeProxyEmbedded     = "KK-NODE-113" // node, distribution
)
