package downward

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

// The divisors that the API server takes (validation.go, validContainerResourceDivisorFor…).
var (
	cpuDivisors  = []string{"1", "1m"}
	byteDivisors = []string{"1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"}
	// shownDivisors are those that a value is shown with.
	shownDivisors = []string{"1", "1m", "1Ki", "1Mi", "1Gi"}
)

func isCPU(resourcePath string) bool {
	return resourcePath == limits+".cpu" || resourcePath == requests+".cpu"
}

// divisors are those that fit a resource path.
func divisors(resourcePath string) []string {
	if isCPU(resourcePath) {
		return cpuDivisors
	}
	return byteDivisors
}

// divide is what a container gets: the amount in units of the divisor, rounded up
// (pkg/api/v1/resource/helpers.go, convertResource…ToString). The floating point is
// Kubernetes' own, and so are its errors above 2^53.
func divide(resourcePath string, amount, divisor resource.Quantity) string {
	if divisor.IsZero() {
		divisor = resource.MustParse("1")
	}
	whole, part := amount.Value(), divisor.Value()
	if isCPU(resourcePath) {
		whole, part = amount.MilliValue(), divisor.MilliValue()
	}
	return strconv.FormatInt(int64(math.Ceil(float64(whole)/float64(part))), 10)
}

// exact says whether the divisor divides the amount without a rest.
func exact(resourcePath string, amount, divisor resource.Quantity) bool {
	if divisor.IsZero() {
		divisor = resource.MustParse("1")
	}
	if isCPU(resourcePath) {
		return amount.MilliValue()%max(1, divisor.MilliValue()) == 0
	}
	return amount.Value()%max(1, divisor.Value()) == 0
}

// byDivisor are the values of an amount by the divisors that are usual for it.
func byDivisor(resourcePath string, amount resource.Quantity) map[string]string {
	out := map[string]string{}
	for _, d := range divisors(resourcePath) {
		if slices.Contains(shownDivisors, d) {
			out[d] = divide(resourcePath, amount, resource.MustParse(d))
		}
	}
	return out
}

// maxExponent is more than any amount needs. With a large one the parser of quantities
// computes a power of ten of as many digits, and does not come back.
const maxExponent = 3

var exponent = regexp.MustCompile(`[eE][+-]?0*([0-9]+)$`)

// boundless says whether a text would keep the parser of quantities busy for ever.
func boundless(text string) bool {
	found := exponent.FindStringSubmatch(text)
	return len(text) > 100 || found != nil && len(found[1]) > maxExponent
}

// divisorProblem says why a divisor does not fit, "" where it does. An unset one is 1.
func divisorProblem(resourcePath string, divisor resource.Quantity) string {
	fit := divisors(resourcePath)
	if divisor.IsZero() || slices.Contains(fit, divisor.String()) {
		return ""
	}
	return fmt.Sprintf("%s is taken in units of %s", resourcePath, strings.Join(fit, ", "))
}
