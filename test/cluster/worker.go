package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// startWorker starts containerd and the kubelet of a node and gives the node its images.
func startWorker(ctx context.Context, p paths, n node, images []string) error {
	for name, text := range map[string]string{
		"containerd.toml":    containerdConfig(p, n),
		"cni/10-kk.conflist": cniConfig(p, n),
		"kubelet.yaml":       kubeletConfig(p, n),
		"resolv.conf":        "nameserver " + clusterDNS + "\n",
	} {
		if err := writeFile(p.node(n, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	for _, dir := range []string{"kubelet", "static-pods"} {
		if err := os.MkdirAll(p.node(n, dir), 0o755); err != nil {
			return err
		}
	}
	if err := n.makeCgroupRoot(); err != nil {
		return err
	}
	if err := p.start(n, "containerd", "--config", p.node(n, "containerd.toml")); err != nil {
		return err
	}
	if err := importImages(ctx, p, n, images); err != nil {
		return err
	}
	return p.start(n, filepath.Join(p.bin(), "kubelet"),
		"--config="+p.node(n, "kubelet.yaml"), "--kubeconfig="+p.userConfig(n.name), "--hostname-override="+n.name,
		"--node-ip="+n.addresses(), "--root-dir="+p.node(n, "kubelet"))
}

func importImages(ctx context.Context, p paths, n node, images []string) error {
	socket := p.node(n, "containerd.sock")
	err := eventually(ctx, 30*time.Second, "containerd on "+n.name, func(ctx context.Context) error {
		_, err := run(ctx, "ctr", "--address", socket, "version")
		return err
	})
	if err != nil {
		return err
	}
	for _, image := range images {
		if _, err := run(ctx, "ctr", "--address", socket, "--namespace", "k8s.io", "images", "import", image); err != nil {
			return err
		}
	}
	return nil
}

func containerdConfig(p paths, n node) string {
	return fmt.Sprintf(`version = 2
root = %q
state = %q
[grpc]
  address = %q
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = %q
  # The machine may lack CAP_SYS_RESOURCE; without this every sandbox then fails with "can't get final child's PID from pipe".
  restrict_oom_score_adj = true
  disable_tcp_service = true
  stream_server_address = "127.0.0.1"
  netns_mounts_under_state_dir = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = %q
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
`, p.node(n, "containerd"), p.node(n, "state"), p.node(n, "containerd.sock"), pauseImage, p.node(n, "cni"))
}

// cniConfig joins each Pod with its node by a veth pair without a bridge: what a Pod sends to a Service then passes
// the node's netfilter hooks without br_netfilter.
func cniConfig(p paths, n node) string {
	ranges := fmt.Sprintf(`[{"subnet": %q}]`, n.pods4)
	routes := `{"dst": "0.0.0.0/0"}`
	if dualStack() {
		ranges += fmt.Sprintf(`, [{"subnet": %q}]`, n.pods6)
		routes += `, {"dst": "::/0"}`
	}
	return fmt.Sprintf(`{
  "cniVersion": "0.4.0", "name": "kk",
  "plugins": [
    {"type": "ptp", "ipMasq": false, "ipam": {"type": "host-local", "dataDir": %q, "ranges": [%s], "routes": [%s]}},
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
`, p.node(n, "ipam"), ranges, routes)
}

func kubeletConfig(p paths, n node) string {
	return fmt.Sprintf(`apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: %q}
authorization: {mode: Webhook}
containerRuntimeEndpoint: "unix://%s"
clusterDNS: [%s]
clusterDomain: cluster.local
resolvConf: %q
podLogsDir: %q
volumePluginDir: %q
staticPodPath: %q
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
cgroupsPerQOS: true
cgroupRoot: /%s
enforceNodeAllocatable: []
# The machine's disk is not this cluster's business.
evictionHard: {memory.available: "0%%", nodefs.available: "0%%", imagefs.available: "0%%"}
imageGCHighThresholdPercent: 100
nodeStatusUpdateFrequency: 4s
# Tests wait for Pods; the defaults are for clouds.
syncFrequency: 10s
fileCheckFrequency: 1s
serializeImagePulls: false
`, p.pki("ca.crt"), p.node(n, "containerd.sock"), clusterDNS, p.node(n, "resolv.conf"), p.node(n, "pod-logs"), p.node(n, "volume-plugins"),
		p.node(n, "static-pods"), n.cgroupRoot())
}
