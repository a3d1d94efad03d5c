package downward

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// The environment of the container's first process, and of a new one, which has what
// the kubelet gave.
const (
	firstEnviron = "/proc/1/environ"
	ownEnviron   = "/proc/self/environ"
)

// containers reads inside of each container that uses a field.
func (g *gathering) containers(ctx context.Context, pod *corev1.Pod) error {
	uses := usesOf(&pod.Spec, g.req.Container)
	refused := ""
	for _, c := range containers(&pod.Spec) {
		if !slices.ContainsFunc(uses, func(u use) bool { return u.container == c.Name && !u.token }) {
			continue
		}
		reading := snapshot.ContainerReading{Namespace: pod.Namespace, Pod: pod.Name, Container: c.Name}
		reading.NotRead = g.cannot(pod, c.Name)
		if reading.NotRead == "" {
			reading.NotRead = refused
		}
		if reading.NotRead == "" {
			err := g.container(ctx, pod, uses, &reading)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				reading.NotRead = g.notRead(err, &reading)
			}
			if kube.ExecRefused(err) {
				refused = reading.NotRead
			}
		}
		g.s.Containers = append(g.s.Containers, reading)
	}
	return nil
}

// cannot says why nothing can be read in a container, "" where it can.
func (g *gathering) cannot(pod *corev1.Pod, container string) string {
	windows := pod.Spec.OS != nil && pod.Spec.OS.Name == corev1.Windows
	if node := g.s.Node(pod.Spec.NodeName); node != nil && node.Status.NodeInfo.OperatingSystem == string(corev1.Windows) {
		windows = true
	}
	if windows {
		return "it is a Windows container"
	}
	all := slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses, pod.Status.EphemeralContainerStatuses)
	i := slices.IndexFunc(all, func(s corev1.ContainerStatus) bool { return s.Name == container })
	switch {
	case i < 0:
		return "it has not started"
	case all[i].State.Running != nil:
		return ""
	case all[i].State.Terminated != nil:
		return fmt.Sprintf("it has ended (%s, exit code %d)", all[i].State.Terminated.Reason, all[i].State.Terminated.ExitCode)
	case all[i].State.Waiting != nil:
		return "it waits (" + all[i].State.Waiting.Reason + ")"
	default:
		return "it has not started"
	}
}

// container reads one, in one run.
func (g *gathering) container(ctx context.Context, pod *corev1.Pod, uses []use, reading *snapshot.ContainerReading) error {
	variables, files := wantedOf(uses, reading.Container)
	var environs []string
	if len(variables) > 0 {
		environs = environFiles(pod, reading.Container)
	}
	if len(environs)+len(files) == 0 {
		return nil
	}
	read, err := g.Reader.Files(ctx, reading.Namespace, reading.Pod, reading.Container, slices.Concat(environs, files)...)
	if err != nil {
		return err
	}
	if f := environIn(read[:len(environs)]); f != nil {
		reading.Environ, reading.Variables = f.Path, pick(f.Data, variables)
	}
	if reading.Environ == "" && len(environs) > 0 && len(files) == 0 {
		reading.NotRead = read[0].Complaint
	}
	for _, f := range read[len(environs):] {
		reading.Files = append(reading.Files, snapshot.FileReading{Path: f.Path, Text: string(f.Data), Complaint: f.Complaint})
	}
	return nil
}

// wantedOf are the variables and files of a container that can be read there.
func wantedOf(uses []use, container string) (variables, files []string) {
	for _, u := range uses {
		switch {
		case u.container != container || u.overridden || u.hidden != "" || u.somewhere || u.secret:
		case u.env:
			variables = append(variables, u.name)
		case !slices.Contains(files, u.name):
			files = append(files, u.name)
		}
	}
	return variables, files
}

// environFiles are those to read variables from, the first that can be read counts. In a
// process namespace that is shared, with the Pod, with the host, or by a debug container
// with its target, process 1 is another container's, and its variables may be Secrets.
func environFiles(pod *corev1.Pod, container string) []string {
	debug := slices.ContainsFunc(pod.Spec.EphemeralContainers, func(c corev1.EphemeralContainer) bool { return c.Name == container })
	if debug || kube.SharesProcesses(pod) {
		return []string{ownEnviron}
	}
	return []string{firstEnviron, ownEnviron}
}

// environIn is the first file that holds an environment, nil where none does.
func environIn(files []kube.File) *kube.File {
	for i := range files {
		if files[i].Complaint == "" && (isEnvironment(files[i].Data) || i == len(files)-1) {
			return &files[i]
		}
	}
	return nil
}

// isEnvironment tells an environment from what a program wrote over it: many show their
// state as their title (nginx, postgres, setproctitle(3)), and the kernel then shows the
// title in place of the variables.
func isEnvironment(data []byte) bool {
	entries := bytes.Split(bytes.TrimRight(data, "\x00"), []byte{0})
	if len(data) == 0 {
		return true // a program may be started without any variable
	}
	for _, entry := range entries {
		if !bytes.Contains(entry, []byte("=")) {
			return false
		}
	}
	return true
}

// pick takes the variables asked for out of an environment. All others, Secrets' values
// among them, are forgotten here.
func pick(environ []byte, names []string) map[string]string {
	out := map[string]string{}
	for _, entry := range bytes.Split(environ, []byte{0}) {
		name, text, ok := strings.Cut(string(entry), "=")
		if _, twice := out[name]; ok && !twice && slices.Contains(names, name) {
			out[name] = text
		}
	}
	return out
}

// notRead words why a container could not be read, and notes what RBAC would allow it.
func (g *gathering) notRead(err error, r *snapshot.ContainerReading) string {
	if kube.ExecRefused(err) {
		what := fmt.Sprintf("exec in pod %s/%s", r.Namespace, r.Pod)
		g.missing(err, what, rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods/exec"}, Verbs: []string{"get", "create"}})
	}
	return kube.WhyNotRead(err, r.Namespace, r.Pod)
}
