package downward

import (
	"testing"
	"time"
)

// TestDivisorOfAnySize: a unit is refused or not, at once, whatever its exponent. The
// parser of quantities takes one that no int32 holds for another, and computes for hours.
func TestDivisorOfAnySize(t *testing.T) {
	for _, divisor := range []string{"1e100000", "1e2147483647", "1e-2147483648", "9999999999999999999999999999E", "1e999999999999", "1e-999999999999"} {
		for what, try := range map[string]func(){
			"a snippet": func() {
				if err := (SnippetRequest{Fields: []string{"limits.memory"}, Divisor: divisor}).Check(); err == nil {
					t.Errorf("%s is taken for a snippet", divisor)
				}
			},
			"a manifest": func() {
				// An error or a finding: it is only not to be waited for.
				_, _, _ = Templates([]byte("kind: Pod\nspec: {containers: [{name: a, env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: " + divisor + "}}}]}]}\n"))
			},
		} {
			done := make(chan struct{})
			go func() { try(); close(done) }()
			select {
			case <-done:
			case <-time.After(5 * time.Second):
				t.Errorf("%s in %s: no answer within 5 seconds", divisor, what)
			}
		}
	}
}
