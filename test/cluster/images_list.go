package main

import (
	"context"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// images are the images that the cluster and its tests need. The file system of kube-proxy's has what the
// published one has: iptables of both kinds with all extensions, nft, a shell, cat and grep.
func images(ctx context.Context, p paths) ([]image, error) {
	tools, err := withPrograms(ctx, "sh", "cat", "grep", "sleep", "ls", "env")
	if err != nil {
		return nil, err
	}
	netfilter, err := netfilterImage(ctx)
	if err != nil {
		return nil, err
	}
	curl, err := withPrograms(ctx, "curl", "getent", "hostname")
	if err != nil {
		return nil, err
	}
	clients, err := dnsClients(ctx, p, tools)
	if err != nil {
		return nil, err
	}
	common := func(program string) string { return filepath.Join(p.commonBin(), program) }
	proxy := merge(tools, netfilter, image{
		tag:   fmt.Sprintf("registry.k8s.io/kube-proxy:v%s", p.version),
		files: map[string]string{"/usr/local/bin/kube-proxy": filepath.Join(p.bin(), "k8s")},
		entry: []string{"/usr/local/bin/kube-proxy"},
	})
	return slices.Concat(clients, tutorialVersions(p, tools), []image{
		{tag: pauseImage, files: map[string]string{"/pause": common("pause")}, entry: []string{"/pause"}},
		{tag: "hellok8s:v3", files: map[string]string{"/hellok8s": common("hellok8s")}, entry: []string{"/hellok8s"}},
		{tag: "kk.test/coredns:1", files: map[string]string{"/coredns": common("coredns")}, entry: []string{"/coredns"}},
		proxy,
		merge(tools, curl, image{
			tag: "curl:1", entry: []string{"/usr/bin/sleep", "infinity"},
			texts: map[string]string{"/etc/nsswitch.conf": "hosts: files dns\n"},
		}),
		merge(netfilter, image{tag: "kk-noshell:1", entry: []string{"/usr/sbin/iptables"}}),
		// A debug pod of this image never gets further than its first read.
		merge(tools, image{
			tag: "kk-slow:1", entry: []string{"/usr/bin/sleep", "infinity"},
			texts: map[string]string{
				"/usr/sbin/iptables":      "#!/bin/sh\nexec sleep 1000\n",
				"/usr/sbin/iptables-save": "#!/bin/sh\nexec sleep 1000\n",
			},
		}),
	}), nil
}

// tutorialVersions are the tutorial's program in the versions of its rollouts. They have a
// shell, as its images do.
func tutorialVersions(p paths, tools image) []image {
	var out []image
	for _, version := range []string{"v1", "v2", "v2_problem"} {
		out = append(out, merge(tools, image{
			tag: "hellok8s:" + version, files: map[string]string{"/hellok8s": filepath.Join(p.commonBin(), "hellok8s")}, entry: []string{"/hellok8s", version},
		}))
	}
	return out
}

// dnsClients are images that ask DNS servers.
func dnsClients(ctx context.Context, p paths, tools image) ([]image, error) {
	dig, err := withPrograms(ctx, "dig", "nsenter")
	if err != nil {
		return nil, err
	}
	loader, err := muslLoader()
	if err != nil {
		return nil, err
	}
	return []image{
		// Of the published image it has what asking a DNS server takes.
		merge(tools, dig, image{tag: "registry.k8s.io/e2e-test-images/agnhost:2.66.1", entry: []string{"/usr/bin/sleep", "infinity"}}),
		// Clients of three resolvers: glibc's is the image of curl; musl's has no other libc
		// mapped in its first process; Go's has nothing but the program.
		merge(tools, image{
			tag: "kk-musl:1", entry: []string{"/lookup", "wait"},
			files: map[string]string{"/lookup": filepath.Join(p.commonBin(), "lookup-musl"), loader: loader},
		}),
		{tag: "kk-go:1", files: map[string]string{"/lookup": filepath.Join(p.commonBin(), "lookup")}, entry: []string{"/lookup", "wait"}},
	}, nil
}

// withPrograms is an image with programs of this machine and the libraries they need.
func withPrograms(ctx context.Context, programs ...string) (image, error) {
	img := image{files: map[string]string{"/tmp": ""}, links: map[string]string{}, texts: map[string]string{
		"/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
	}}
	var sources []string
	for _, program := range programs {
		found, err := exec.LookPath(program)
		if err != nil {
			return img, fmt.Errorf("%s is needed for an image; install it", program)
		}
		source, err := filepath.EvalSymlinks(found)
		if err != nil {
			return img, err
		}
		img.files["/usr/bin/"+program] = source
		img.links["/bin/"+program] = "/usr/bin/" + program
		sources = append(sources, source)
	}
	libs, err := libraries(ctx, sources...)
	if err != nil {
		return img, err
	}
	maps.Copy(img.files, libs)
	return img, nil
}

// protocolNames are of /etc/protocols. nft prints names by it, and kube-proxy takes an element that it reads back with
// a number for one that it did not write.
const protocolNames = "icmp\t1\tICMP\ntcp\t6\tTCP\nudp\t17\tUDP\nipv6-icmp\t58\tIPv6-ICMP\nsctp\t132\tSCTP\n"

func netfilterImage(ctx context.Context) (image, error) {
	img := image{
		files: map[string]string{"/run": "", "/tmp": ""}, links: map[string]string{},
		texts: map[string]string{"/etc/protocols": protocolNames},
	}
	var sources []string
	for _, program := range []string{"nft", "xtables-nft-multi", "xtables-legacy-multi", "conntrack"} {
		found, err := exec.LookPath(program)
		if err != nil {
			return img, fmt.Errorf("%s is needed for the image of kube-proxy; install iptables, nftables and conntrack", program)
		}
		img.files["/usr/sbin/"+program] = found
		sources = append(sources, found)
	}
	for _, name := range []string{"iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore"} {
		family, action, _ := strings.Cut(name, "-")
		if action != "" {
			action = "-" + action
		}
		img.links["/usr/sbin/"+name] = "xtables-nft-multi"
		img.links["/usr/sbin/"+family+"-nft"+action] = "xtables-nft-multi"
		img.links["/usr/sbin/"+family+"-legacy"+action] = "xtables-legacy-multi"
	}
	extensions, err := filepath.Glob("/usr/lib/*/xtables/*.so")
	if err != nil || len(extensions) == 0 {
		return img, fmt.Errorf("the extensions of iptables are not in /usr/lib/*/xtables; install iptables")
	}
	for _, extension := range extensions {
		img.files[extension] = extension
	}
	libs, err := libraries(ctx, append(sources, extensions...)...)
	if err != nil {
		return img, err
	}
	maps.Copy(img.files, libs)
	return img, nil
}

// merge lays images over each other; tag and entry are those of the last one.
func merge(layers ...image) image {
	merged := image{files: map[string]string{}, links: map[string]string{}, texts: map[string]string{}}
	for _, layer := range layers {
		maps.Copy(merged.files, layer.files)
		maps.Copy(merged.links, layer.links)
		maps.Copy(merged.texts, layer.texts)
		merged.tag, merged.entry = layer.tag, layer.entry
	}
	return merged
}
