// Golookup looks one name up with Go's own resolver, and prints how it ended.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
)

func main() {
	addresses, err := net.LookupHost(os.Args[1])
	var failure *net.DNSError
	switch {
	case err == nil && len(addresses) == 0:
		fmt.Println("no address")
	case err == nil:
		fmt.Println("found")
	case errors.As(err, &failure) && failure.IsNotFound:
		fmt.Println("not found")
	case errors.As(err, &failure) && (failure.IsTemporary || failure.IsTimeout):
		fmt.Println("try again")
	case errors.As(err, &failure) && failure.Err == "server misbehaving":
		fmt.Println("failed")
	default:
		fmt.Println(err)
	}
}
