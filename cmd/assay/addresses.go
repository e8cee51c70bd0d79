package main

import (
	"fmt"

	"assay/verify/read"
)

// addresses gives the addresses that the flag --applicant-email names, each as it
// may stand in a mail.
func addresses(flags []string) ([]string, error) {
	var all []string
	for i, s := range flags {
		a, ok := read.Addresses(s)
		if !ok {
			// What was typed is the applicant's, and errors are logged.
			return nil, fmt.Errorf("--applicant-email %d: not an e-mail address", i+1)
		}
		all = append(all, a...)
	}
	return all, nil
}
