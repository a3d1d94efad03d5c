package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// powershellWords are the parts of a PowerShell script that hold no code: a comment, a text in
// single or in double quotes, and a character behind a backtick.
var powershellWords = regexp.MustCompile("(?m)#.*$|'[^']*'|\"(?:`(?s:.)|[^\"`])*\"|`(?s:.)")

// TestPowerShellScript: what can be held without a PowerShell. Its brackets and quotes close, and it
// asks the program that is typed, with the words that were typed.
func TestPowerShellScript(t *testing.T) {
	var script bytes.Buffer
	if err := writeScript(&script, "powershell"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"$RequestComp=\"$Program __complete $Arguments\"", "\nRegister-ArgumentCompleter -CommandName 'kk' -ScriptBlock ${__kkCompleterBlock}"} {
		if !strings.Contains(script.String(), want) {
			t.Errorf("it lacks %s", want)
		}
	}
	var open []rune
	for _, c := range powershellWords.ReplaceAllString(script.String(), "") {
		switch c {
		case '(', '{', '[':
			open = append(open, map[rune]rune{'(': ')', '{': '}', '[': ']'}[c])
		case ')', '}', ']':
			if len(open) == 0 || open[len(open)-1] != c {
				t.Fatalf("%c closes nothing", c)
			}
			open = open[:len(open)-1]
		case '"', '\'':
			t.Fatalf("a quote %c is open", c)
		}
	}
	if len(open) > 0 {
		t.Errorf("%q is missing at the end", open)
	}
}
