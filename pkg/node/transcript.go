package node

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// errCut says that the end of an answer never arrived.
var errCut = errors.New("the output ended before its last line arrived")

// maxLine bounds one line of a program's output, in bytes. A rule is at most some
// hundred bytes long.
const maxLine = 1 << 20

// parseTranscript splits what the script printed into the outputs of the programs
// it ran. Lines between them, which are the container runtime's, are dropped.
func parseTranscript(r io.Reader, mark string) ([]snapshot.Output, error) {
	return newTranscripts(r, mark).next()
}

// transcripts are what the script printed when it was asked again and again.
type transcripts struct {
	in   *bufio.Scanner
	mark string
}

func newTranscripts(r io.Reader, mark string) *transcripts {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 64<<10), maxLine)
	return &transcripts{in: in, mark: mark}
}

// next returns the outputs of one time. What was printed before the end is returned with
// the error.
func (ts *transcripts) next() ([]snapshot.Output, error) {
	t := transcript{mark: ts.mark}
	// The script ends with its last line; the log of its container, which the kubelet
	// watches, only about a second later.
	for !t.ended && ts.in.Scan() {
		if err := t.line(ts.in.Text()); err != nil {
			return nil, err
		}
	}
	if err := ts.in.Err(); err != nil {
		return nil, fmt.Errorf("read the output of the node's programs: %w", err)
	}
	if !t.ended {
		return t.outputs, errCut
	}
	return t.outputs, nil
}

type transcript struct {
	mark    string
	outputs []snapshot.Output
	text    strings.Builder
	open    bool
	ended   bool
}

func (t *transcript) line(line string) error {
	note, marked := strings.CutPrefix(line, t.mark+" ")
	switch {
	case !marked && t.open:
		t.text.WriteString(line)
		t.text.WriteByte('\n')
	case !marked:
	case note == "end":
		t.ended = true
	case strings.HasPrefix(note, "> "):
		t.outputs = append(t.outputs, snapshot.Output{Argv: strings.Fields(note[2:]), Truncated: true})
		t.open = true
	case strings.HasPrefix(note, "< ") && t.open:
		return t.close(note[2:])
	default:
		return fmt.Errorf("read the output of the node's programs: unexpected note %q", note)
	}
	return nil
}

func (t *transcript) close(status string) error {
	exit, err := strconv.Atoi(status)
	if err != nil {
		return fmt.Errorf("read the output of the node's programs: exit status %q is not a number", status)
	}
	last := &t.outputs[len(t.outputs)-1]
	last.Exit, last.Text, last.Truncated = exit, t.text.String(), false
	t.text.Reset()
	t.open = false
	return nil
}

// filterOutputs notes on each output of a matched chain what its lines had to
// contain, so that nobody takes the part for the whole.
func filterOutputs(outputs []snapshot.Output, plan Plan) {
	for i := range outputs {
		argv := outputs[i].Argv // TOOL -t TABLE -v -S CHAIN, nft list KIND FAMILY kube-proxy NAME
		if len(argv) != 6 {
			continue
		}
		if argv[0] == "nft" {
			family := map[string]int{"ip": 4, "ip6": 6}[argv[3]]
			outputs[i].Filter = strings.Join(plan.elementTexts(family, argv[2], argv[5]), "\n")
			continue
		}
		family := 4
		if strings.HasPrefix(argv[0], "ip6") {
			family = 6
		}
		outputs[i].Kept = plan.kept(family, argv[2], argv[5])
	}
}
