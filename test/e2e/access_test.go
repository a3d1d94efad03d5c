//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// TestExactRBAC runs svcpath as a user who may do what plugins.yaml says and nothing else,
// each way of reading a node. Every single verb is needed: without it something is missing.
func TestExactRBAC(t *testing.T) {
	upToDate(t, workNode, clusterIPService)
	for _, way := range []string{"debug", "exec", "none"} {
		t.Run(way, func(t *testing.T) {
			config := user(t, "exact-"+way, rolesOf(t, "--via "+way))
			got := as(t, config, "svcpath", clusterIPService, "-o", "json", "--via", way)
			p := pathFrom(t, 0, got)
			if got.stderr != "" || len(p.NotChecked) != 0 {
				t.Errorf("not checked %v, warnings %q; the roles should allow all of it", p.NotChecked, got.stderr)
			}
			if way == "none" {
				return
			}
			if p.Node.Via != way {
				t.Errorf("read by %q, want %q", p.Node.Via, way)
			}
			agrees(t, p, 2)
		})
	}
}

// TestFallbacks takes away what the debug pod needs, then what exec needs.
func TestFallbacks(t *testing.T) {
	upToDate(t, workNode, clusterIPService)
	t.Run("PodSecurity restricted", func(t *testing.T) {
		apply(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: kk-restricted, labels: {pod-security.kubernetes.io/enforce: restricted}}\n")
		got := kk(t, "svcpath", clusterIPService, "-o", "json", "--debug-namespace", "kk-restricted")
		p := pathFrom(t, 0, got)
		fellBack(t, p, got, "exec", "violates PodSecurity \"restricted")
		agrees(t, p, 2)
	})
	t.Run("quota", func(t *testing.T) {
		apply(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: kk-quota}\n---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: none, namespace: kk-quota}\nspec: {hard: {pods: 0}}\n")
		got := kk(t, "svcpath", clusterIPService, "-o", "json", "--debug-namespace", "kk-quota")
		fellBack(t, pathFrom(t, 0, got), got, "exec", "exceeded quota: none")
	})
	t.Run("an admission policy", func(t *testing.T) {
		apply(t, denyDebugPods)
		eventually(t, 30*time.Second, "the policy is in force", func() bool {
			return run(t, nil, os.Getenv("KK_CLUSTER_KUBECTL"), "run", "probe", "-n", "kk-policy", "--image=curl:1", "--labels=app.kubernetes.io/managed-by=kubectl-kk", "--dry-run=server").exit != 0
		})
		got := kk(t, "svcpath", clusterIPService, "-o", "json", "--debug-namespace", "kk-policy")
		fellBack(t, pathFrom(t, 0, got), got, "exec", "no debug pods here")
	})
	t.Run("no pods/create", func(t *testing.T) {
		config := user(t, "no-create", rolesOf(t, "--via exec"))
		got := as(t, config, "svcpath", clusterIPService, "-o", "json")
		fellBack(t, pathFrom(t, 0, got), got, "exec", "")
	})
	t.Run("no exec either", func(t *testing.T) {
		config := user(t, "no-exec", rolesOf(t, "--via none"))
		got := as(t, config, "svcpath", clusterIPService, "-o", "json")
		p := pathFrom(t, 0, got)
		fellBack(t, p, got, "", "")
		if p.Agreement != svcpath.NotChecked || len(find(p, explain.NodeNotChecked)) != 1 {
			t.Errorf("agreement %q, findings %v; want not checked, and said so", p.Agreement, codes(p))
		}
		for _, e := range p.Ports[0].Endpoints {
			if e.OnNode != nil {
				t.Errorf("endpoint %s: onNode is %v, though no node was read", e.Address, *e.OnNode)
			}
		}
		if text := as(t, config, "svcpath", clusterIPService).stdout; !strings.Contains(text, "The rules of no node were checked") {
			t.Errorf("the answer does not say that no node was checked:\n%s", text)
		}
	})
	if left := debugPods(t); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// denyDebugPods is a namespace whose admission policy refuses the pods of kk.
