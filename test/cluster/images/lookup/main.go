// Command lookup looks each of its arguments up with Go's own resolver. With wait as its argument it does nothing until it is
// told to end.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "wait" {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
		<-signals
		return
	}
	for _, name := range os.Args[1:] {
		addresses, err := net.LookupHost(name)
		fmt.Println(name, addresses, err)
	}
}
