package kube

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzParseFiles takes apart what any program may have printed: nothing panics, and
// what is taken for whole has every file that was asked for. What the script itself
// prints for files of any content comes out as it went in.
func FuzzParseFiles(f *testing.F) {
	f.Add([]byte("kk-mark >\nweb\nkk-mark <\nkk-mark end\n"), []byte("a=\"b\"\n"), uint8(2))
	f.Add([]byte("kk-mark >\n\nkk-mark ! cat: x: No such file\n"), []byte("\x00\n\n"), uint8(1))
	f.Add([]byte("kk-mark >\n\nkk-mark"), []byte("kk-mar >\nkk-mark"), uint8(3))
	f.Add([]byte("kk-mark ! \nkk-mark <\nkk-mark >\n"), []byte("kk-mark >\r\n"), uint8(0))
	f.Fuzz(func(t *testing.T, text, content []byte, n uint8) {
		const mark = "kk-mark"
		paths := strings.Fields(strings.Repeat("/a ", int(n%8)))
		files, err := ParseFiles(text, mark, paths)
		if err == nil && len(files) != len(paths) {
			t.Fatalf("%d files of %d", len(files), len(paths))
		}
		if bytes.Contains(content, []byte(mark)) {
			return // the real mark is random, and in no file
		}
		var out bytes.Buffer
		for range paths {
			out.WriteString(mark + " >\n")
			out.Write(content)
			out.WriteString("\n" + mark + " <\n")
		}
		out.WriteString(mark + " end\n")
		if files, err = ParseFiles(out.Bytes(), mark, paths); err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if !bytes.Equal(file.Data, content) || file.Complaint != "" {
				t.Fatalf("%q came out as %q (%s)", content, file.Data, file.Complaint)
			}
		}
	})
}
