package main

import "assay/index/record"

// trustWords says what the chosen registries say of an issuer; nothing where
// none was asked.
var trustWords = map[string]string{
	record.TrustListed:   "issuer listed",
	record.TrustUnlisted: "issuer not listed",
	record.TrustBlocked:  "issuer blocked",
}
