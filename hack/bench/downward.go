package main

import "strings"

// benchDownward compares a whole downward of the tutorial's Pod with the commands that
// show its parts: the Pod, its Node, its variables and its files.
func benchDownward(kk, kubectl string) error {
	const manifest, pod, node = "docs/examples/pod_use_downwardAPI.yaml", "busybox-use-downwardapi", "k8s-node1"
	if _, err := run([]string{kubectl, "apply", "-f", manifest}); err != nil {
		return err
	}
	defer func() { _, _ = run([]string{kubectl, "delete", "-f", manifest}) }()
	if _, err := run([]string{kubectl, "wait", "--for=condition=Ready", "pod/" + pod, "--timeout=60s"}); err != nil {
		return err
	}
	parts := strings.NewReplacer("KUBECTL", kubectl, "POD", pod, "NODE", node).Replace(
		"KUBECTL get pod POD -o yaml && KUBECTL get node NODE -o yaml && KUBECTL exec POD -- env && " +
			"KUBECTL exec POD -- cat /config/downward_api_info/LABELS /config/downward_api_info/POD_NAME")
	a, b, err := inTurns(9, []string{kk, "downward", pod}, []string{"sh", "-c", parts}, nil)
	if err != nil {
		return err
	}
	heading("A Pod's fields, and what its container holds", "", "`downward`", "`kubectl get` pod and node, `exec` env and cat", "ratio", "goal")
	row("time", ms(a.took), ms(b.took), ratio(a.took.Seconds(), b.took.Seconds()), "≤ 1")
	return nil
}
