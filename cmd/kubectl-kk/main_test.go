package main

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/klog/v2"

	kk "github.com/kubectl-kk/kubectl-kk"
)

// run is the plugin, apart from the process it runs in.
func run(args []string, in io.Reader, out, complaints io.Writer) (status int) { //nolint:unparam // as runAs
	return runAs(pluginName, args, in, out, complaints)
}

// TestReaderThatWentAway is kubectl kk … | head -1, with a reader that left before
// the first byte.
func TestReaderThatWentAway(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	defer writer.Close()
	for _, args := range [][]string{{"svcpath", "service-hellok8s-clusterip", "--demo"}, {"dns", "--from-file", "../../pkg/dns/testdata/clusterfirst.conf"}, {"explain", "--list"}, {"version", "--client"}} {
		var complaints bytes.Buffer
		status := run(args, nil, writer, &complaints)
		if status != exitFailed || complaints.Len() != 0 {
			t.Errorf("%v: status %d, %q; want 1 and silence", args, status, complaints.String())
		}
	}
}

// TestLibraryIsQuiet: an error that a library logs reaches the user only where -v asks
// for it.
func TestLibraryIsQuiet(t *testing.T) {
	for _, c := range []struct {
		args   []string
		spoken bool
	}{{[]string{"version", "--client"}, false}, {[]string{"version", "--client", "-v", "1"}, true}} {
		var out, complaints bytes.Buffer
		if status := run(c.args, nil, &out, &complaints); status != exitFine {
			t.Fatalf("%v: status %d, %s", c.args, status, complaints.String())
		}
		klog.ErrorS(nil, "a watch failed")
		klog.Flush()
		if got := strings.Contains(complaints.String(), "a watch failed"); got != c.spoken {
			t.Errorf("%v: the library was heard: %v, want %v", c.args, got, c.spoken)
		}
	}
}

// TestCommandsAreDescribed holds plugins.yaml to the command tree, both ways.
func TestCommandsAreDescribed(t *testing.T) {
	described, err := kk.Registry()
	if err != nil {
		t.Fatal(err)
	}
	inTree := map[string]bool{}
	for _, c := range newRoot(genericiooptions.NewTestIOStreamsDiscard()).Commands() {
		inTree[c.Name()] = true
		p, ok := kk.Command(c.Name())
		if !ok {
			t.Errorf("plugins.yaml does not describe %s", c.Name())
			continue
		}
		if c.Short != p.Summary {
			t.Errorf("%s: help says %q, plugins.yaml %q", c.Name(), c.Short, p.Summary)
		}
		if o := c.Flags().Lookup("output"); o != nil && !strings.HasSuffix(o.Usage, lastOr(p.Outputs)) {
			t.Errorf("%s: the help of --output is %q, plugins.yaml has %v", c.Name(), o.Usage, p.Outputs)
		}
	}
	for _, p := range described.Commands {
		if !inTree[p.Name] {
			t.Errorf("plugins.yaml describes %s, which is no command", p.Name)
		}
	}
}

// lastOr lists words as a sentence does: "a, b or c".
func lastOr(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
