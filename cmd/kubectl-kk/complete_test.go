package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// namedObjects are the objects of the small API server of these tests.
var namedObjects = map[string][]string{
	"/api/v1/namespaces/default/pods":              {"web-1", "web-2", "evil\x1b[2J", "evil$(id)", "evil;id", "evil id"},
	"/api/v1/namespaces/shop/pods":                 {"cart-1"},
	"/apis/apps/v1/namespaces/default/deployments": {"web"},
	"/api/v1/namespaces/default/services":          {"hellok8s", "other"},
	"/api/v1/namespaces/shop/services":             {"cart"},
	"/api/v1/nodes":                                {"node-1", "node-2"},
	"/api/v1/namespaces":                           {"default", "shop"},
}

// offering answers lists of names as an API server does, and the rest as answer does.
func offering(w http.ResponseWriter, req *http.Request) {
	found, listed := namedObjects[req.URL.Path]
	if !listed || !strings.Contains(req.Header.Get("Accept"), "as=PartialObjectMetadataList") {
		answer(w, req)
		return
	}
	list := metav1.PartialObjectMetadataList{TypeMeta: metav1.TypeMeta{APIVersion: "meta.k8s.io/v1", Kind: "PartialObjectMetadataList"}}
	for _, name := range found {
		list.Items = append(list.Items, metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	reply(w, list)
}

// clusterOf writes a kubeconfig for a server and makes it the one in use.
func clusterOf(t *testing.T, url string) {
	t.Helper()
	text := "apiVersion: v1\nkind: Config\ncurrent-context: here\nclusters: [{name: one, cluster: {server: \"" + url + "\"}}]\n" +
		"contexts: [{name: here, context: {cluster: one, user: \"\"}}, {name: there, context: {cluster: one, user: jane}}]\nusers: [{name: jane, user: {}}]\n"
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", file)
}

// offered is what TAB offers in the last argument, without what is behind each choice.
func offered(t *testing.T, args ...string) []string {
	t.Helper()
	var out, complaints bytes.Buffer
	if status := run(append([]string{"__complete"}, args...), nil, &out, &complaints); status != exitFine {
		t.Fatalf("%v: status %d, %s", args, status, complaints.String())
	}
	var got []string
	for _, choice := range parseOffers(out.String()).choices {
		word, _, _ := strings.Cut(choice, "\t")
		got = append(got, word)
	}
	return got
}

func TestOffers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(offering))
	defer server.Close()
	clusterOf(t, server.URL)
	for line, want := range map[string]string{
		"svc":                                  "svcpath",
		"svcpath |":                            "hellok8s other",
		"svcpath h":                            "hellok8s",
		"svcpath svc/":                         "svc/hellok8s svc/other",
		"svcpath service/o":                    "service/other",
		"svcpath s":                            "svc/hellok8s svc/other",
		"rollout-watch |":                      "daemonset/ deployment/ replicaset/ statefulset/",
		"rollout-watch deploy/":                "deploy/web",
		"svcpath --rules x |":                  "",
		"svcpath svc |":                        "hellok8s other",
		"svcpath svc hellok8s |":               "",
		"svcpath -n shop |":                    "cart",
		"svcpath -n |":                         "default shop",
		"svcpath --namespace=s":                "shop",
		"svcpath hellok8s --node |":            "node-1 node-2",
		"svcpath hellok8s --port |":            "80 http",
		"svcpath hellok8s --to-node |":         "node-1 node-2",
		"svcpath hellok8s --from |":            "node/ pod/",
		"svcpath hellok8s --from node/":        "node/node-1 node/node-2",
		"svcpath hellok8s --from pod/w":        "pod/web-1 pod/web-2",
		"svcpath svc/hellok8s --port h":        "http",
		"svcpath hellok8s --via |":             "debug exec none",
		"svcpath hellok8s -o |":                "dot json mermaid tree wide yaml",
		"svcpath hellok8s --debug-namespace |": "default shop",
		"svcpath hellok8s --image |":           "",
		"svcpath hellok8s --rec":               "--record",
		"env |":                                "daemonset/ deployment/ job/ pod/ replicaset/ replicationcontroller/ statefulset/ web-1 web-2",
		"env w":                                "web-1 web-2",
		"env deploy/":                          "deploy/web",
		"env deploy |":                         "web",
		"env pod/web-":                         "pod/web-1 pod/web-2",
		"env sts/":                             "",
		"env web-1 |":                          "",
		"env web-1 -c |":                       "app sidecar",
		"env web-1 --via |":                    "exec none",
		"env web-1 -o |":                       "json table wide yaml",
		"dns web-1 |":                          "hellok8s other",
		"dns deploy/w":                         "deploy/web",
		"dns web-1 --libc |":                   "auto glibc go musl",
		"downward web-1 --yaml metadata.n":     "metadata.name metadata.namespace",
		"downward --list |":                    "",
		"downward --list --version 1.3":        "1.30 1.31 1.32 1.33 1.34 1.35 1.36 1.37",
		"downward web-1 --yaml --as |":         "env volume",
		"explain kk-svc-103":                   "KK-SVC-103",
		"completion |":                         "bash fish install powershell zsh",
		"completion install z":                 "zsh",
		"version -o |":                         "json text yaml",
		"version |":                            "",
		"svcpath --context |":                  "here there",
		"svcpath --user |":                     "jane",
		"svcpath --color |":                    "always auto never",
		"svcpath --lang |":                     "en zh",
		"svcpath --as |":                       "",
	} {
		args := strings.Fields(line)
		if last := len(args) - 1; args[last] == "|" {
			args[last] = ""
		}
		got := offered(t, args...)
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%s<TAB> offers %q, want %q", line, strings.Join(got, " "), want)
		}
	}
}

