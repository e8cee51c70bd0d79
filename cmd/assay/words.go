package main

import (
	"assay/extract"
	"assay/index/record"
	"assay/ingest/examine"
	"assay/verify/verdict"
)

// skipped says in words why a link was not followed.
var skipped = map[string]string{
	examine.SkippedPolicy:   "--follow leaves it out",
	examine.SkippedPortal:   "a page that lists badges; --follow portfolio reads it",
	examine.SkippedBudget:   "more links than are fetched for one application",
	examine.SkippedHops:     "too far from the document",
	examine.SkippedOffline:  "the network is not used",
	examine.SkippedTime:     "the time of the application was up",
	examine.SkippedRefused:  "the address or its answer is not allowed",
	examine.SkippedNoAnswer: "the host gives no answer",
	examine.SkippedNotFound: "the host says that there is nothing",
	examine.SkippedStatus:   "the host does not give it out",
}

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

// reasons says in words what a reason code means.
var reasons = map[verdict.Reason]string{
	verdict.ProofInvalid:     "the signature is not over this content: it was changed, or signed by somebody else",
	verdict.ProofMalformed:   "the proof is not written as its specification demands",
	verdict.ProofPurpose:     "the proof was not made to assert a credential",
	verdict.ProofExpired:     "the proof itself is past, or has not begun",
	verdict.ProofChain:       "the proof rests on another one that is missing or bad",
	verdict.ProofKey:         "the key does not fit the algorithm",
	verdict.HeaderNotAllowed: "the token's header says what no badge may say",
	verdict.ContextNotPinned: "a JSON-LD context that is unknown, inline or out of order",
	verdict.DataLoss:         "something in it would not be covered by the signature",
	verdict.WorkLimit:        "judging it would cost more work than a badge may",
	verdict.Unsigned:         "neither signed nor to be had from an issuer's server",
	verdict.ClaimsMismatch:   "the token's claims and the credential in it disagree",
	verdict.Ambiguous:        "another reader could see another badge in the same place",
	verdict.NotFound:         "the issuer's host says that there is no such badge",
	verdict.Gone:             "the issuer's host says that it is no more",
	verdict.NotABadge:        "the host answered with something else than a badge",
	verdict.WrongID:          "what the host gave calls itself something else",
	verdict.RedirectedAway:   "another host answered in its stead",
	verdict.AnswerTooLarge:   "the answer is larger than a badge may be",

	verdict.HostUnreachable: "a host that must be asked gave no answer; try again later",
	verdict.Offline:         "the network was not to be used",
	verdict.Budget:          "this application's share of fetches is used up",
	verdict.KeyUnavailable:  "the document that holds the issuer's key could not be read",
	examine.LimitTime:       "the time of the application was up",

	verdict.KeyNotIssuers:    "the key is not one that the issuer names as its own",
	verdict.HostNotIssuers:   "the badge lies on a host that the issuer does not answer for",
	verdict.IssuerUnprovable: "the issuer's id is nothing that a key or host can be bound to",
	verdict.IssuerMissing:    "no issuer is named, or its document is not to be had",
	verdict.KeyRevoked:       "the issuer has withdrawn the key",
	verdict.KeyNotAssertion:  "the issuer lists the key, but not for credentials",

	verdict.Revoked:           "the issuer has taken it back",
	verdict.Suspended:         "the issuer has suspended it",
	verdict.StatusUnreachable: "the status list could not be had",
	verdict.StatusUnknownType: "a kind of status that assay does not read",
	verdict.StatusInvalid:     "the status list does not hold",
	verdict.StatusForeign:     "the status list is another issuer's",

	verdict.Expired:       "its time is over",
	verdict.NotYetValid:   "its time has not begun",
	verdict.DateMalformed: "a date that cannot be read",
	verdict.DateMissing:   "no date of issue",

	verdict.RecipientMismatch: "it was given to somebody else",
	verdict.RecipientUnknown:  "nothing known of the applicant can be compared with whom it names",
	verdict.RecipientMissing:  "it names nobody",
	verdict.RecipientWeak:     "the applicant's, by weak evidence",

	verdict.IssuerNotListed: "no registry lists the issuer",
	verdict.IssuerBlocked:   "the block list names the issuer",

	verdict.SchemaInvalid:    "not built as its specification demands",
	verdict.SchemaUnknown:    "names a schema that assay has no copy of",
	verdict.SchemaMismatch:   "does not obey the schema that it names",
	verdict.ContextRedefines: "its own context makes something else of a term of the specification",

	verdict.FormatUnknown:     "no kind of badge that assay knows",
	verdict.NotAnAssertion:    "a part of a badge, not an award",
	verdict.NotABadgeVC:       "a credential of a type that is no badge",
	verdict.SuiteUnsupported:  "a proof of a kind that assay does not judge",
	verdict.ImageUnsupported:  "the host answered with a picture",
	verdict.PayloadUnreadable: "neither JSON nor a signed token",
	verdict.PayloadTooLarge:   "larger than a badge may be",
	examine.ClaimOnly:         "a page without a badge that a machine could verify: a claim only",
}
