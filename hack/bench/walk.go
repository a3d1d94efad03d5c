package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// benchWalk saves the rules of a network namespace and walks one packet through them: the
// reading of the file is part of it.
func benchWalk(kk string, inside []string, services int) error {
	folder, err := os.MkdirTemp("", "kk-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "rules")
	if _, err := run(slices.Concat(inside, []string{"sh", "-c", "iptables-nft-save -c >" + file})); err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	to := fmt.Sprintf("%s:80", port(services/2).ClusterIP)
	var all []measured
	for range 9 {
		one, err := run([]string{kk, "svcpath", to, "--rules", file, "--from", "10.9.9.9"})
		if err != nil {
			return err
		}
		all = append(all, one)
	}
	m := median(all)
	heading(fmt.Sprintf("A packet through the saved rules of %d Services, %s", services, mib(info.Size())), "", "`svcpath ADDRESS:PORT --rules FILE`", "goal")
	row("time", ms(m.took), "≤ 500 ms")
	row("memory", fmt.Sprintf("%s, %.1f × the file", mib(m.memory), float64(m.memory)/float64(info.Size())), "≤ 4 × the file")
	return nil
}