// TestOffersOfNoCluster: TAB is silent where a cluster is missing, refuses or hangs, and
// does not keep its user waiting.
func TestOffersOfNoCluster(t *testing.T) {
	release := make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer hangs.Close()
	defer close(release)
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, metav1.StatusReasonForbidden, "no")
	}))
	defer refuses.Close()
	for _, url := range []string{hangs.URL, refuses.URL, "http://127.0.0.1:1"} {
		clusterOf(t, url)
		begun := time.Now()
		for _, line := range [][]string{{"svcpath", ""}} {
			if got := offered(t, line...); len(got) != 0 && !strings.HasSuffix(got[0], "/") {
				t.Errorf("%s: %v<TAB> offers %v", url, line, got)
			}
		}
		if took := time.Since(begun); took > tabPatience+5*time.Second {
			t.Errorf("%s: it took %s", url, took)
		}
	}
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	if got := offered(t, "svcpath", ""); len(got) != 0 {
		t.Errorf("without a kubeconfig it offers %v", got)
	}
}

// TestOffersOfBothInTime: behind kk the suite and kubectl are both asked, and both may hang;
// the time runs once.
func TestOffersOfBothInTime(t *testing.T) {
	release := make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer hangs.Close()
	defer close(release)
	home := shellHome(t)
	clusterOf(t, hangs.URL)
	put(t, filepath.Join(home, ".local/bin/kubectl"), "#!/bin/sh\nsleep 20\n", 0o700)
	begun := time.Now()
	var out, complaints bytes.Buffer
	status := start([]string{"kk", "__complete", "--namespace", ""}, nil, &out, &complaints)
	if took := time.Since(begun); took > tabPatience+tabPatience/2 || status != exitFine || complaints.Len() != 0 {
		t.Errorf("status %d after %s, %q %q", status, took, out.String(), complaints.String())
	}
}

// TestEveryCommandOffers: no command leaves TAB to the shell, which would offer files.
func TestEveryCommandOffers(t *testing.T) {
	clusterOf(t, "http://127.0.0.1:1")
	for _, c := range newRoot(genericiooptions.NewTestIOStreamsDiscard()).Commands() {
		var out, complaints bytes.Buffer
		run([]string{"__complete", c.Name(), ""}, nil, &out, &complaints)
		if d := parseOffers(out.String()).directive; d&4 == 0 {
			t.Errorf("%s <TAB> offers files: %s", c.Name(), out.String())
		}
	}
}

func TestMergedOffers(t *testing.T) {
	mine, theirs := parseOffers("svcpath\tours\nversion\tours\n:4\n"), parseOffers("get\tDisplay\nversion\ttheirs\nkk\tplugin\nge\x1b[2J\n:6\nCompletion ended\n")
	theirs.choices = theirs.choices[:4]
	want := "svcpath\tours\nversion\tours\nget\tDisplay\n:6\n"
	if got := fmt.Sprint(mine.with(theirs)); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
