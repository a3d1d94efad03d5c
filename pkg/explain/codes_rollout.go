package explain

// The findings of rollout-watch.
const (
	DeadlineExceeded    = "KK-ROLL-101" // workload, seconds, updated, available, desired
	CrashLoop           = "KK-ROLL-102" // workload, revision, container, pods, pod, exit, restarts
	OutOfMemory         = "KK-ROLL-103" // workload, revision, container, pods, pod, restarts
	ImageNotPulled      = "KK-ROLL-104" // workload, revision, container, pods, pod, image, reason, message
	ContainerNotCreated = "KK-ROLL-105" // workload, revision, container, pods, pod, reason, message
	ReadinessFails      = "KK-ROLL-106" // workload, revision, container, pods, pod, probe, message
	LivenessFails       = "KK-ROLL-107" // workload, revision, container, pods, pod, restarts, message
	StartupFails        = "KK-ROLL-108" // workload, revision, container, pods, pod, probe, message
	NoNodeFits          = "KK-ROLL-109" // workload, revision, pods, pod, message
	VolumeNotReady      = "KK-ROLL-110" // workload, revision, pods, pod, message
	QuotaRefuses        = "KK-ROLL-111" // workload, message
	PodRefused          = "KK-ROLL-112" // workload, message
	RestartedWhileReady = "KK-ROLL-113" // workload, revision, pods, pod, restarts, exit
	PodEnded            = "KK-ROLL-114" // workload, revision, pods, pod, reason, message
	TerminatesTooLong   = "KK-ROLL-115" // workload, pods, pod, since
	GateNotOpen         = "KK-ROLL-116" // workload, revision, pods, pod, message

	PausedWithChanges = "KK-ROLL-120" // workload, differences
	BothBoundsZero    = "KK-ROLL-121" // workload, maxSurge, maxUnavailable, replicas
	BudgetDoesNotHold = "KK-ROLL-122" // workload, budgets
	OnDeleteOnly      = "KK-ROLL-123" // workload, pods
	PartitionHolds    = "KK-ROLL-124" // workload, partition, pods
	BrokenPodBlocks   = "KK-ROLL-125" // workload, pod, revision
	NodesWithoutPod   = "KK-ROLL-126" // workload, count, nodes, reason
	NodePodMissing    = "KK-ROLL-127" // workload, count, nodes

	OwnedByAnother = "KK-ROLL-130" // workload, owner
	OwnerIsGone    = "KK-ROLL-131" // workload, owner
	PodsNotRead    = "KK-ROLL-132" // workload, reason
	EventsNotRead  = "KK-ROLL-133" // workload, reason

	RevisionsNotRead = "KK-ROLL-134" // workload, reason
)
