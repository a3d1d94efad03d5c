package deps
import (
 _ "github.com/google/go-cmp/cmp"
 _ "github.com/olekukonko/tablewriter"
 _ "github.com/rogpeppe/go-internal/testscript"
 _ "github.com/spf13/cobra"
 _ "k8s.io/cli-runtime/pkg/genericclioptions"
 _ "k8s.io/client-go/kubernetes"
 _ "k8s.io/client-go/kubernetes/fake"
 _ "k8s.io/client-go/plugin/pkg/client/auth"
 _ "k8s.io/kube-proxy/config/v1alpha1"
 _ "k8s.io/kubectl/pkg/cmd/exec"
 _ "k8s.io/kubectl/pkg/cmd/util"
 _ "k8s.io/kubectl/pkg/util/completion"
 _ "sigs.k8s.io/yaml"
 _ "golang.org/x/term"
 _ "golang.org/x/text/width"
)
