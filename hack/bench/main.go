// Command bench measures kubectl-kk beside what one would use without it, in turns,
// so that both sides meet the same machine. It prints ratios of medians, in Markdown.
//
// It needs root (a network namespace of its own) and the test cluster.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	kk, kubectl := os.Getenv("KK_BIN"), os.Getenv("KK_CLUSTER_KUBECTL")
	if kk == "" || kubectl == "" {
		exitOn(fmt.Errorf("KK_BIN or KK_CLUSTER_KUBECTL is not set; run this with make bench"))
	}
	// This process is still small: what it starts is charged with its memory at first.
	exitOn(benchStart(kk, kubectl))
	exitOn(benchRules(kk))
	exitOn(benchNFT())
	exitOn(benchCluster(kk, kubectl))
	exitOn(benchDownward(kk, kubectl))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// measured is the median of several runs of one program.
type measured struct {
	took   time.Duration
	memory int64 // peak resident, in bytes
	output int   // of the last run, in bytes
}

// inTurns runs two programs alternately. Each run of the second is followed by after.
func inTurns(runs int, first, second []string, after func() error) (a, b measured, err error) {
	var one, two []measured
	for range runs {
		if a, err = run(first); err != nil {
			return a, b, err
		}
		if b, err = runToOutput(second); err != nil {
			return a, b, err
		}
		one, two = append(one, a), append(two, b)
		if after != nil {
			if err := after(); err != nil {
				return a, b, err
			}
		}
	}
	return median(one), median(two), nil
}

// runToOutput runs a program again where it printed nothing. kubectl debug -i comes back
// empty where the container ends before it is attached to; such a run is no answer.
func runToOutput(argv []string) (measured, error) {
	for range 20 {
		if m, err := run(argv); err != nil || m.output > 0 {
			return m, err
		}
	}
	return measured{}, fmt.Errorf("%s printed nothing in 20 runs", strings.Join(argv[:min(4, len(argv))], " "))
}

func run(argv []string) (measured, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	// An input that stays open: kubectl debug -i leaves at once where it ends.
	input, hold, err := os.Pipe()
	if err != nil {
		return measured{}, err
	}
	defer input.Close()
	defer hold.Close()
	cmd.Stdin = input
	begun := time.Now()
	if err := cmd.Run(); err != nil {
		return measured{}, fmt.Errorf("%s: %w: %s", strings.Join(argv[:min(4, len(argv))], " "), err, stderr.String())
	}
	took := time.Since(begun)
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return measured{took: took, memory: usage.Maxrss << 10, output: stdout.Len()}, nil
}

func median(runs []measured) measured {
	slices.SortFunc(runs, func(a, b measured) int { return int(a.took - b.took) })
	m := runs[len(runs)/2]
	slices.SortFunc(runs, func(a, b measured) int { return int(a.memory - b.memory) })
	m.memory = runs[len(runs)/2].memory
	return m
}

func heading(text string, columns ...string) {
	fmt.Printf("\n### %s\n\n| %s |\n|%s\n", text, strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
}

func row(cells ...any) {
	words := make([]string, len(cells))
	for i, cell := range cells {
		words[i] = fmt.Sprint(cell)
	}
	fmt.Printf("| %s |\n", strings.Join(words, " | "))
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

func mib(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

func ratio(a, b float64) string {
	if a < b/10 {
		return fmt.Sprintf("1/%.0f", b/a)
	}
	return fmt.Sprintf("%.2f", a/b)
}
