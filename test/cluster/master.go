package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// startMaster starts etcd and the API server on the first node, and the controller manager and the scheduler
// when that answers: they give up after ten seconds without it.
func startMaster(ctx context.Context, p paths) error {
	master := nodes[0]
	err := p.startAll(master, [][]string{
		{
			"etcd", "--name=etcd", "--data-dir=" + filepath.Join(p.run(), "etcd"), "--unsafe-no-fsync",
			"--listen-client-urls=http://127.0.0.1:2379", "--advertise-client-urls=http://127.0.0.1:2379",
			"--listen-peer-urls=http://127.0.0.1:2380", "--log-level=warn",
		},
		apiserverCommand(p, master),
	})
	if err != nil {
		return err
	}
	if err := eventually(ctx, 2*time.Minute, "the API server", p.apiReady); err != nil {
		return err
	}
	return p.startAll(master, [][]string{
		{
			"kube-controller-manager", "--kubeconfig=" + p.userConfig("kube-controller-manager"), "--leader-elect=false",
			"--use-service-account-credentials", "--service-account-private-key-file=" + p.pki("service-account.key"),
			"--root-ca-file=" + p.pki("ca.crt"), "--cluster-cidr=" + joined(pods4, pods6),
			"--service-cluster-ip-range=" + joined(services4, services6), "--allocate-node-cidrs=false",
		},
		{"kube-scheduler", "--kubeconfig=" + p.userConfig("kube-scheduler"), "--leader-elect=false"},
	})
}

func (p paths) startAll(n node, programs [][]string) error {
	for _, program := range programs {
		if err := p.start(n, filepath.Join(p.bin(), program[0]), program[1:]...); err != nil {
			return err
		}
	}
	return nil
}

func apiserverCommand(p paths, master node) []string {
	return []string{
		"kube-apiserver", "--etcd-servers=http://127.0.0.1:2379", "--advertise-address=" + master.ip4,
		"--service-cluster-ip-range=" + joined(services4, services6), "--allow-privileged",
		"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
		"--client-ca-file=" + p.pki("ca.crt"),
		"--tls-cert-file=" + p.pki("apiserver.crt"), "--tls-private-key-file=" + p.pki("apiserver.key"),
		"--kubelet-client-certificate=" + p.pki("apiserver-kubelet.crt"),
		"--kubelet-client-key=" + p.pki("apiserver-kubelet.key"),
		// Otherwise exec and logs look the nodes' names up in a DNS that does not know them.
		"--kubelet-preferred-address-types=InternalIP",
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + p.pki("service-account.crt"),
		"--service-account-signing-key-file=" + p.pki("service-account.key"),
	}
}

// startForward lets the machine reach the API server: it returns an address on the machine's loopback. The
// listening socket is made here and inherited; the process that accepts from it lives in the master's namespace.
func startForward(p paths) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen for the API server's clients: %w", err)
	}
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		return "", err
	}
	defer socket.Close()
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	// The program may be gone from where it was run: go run deletes it.
	kept := filepath.Join(p.run(), "kk-cluster")
	data, err := os.ReadFile(self)
	if err != nil {
		return "", err
	}
	if err := writeFile(kept, data, 0o755); err != nil {
		return "", err
	}
	master := nodes[0]
	err = p.startWith(master, nil, []*os.File{socket}, kept, "forward", master.ip4+":6443")
	return listener.Addr().String(), err
}

// forward accepts connections on file descriptor 3 and joins each with a new one to the address, until it is told to end.
func forward(ctx context.Context, address string) error {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		return fmt.Errorf("accept on the inherited socket: %w", err)
	}
	signal.Ignore(syscall.SIGHUP)
	go func() {
		<-ctx.Done()
		listener.Close()
	}()
	for {
		client, err := listener.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		go join(client.(*net.TCPConn), address)
	}
}

func join(client *net.TCPConn, address string) {
	defer client.Close()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	server := conn.(*net.TCPConn)
	defer server.Close()
	done := make(chan struct{})
	go func() {
		_, _ = server.ReadFrom(client)
		_ = server.CloseWrite()
		close(done)
	}()
	_, _ = client.ReadFrom(server)
	_ = client.CloseWrite()
	<-done
}
