package main

import (
	"assay/index/record"
	"assay/verify/verdict"
)

// standingWords says what stands behind an issuer, where its name does not.
var standingWords = map[string]string{
	string(verdict.LevelListed): "issuer listed",
	string(verdict.LevelSelf):   "the applicant is the issuer",
	record.Blocked:              "issuer blocked",
}
