package explain

// The findings of env.
const (
	ServicesYounger     = "KK-ENV-101" // container, count, services, variables
	ServicesGone        = "KK-ENV-102" // container, count, services
	ServiceChanged      = "KK-ENV-103" // container, count, services, variable, has, gets
	ServicesMissed      = "KK-ENV-104" // container, services
	EnvironmentReplaced = "KK-ENV-105" // container, file
	EnvironmentNotRead  = "KK-ENV-106" // container, reason
	ServicesNotRead     = "KK-ENV-107" // container, services
	LinksOff            = "KK-ENV-108" // container, namespace
	TwoServicesOneName  = "KK-ENV-109" // container, variable, services, values
	NotForShells        = "KK-ENV-110" // container, services, variable

	EnvironmentTooLarge  = "KK-ENV-120" // container, bytes, limit, count, services, percent
	StringTooLong        = "KK-ENV-121" // container, variable, bytes, limit
	EnvironmentNearLimit = "KK-ENV-122" // container, bytes, limit, count, services, percent
	ConfigMapAbsent      = "KK-ENV-123" // container, configMap, key, variable
	ConfigMapKeyAbsent   = "KK-ENV-124" // container, configMap, key, variable

	LinkHidden      = "KK-ENV-130" // container, variable, service
	APIServerHidden = "KK-ENV-131" // container, variable, service
	LinkAsSetting   = "KK-ENV-132" // container, variables, services
	LinkTakesOver   = "KK-ENV-133" // container, variable, service, gets

	ReferenceUnresolved = "KK-ENV-140" // container, variable, reference
	ReferenceTooEarly   = "KK-ENV-141" // container, variable, reference
	ReferenceOld        = "KK-ENV-142" // container, variable, references
	ValueElsewhere      = "KK-ENV-143" // container, variables
)
