package kube

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
)

// mute accepts connections and never answers; it counts them.
func mute(t *testing.T) (address string, connections *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	connections = &atomic.Int32{}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			t.Cleanup(func() { conn.Close() })
		}
	}()
	return listener.Addr().String(), connections
}

// TestServerThatDoesNotAnswer is over after the request timeout, and was asked once.
func TestServerThatDoesNotAnswer(t *testing.T) {
	address, connections := mute(t)
	flags := genericclioptions.NewConfigFlags(true)
	server, timeout := "http://"+address, "1s"
	flags.APIServer, flags.Timeout = &server, &timeout
	clients, err := Connect(flags, "test")
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	_, err = clients.Interface.CoreV1().Services("default").Get(context.Background(), "web", metav1.GetOptions{})
	took := time.Since(begun)
	if err == nil || took > 3*time.Second {
		t.Fatalf("error %v after %s, want one after a second", err, took)
	}
	if text := Plain(err).Error(); text != "the API server http://"+address+" does not answer: no answer in time; check the connection and --request-timeout" {
		t.Errorf("it says %q", text)
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections, want one", n)
	}
}

// TestNoKubeconfig does not fall back to a port on this machine.
func TestNoKubeconfig(t *testing.T) {
	t.Setenv("KUBECONFIG", t.TempDir()+"/not-there")
	t.Setenv("HOME", t.TempDir())
	_, err := Connect(genericclioptions.NewConfigFlags(true), "test")
	if err == nil || !strings.Contains(err.Error(), "there is no kubeconfig") {
		t.Errorf("error %v", err)
	}
}

func TestOffer(t *testing.T) {
	many := []string{"web-v1", "web-v2", "database", "cache", "queue", "mail", "search", "login", "billing", "metrics"}
	for _, c := range []struct {
		wanted string
		has    []string
		says   string
	}{
		{"web", many, "services in shop: web-v1, web-v2"},
		{"databse", many, "services in shop: database"},
		{"zzzzzz", many, "services in shop: cache, login, mail, queue, search, …"},
		{"web", nil, "there are no services in shop"},
	} {
		if got := Offer("services in shop", c.wanted, c.has); got != c.says {
			t.Errorf("for %s: %q, want %q", c.wanted, got, c.says)
		}
	}
}
