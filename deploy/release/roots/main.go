// Command roots prints Mozilla's root certificates as PEM, for the image: the
// same bytes on every machine, and none that a machine has of its own. Roots that
// Mozilla trusts only in part (up to a date) are left out, for a file of
// certificates cannot say so.
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

func main() {
	n := 0
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue
		}
		cert, err := x509.ParseCertificate(root.Certificate)
		if err == nil {
			fmt.Printf("# %s\n", cert.Subject)
			err = pem.Encode(os.Stdout, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "roots:", err)
			os.Exit(1)
		}
		n++
	}
	if n < 100 {
		fmt.Fprintf(os.Stderr, "roots: only %d\n", n)
		os.Exit(1)
	}
}