const denyDebugPods = `apiVersion: v1
kind: Namespace
metadata: {name: kk-policy}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: kk-deny}
spec:
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kk-policy}}
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations:
  - expression: "!('app.kubernetes.io/managed-by' in object.metadata.labels)"
    message: no debug pods here
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: kk-deny}
spec: {policyName: kk-deny, validationActions: [Deny]}
`

// fellBack holds that the answer came another way than the first, and that it was said why.
func fellBack(t *testing.T, p *svcpath.Path, got result, via, why string) {
	t.Helper()
	if p.Node == nil || p.Node.Via != via {
		t.Errorf("node %+v, want it read by %q", p.Node, via)
	}
	if len(p.NotChecked) == 0 || !strings.Contains(p.NotChecked[0].Why, why) || !strings.Contains(got.stderr, p.NotChecked[0].Why) {
		t.Errorf("notChecked %v, warnings %q; want the reason %q in both", p.NotChecked, got.stderr, why)
	}
}

// TestNoAccessAtAll is a user whom the cluster knows and allows nothing.
func TestNoAccessAtAll(t *testing.T) {
	got := as(t, user(t, "nobody", nil), "svcpath", clusterIPService)
	if got.exit != 1 || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, "services") || got.stdout != "" {
		t.Errorf("exit %d, stdout %q, stderr %q; want one line that names what is not allowed", got.exit, got.stdout, got.stderr)
	}
}

// TestRequests counts what one run asks of the API server.
func TestRequests(t *testing.T) {
	upToDate(t, workNode, clusterIPService)
	counted := &recorder{}
	config := counted.inFrontOfAPI(t)
	pathFrom(t, 0, as(t, config, "svcpath", clusterIPService, "-o", "json"))
	own, others := 0, 0
	for _, request := range counted.requests {
		if strings.Contains(request, "/pods/kk-") || strings.HasPrefix(request, "POST ") || strings.Contains(request, "kk-"+workNode) {
			own++
		} else {
			others++
		}
	}
	t.Logf("%d requests and %d for the debug pod:\n%s", others, own, strings.Join(counted.requests, "\n"))
	if others > 8 || own == 0 {
		t.Errorf("%d requests besides the debug pod's, want at most 8", others)
	}
}

// recorder notes the requests on their way to the API server.
type recorder struct {
	mu       sync.Mutex
	requests []string
	// before is called before a request goes on, nil for nothing.
	before func(*http.Request)
}

func (r *recorder) inFrontOfAPI(t *testing.T) (kubeconfig string) {
	t.Helper()
	loaded, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	// A connection of HTTP/2 cannot become a stream, as that of an exec must.
	loaded.NextProtos = []string{"http/1.1"}
	transport, err := rest.TransportFor(loaded)
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(loaded.Host)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport, proxy.FlushInterval = transport, -1
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		r.requests = append(r.requests, req.Method+" "+req.URL.RequestURI())
		r.mu.Unlock()
		if r.before != nil {
			r.before(req)
		}
		proxy.ServeHTTP(w, req)
	}))
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf("apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: c, cluster: {server: %q}}]\ncontexts: [{name: c, context: {cluster: c, user: \"\"}}]\n", server.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestNothingChanges compares all objects before and after a run, by their versions.
func TestNothingChanges(t *testing.T) {
	before := versions(t)
	path(t, 0, clusterIPService)
	path(t, 0, clusterIPService, "--via", "exec")
	for object, version := range versions(t) {
		if old, there := before[object]; !there || old != version {
			t.Errorf("%s: version %q before, %q after", object, old, version)
		}
	}
}

// versions are the versions of the objects that kk could touch. What the cluster renews by
// itself every few seconds (a Node's status, Leases, Events) is not among them.
func versions(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, kind := range []string{"services", "endpointslices", "pods", "configmaps", "serviceaccounts", "secrets", "deployments", "daemonsets"} {
		var list struct {
			Items []struct {
				Metadata struct{ Namespace, Name, ResourceVersion string }
			}
		}
		if err := json.NewDecoder(io.Reader(strings.NewReader(kubectl(t, "get", kind, "-A", "-o", "json")))).Decode(&list); err != nil {
			t.Fatal(err)
		}
		for _, item := range list.Items {
			out[kind+" "+item.Metadata.Namespace+"/"+item.Metadata.Name] = item.Metadata.ResourceVersion
		}
	}
	return out
}
