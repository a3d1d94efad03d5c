package explain

// The steps of a path, which svcpath --explain puts into words. They are no findings:
// nothing is wrong with a step.
const (
	StepDispatch  = "KK-STEP-101" // chain, address
	StepNodePorts = "KK-STEP-102" // chain, address
	StepExternal  = "KK-STEP-103" // chain
	StepSpread    = "KK-STEP-104" // chain
	StepLocal     = "KK-STEP-105" // chain, node
	StepMark      = "KK-STEP-106" // chain
	StepEndpoint  = "KK-STEP-107" // chain, endpoint, share
	StepAffinity  = "KK-STEP-108" // chain, endpoint
	StepDNAT      = "KK-STEP-109" // endpoint
	StepReject    = "KK-STEP-110" // address
	StepDrop      = "KK-STEP-111" // address
)

// Steps of a load balancer's address with source ranges.
const (
	StepFirewall     = "KK-STEP-121" // chain, address
	StepFirewallDrop = "KK-STEP-122" // address
)
