// Golookup looks one name up with Go's own resolver, and prints how it ended.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
)

func main() {
	_, err := net.LookupHost(os.Args[1])
	var failure *net.DNSError
	switch {
	case err == nil:
		fmt.Println("found")
	case errors.As(err, &failure) && failure.IsNotFound:
		fmt.Println("not found")
	case errors.As(err, &failure) && (failure.IsTemporary || failure.IsTimeout):
		fmt.Println("try again")
	default:
		fmt.Println(err)
	}
}
