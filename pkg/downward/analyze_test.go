package downward
import (
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)


func analyzed(t *testing.T, s *snapshot.Snapshot, req Request) *View {
	t.Helper()
	view, err := Analyze(s, req)
	if err != nil {
		t.Fatal(err)
	}
	return view
}
