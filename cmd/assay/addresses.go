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

// provenAddresses gives those that the flag --applicant-proven names: one each, for
// what was sent to several was confirmed by one of them.
func provenAddresses(flags []string) ([]string, error) {
	var all []string
	for i, s := range flags {
		a, ok := read.Addresses(s)
		if !ok || len(a) != 1 {
			return nil, fmt.Errorf("--applicant-proven %d: not one e-mail address", i+1)
		}
		all = append(all, a...)
	}
	return all, nil
}
