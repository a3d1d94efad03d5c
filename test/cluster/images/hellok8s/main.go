// Command hellok8s is the web server of the tutorial: it says which Pod answered. Its
// argument is the version, v3 without one; v2_problem fails at once, as the tutorial's does.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	version := "v3"
	if len(os.Args) > 1 {
		version = os.Args[1]
	}
	if version == "v2_problem" {
		panic("something went wrong")
	}
	host, err := os.Hostname()
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "[%s] Hello, Kubernetes!, From host: %s\n", version, host)
	})
	http.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	log.Fatal(http.ListenAndServe(":3000", nil))
}
