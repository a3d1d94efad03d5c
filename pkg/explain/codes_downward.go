package explain

// The findings of downward.
const (
	VariableOld     = "KK-DOWN-101" // container, variable, field, has, should
	SubPathOld      = "KK-DOWN-102" // container, file, field, has, should
	SubPathFrozen   = "KK-DOWN-103" // container, file, field
	FileBehind      = "KK-DOWN-104" // container, file, field, has, should
	KeyMissing      = "KK-DOWN-105" // use, field, near
	UseOverridden   = "KK-DOWN-106" // use, field
	UseAbsent       = "KK-DOWN-107" // use, field, reason
	ValueAltered    = "KK-DOWN-108" // use, field, has, should
	ContainerAbsent = "KK-DOWN-109" // use, field, named, containers

	LimitOfNode       = "KK-DOWN-110" // use, field, value
	RoundedUp         = "KK-DOWN-111" // use, field, quantity, divisor, value
	InitLimitZero     = "KK-DOWN-112" // use, field, named
	PodLimitIgnored   = "KK-DOWN-113" // use, field, value, limit
	FilesNotMounted   = "KK-DOWN-114" // volume, files
	ContainerNotRead  = "KK-DOWN-115" // container, reason
	ResizeNotGranted  = "KK-DOWN-116" // use, field, value, granted
	StaticPodIdentity = "KK-DOWN-117" // use, uid, shown
	SubPathFolder     = "KK-DOWN-118" // container, file, field

	FieldNotByVariable   = "KK-DOWN-120" // use, field
	FieldNotByFile       = "KK-DOWN-121" // use, field
	FieldUnknown         = "KK-DOWN-122" // use, field, near
	DivisorUnfit         = "KK-DOWN-123" // use, field, divisor, allowed
	KeyInvalid           = "KK-DOWN-124" // use, field, reason
	ContainerNameMissing = "KK-DOWN-125" // use, field
	FieldTooNew          = "KK-DOWN-126" // use, field, since, gate, version
	UseMalformed         = "KK-DOWN-127" // use, field, reason
)
