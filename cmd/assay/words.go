package main

import (
	"assay/extract"
	"assay/index/record"
)

// unreadText says in words why a part was not read.
var unreadText = map[string]string{
	extract.ReasonEmpty:       "no bytes",
	extract.ReasonEncrypted:   "needs a password",
	extract.ReasonTruncated:   "ends too early",
	extract.ReasonMalformed:   "is not what it says it is",
	extract.ReasonUnknown:     "a kind of file that assay does not read",
	extract.ReasonTooLarge:    "larger than a document may be",
	extract.ReasonInflated:    "unpacks to more than is allowed",
	extract.ReasonDepth:       "packed too deeply",
	extract.ReasonBadges:      "more badges than are read",
	extract.ReasonLinks:       "more links than are read",
	extract.ReasonParts:       "more parts than are read",
	extract.ReasonTime:        "takes too long to read",
	extract.ReasonMemory:      "takes too much memory to read",
	extract.ReasonCrashed:     "brought the parser down",
	extract.ReasonUnavailable: "no parser could be started",
}

// trustWords says what the chosen registries say of an issuer; nothing where
// none was asked.
var trustWords = map[string]string{
	record.TrustListed:   "issuer listed",
	record.TrustUnlisted: "issuer not listed",
	record.TrustBlocked:  "issuer blocked",
}
