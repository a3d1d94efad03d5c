package kube

import "os"

// The connection is asked whether it still carries anything after so many seconds without a
// word, and given up after so many more without an answer. The variables are client-go's
// (k8s.io/apimachinery/pkg/util/net, whose own are 30 and 15).
const (
	silenceVariable, silence   = "HTTP2_READ_IDLE_TIMEOUT_SECONDS", "8"
	pingVariable, pingPatience = "HTTP2_PING_TIMEOUT_SECONDS", "7"
)

// NoticeSilence makes the clients that are connected after it notice within 15 seconds that
// their connection is dead though nobody has closed it. It asks by a frame of HTTP/2 and sends
// no request. What the user has set stays.
func NoticeSilence() {
	for name, seconds := range map[string]string{silenceVariable: silence, pingVariable: pingPatience} {
		if _, set := os.LookupEnv(name); !set {
			_ = os.Setenv(name, seconds) // which fails for a name with "=" only
		}
	}
}
