package rollout

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

const (
	// lastLines and lastBytes bound what is read of a log, logPatience how long that may take.
	lastLines   = 20
	lastBytes   = 16 << 10
	logPatience = 5 * time.Second
	// maxLine is how much of a line is kept, in bytes.
	maxLine = 300
)

// readLogs reads the end of the log of containers that have newly crashed again: of the
// Pods of one owner that of one, because they say the same.
func (c *Cluster) readLogs(ctx context.Context) {
	for key, l := range c.newCrashes() {
		ctx, cancel := context.WithTimeout(ctx, logPatience)
		text, err := lastLine(ctx, c.src.Client, c.req.Namespace, l)
		cancel()
		c.mu.Lock()
		if l.Text = text; err != nil {
			l.NotRead = kube.Plain(err).Error()
		}
		c.logs[key] = l
		c.mu.Unlock()
		c.signal()
	}
}

// newCrashes are the containers whose log is to be read. Each is returned once.
func (c *Cluster) newCrashes() map[string]*snapshot.LastLine {
	c.mu.Lock()
	defer c.mu.Unlock()
	pods := c.podsByName()
	for key, l := range c.logs {
		if pods[l.Pod] == nil {
			delete(c.logs, key)
		}
	}
	out := map[string]*snapshot.LastLine{}
	for _, name := range sortedKeys(pods) {
		pod := pods[name]
		owner := metav1.GetControllerOf(pod)
		if owner == nil {
			continue
		}
		for _, s := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
			key := string(owner.UID) + "/" + pod.Labels["controller-revision-hash"] + "/" + s.Name
			crashed, waits := crashedAgain(&s)
			if !crashed || c.logs[key] != nil {
				continue
			}
			c.logs[key] = &snapshot.LastLine{Pod: pod.Name, Container: s.Name}
			out[key] = &snapshot.LastLine{Pod: pod.Name, Container: s.Name, Previous: waits}
		}
	}
	return out
}

// crashedAgain says whether a container ended after a restart, and whether it waits for the next.
func crashedAgain(s *corev1.ContainerStatus) (crashed, waits bool) {
	waits = s.State.Waiting != nil && s.State.Waiting.Reason == "CrashLoopBackOff"
	return waits || s.State.Terminated != nil && s.RestartCount > 0, waits
}

func (c *Cluster) podsByName() map[string]*corev1.Pod {
	pods := map[string]*corev1.Pod{}
	for _, r := range c.parts {
		for _, object := range r.objects {
			if pod, ok := object.(*corev1.Pod); ok {
				pods[pod.Name] = pod
			}
		}
	}
	return pods
}

func lastLine(ctx context.Context, client kubernetes.Interface, namespace string, l *snapshot.LastLine) (string, error) {
	lines, bytes := int64(lastLines), int64(lastBytes)
	stream, err := client.CoreV1().Pods(namespace).GetLogs(l.Pod, &corev1.PodLogOptions{
		Container: l.Container, Previous: l.Previous, TailLines: &lines, LimitBytes: &bytes,
	}).Stream(ctx) // whose error has the server's words, unlike that of DoRaw
	if err != nil {
		return "", err
	}
	defer stream.Close()
	data, err := io.ReadAll(io.LimitReader(stream, lastBytes))
	return telling(string(data)), err
}

// telling is the line of a log that says why a program ended: the last one, and of a Go
// program the panic, behind which its stack stands.
func telling(log string) string {
	last := ""
	for _, line := range strings.Split(log, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
			last = line
			break
		}
		if line != "" {
			last = line
		}
	}
	if len(last) > maxLine {
		last = strings.ToValidUTF8(last[:maxLine], "") + "…"
	}
	return last
}
