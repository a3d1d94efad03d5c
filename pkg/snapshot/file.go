package snapshot

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxSize bounds what Decode reads, in bytes. The largest Service there can be,
// with all of its Pods, is a tenth of it.
const MaxSize = 256 << 20

// Encode writes the snapshot as indented JSON.
func Encode(w io.Writer, s *Snapshot) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	return enc.Encode(s)
}

// Decode reads what Encode wrote. Its error says what is wrong with the file: cut
// short, not JSON, not a snapshot, or of a version that this kk does not read.
func Decode(r io.Reader) (*Snapshot, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxSize {
		return nil, fmt.Errorf("larger than %d MiB: not a snapshot of kk", MaxSize>>20)
	}
	var head struct{ APIVersion, Kind string }
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, jsonError(err, len(data))
	}
	if head.Kind != Kind || head.APIVersion != APIVersion {
		return nil, fmt.Errorf("apiVersion %q kind %q is not %s %s, the snapshot that this kk reads", head.APIVersion, head.Kind, APIVersion, Kind)
	}
	var s Snapshot
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, jsonError(err, len(data))
	}
	return &s, nil
}

func jsonError(err error, size int) error {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case size == 0:
		return errors.New("the file is empty")
	case errors.As(err, &syntax) && syntax.Offset >= int64(size):
		return fmt.Errorf("the file is cut short after %d bytes", size)
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON at byte %d", syntax.Offset)
	case errors.As(err, &typ):
		return fmt.Errorf("the field %s holds a JSON %s", typ.Field, typ.Value)
	default:
		return fmt.Errorf("not a snapshot: %w", err)
	}
}
