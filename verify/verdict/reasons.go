package verdict

// Reasons of the aspects and results. Each is added once and never renamed.
//
// A reason that a failed fetch gives is the same whatever the cause (no such
// name, refused, a private address, timed out), so that what an applicant is
// told says nothing about the network that assay runs in; the cause is in the
// operator's log.
const (
	// Integrity.
	ProofInvalid     Reason = "proof_invalid"       // the signature is not over this content
	ProofMalformed   Reason = "proof_malformed"     // the proof is not written as its suite demands
	ProofPurpose     Reason = "proof_purpose"       // the proof was not made to assert a credential
	ProofExpired     Reason = "proof_expired"       // the proof itself is past, or not begun
	ProofChain       Reason = "proof_chain"         // a proof rests on another one that is missing or bad
	ProofKey         Reason = "proof_key"           // the key does not fit the algorithm, or is too weak
	HeaderNotAllowed Reason = "header_not_allowed"  // the JOSE header says what no badge may say
	ContextNotPinned Reason = "context_not_allowed" // a JSON-LD context that assay does not judge a badge by: not to be had, of another meaning, or in the wrong place
	ContextDiffers   Reason = "context_differs"     // a JSON-LD context is not the text that the credential names by its digest
	DataLoss         Reason = "unsigned_content"    // something in the document would not be covered by the signature
	WorkLimit        Reason = "work_limit"          // judging it would cost more work than a badge may
	DisclosureBad    Reason = "disclosure_invalid"  // what is disclosed beside an SD-JWT does not fit what was signed
	Unsigned         Reason = "unsigned"            // not signed, nor of a kind that an issuer's server confirms
	NoProof          Reason = "no_proof"            // the copy at hand is not signed, and its own address gives no signed one
	ClaimsMismatch   Reason = "claims_mismatch"     // the token's claims and the credential in it disagree
	Ambiguous        Reason = "ambiguous"           // another reader could see another badge in the same place
	NotFound         Reason = "not_found"           // the host says that there is no such badge
	Gone             Reason = "gone"                // the host says that it was there and is no more
	NotABadge        Reason = "not_a_badge"         // the host answered with something else
	WrongID          Reason = "id_mismatch"         // what the host gave calls itself something else
	RedirectedAway   Reason = "redirected_away"     // another host answered in its stead
	AnswerTooLarge   Reason = "answer_too_large"    // the answer is larger than a badge may be

	// No answer yet.
	HostUnreachable Reason = "host_unreachable" // a host that must be asked gave no answer, or none that says anything: it is down, busy, wants a login, another method or a person
	BeingAsked      Reason = "being_asked"      // a server is asked in a moment: what the documents prove by themselves is told first
	Offline         Reason = "offline"          // the network was not to be used
	Budget          Reason = "budget"           // this application's share of fetches is used up
	KeyUnavailable  Reason = "key_unavailable"  // the document that holds the key could not be read, or holds none
	LimitTime       Reason = "limit_time"       // the application's time had run out

	// No answer yet about a context.
	ContextUnavailable Reason = "context_unavailable" // a JSON-LD context that the badge names could not be had
	ContextChanged     Reason = "context_changed"     // a JSON-LD context is another text than was read first, which the operator must accept

	// Issuer.
	KeyNotIssuers    Reason = "key_not_issuers"    // the key is not one that the issuer names as its own
	HostNotIssuers   Reason = "host_not_issuers"   // the badge lies on a host that the issuer does not answer for
	IssuerUnprovable Reason = "issuer_unprovable"  // the issuer's id is nothing that a key or host can be bound to, or what stands there names no key and no host
	IssuerMissing    Reason = "issuer_missing"     // no issuer is named, or its document is not to be had
	KeyRevoked       Reason = "key_revoked"        // the issuer has withdrawn the key
	KeyExpired       Reason = "key_expired"        // it says itself that it was signed when the key was past its date
	KeyOutdated      Reason = "key_outdated"       // the key is past its date, and nothing shows that it signed before
	TooManyKeys      Reason = "too_many_keys"      // the proof does not name its key, and the issuer lists more than are tried
	KeyNotAssertion  Reason = "key_not_for_claims" // the issuer lists the key, but not for assertions
	KeyUnclear       Reason = "key_unclear"        // the issuer says something of the end of the key that cannot be understood

	// Status.
	Revoked           Reason = "revoked"             // the issuer has taken it back
	Suspended         Reason = "suspended"           // the issuer has suspended it
	StatusUnreachable Reason = "status_unreachable"  // the list could not be had
	StatusUnknownType Reason = "status_unknown_type" // a kind of status that assay does not read
	StatusUnfollowed  Reason = "status_unfollowed"   // the badge names its status in a way that leads to no list
	StatusInvalid     Reason = "status_invalid"      // the list is malformed, unsigned, past its date, or of another purpose
	StatusForeign     Reason = "status_foreign"      // the list is another issuer's, or from another place than the one named
	StatusUnclear     Reason = "status_unclear"      // the issuer says something of taking it back that cannot be understood

	// Dates.
	PastEnd       Reason = "expired"        // its time is over
	NotYetValid   Reason = "not_yet_valid"  // its time has not begun
	DateMalformed Reason = "date_malformed" // a date that cannot be read, or that contradicts another
	DateMissing   Reason = "date_missing"   // no date of issue where one is demanded, which speaks neither for it nor against

	// Recipient.
	RecipientMismatch Reason = "recipient_mismatch" // it names somebody else
	RecipientUnknown  Reason = "recipient_unknown"  // what it names cannot be compared with what is known of the applicant
	RecipientSeveral  Reason = "recipient_several"  // it gives several holders different awards, and which is the applicant's is not judged
	RecipientMissing  Reason = "recipient_missing"  // it names nobody
	AddressClaimed    Reason = "address_claimed"    // it names an address that the applicant claims and nobody has confirmed
	OtherCandidate    Reason = "other_candidate"    // it is another candidate's, too, whose address is confirmed
	HolderProven      Reason = "holder_proven"      // its holder has signed a challenge of assay's for this application, with a key of the id that it names
	RecipientWeak     Reason = "recipient_weak"     // it is the applicant's, by evidence that others could make fit (a bare name, md5, no salt)

	// Standing.
	IssuerNotListed   Reason = "issuer_not_listed"   // no registry lists the issuer
	IssuerBlocked     Reason = "issuer_blocked"      // the employer's block list names the issuer
	IssuerUnproven    Reason = "issuer_unproven"     // a list names this issuer, and nothing proves that the badge is this issuer's
	IssuerUnvouched   Reason = "issuer_unvouched"    // less stands behind the issuer than the employer accepts
	IssuerIsApplicant Reason = "issuer_is_applicant" // the issuer's id, key or site is the applicant's own

	// Of an endorsement.
	SelfEndorsed Reason = "self_endorsed" // by the issuer itself

	// Of a selectively disclosed credential: status, dates, recipient, conformance.
	NotDisclosed Reason = "not_disclosed" // the holder may have left it out

	// Conformance.
	SchemaInvalid  Reason = "schema_invalid"  // not built as its specification demands
	SchemaUnknown  Reason = "schema_unknown"  // names a schema that is not to be had, or that cannot be followed to its end
	SchemaMismatch Reason = "schema_mismatch" // does not obey the schema that it names

	// Conformance of Open Badges 1 and 2.
	ContextRedefines Reason = "context_redefines" // an inline JSON-LD context makes something else of a term of the specification

	// Unsupported.
	FormatUnknown     Reason = "format_unknown"     // no kind of badge that assay knows
	NotAnAssertion    Reason = "not_an_assertion"   // a part of a badge (class, profile, key, list), not an award
	NotABadgeVC       Reason = "not_a_badge_type"   // a Verifiable Credential of a type that is no badge
	SuiteUnsupported  Reason = "suite_unsupported"  // a proof of a kind that assay does not judge
	HolderBound       Reason = "holder_bound"       // it counts only for whoever holds a key, of which a copy proves nothing
	SDJWT             Reason = "sd_jwt"             // an SD-JWT of a badge that knows none, whose holder may have left out what speaks against it
	EuropassXML       Reason = "europass_xml"       // a Europass credential in XML, of before 2023, with a seal in XML
	OpenAttestation   Reason = "open_attestation"   // a document of OpenAttestation (OpenCerts), which a blockchain or a name server confirms
	CLR1              Reason = "clr_1"              // a Comprehensive Learner Record 1.0
	MDoc              Reason = "mdoc"               // a mobile document (ISO/IEC 18013-5)
	COSE              Reason = "cose"               // signed CBOR (RFC 9052)
	Unsealed          Reason = "unsealed"           // a European Digital Credential without a seal or signature
	ImageUnsupported  Reason = "image_answer"       // the host answered with a picture, which may hold a badge
	PayloadUnreadable Reason = "payload_unreadable" // neither strict JSON nor a compact JWS
	PayloadTooLarge   Reason = "payload_too_large"  // larger than a badge may be
	ClaimOnly         Reason = "claim_only"         // a page of a provider that gives its badges no machine form: nothing can prove it
	NotShared         Reason = "not_shared"         // a link by which a holder shares a badge, which gives it out no more
	InternalFault     Reason = "internal_fault"     // a fault of assay's own kept it from being judged; there is an error beside the verdict
)

// Lasting reports whether an aspect that is unknown for this reason stays so: no
// host that comes back and no waiting tells more, for it is a form that is not
// judged, its holder has left something out, or nothing can tie it to its issuer.
func (r Reason) Lasting() bool {
	switch r {
	case SuiteUnsupported, SDJWT, HolderBound, KeyOutdated, TooManyKeys, ImageUnsupported, NotDisclosed, IssuerUnprovable, ContextNotPinned:
		return true
	case StatusUnknownType, StatusUnfollowed, WorkLimit, AnswerTooLarge, NoProof:
		return true
	}
	return false
}

// Warning is a stable, lower-case code of an oddity that did not decide.
type Warning string

// Warnings.
const (
	WarnCopyDiffers    Warning = "copy_differs"             // the copy at hand is not what the host says; the host's was judged
	WarnMoved          Warning = "moved"                    // the site answered from where it has moved: https, or its name with or without www.
	WarnPlainHTTP      Warning = "plain_http"               // read over a connection that anyone on the way could change
	WarnMD5            Warning = "recipient_md5"            // the recipient's hash is MD5
	WarnUnsalted       Warning = "recipient_unsalted"       // the recipient's hash has no salt
	WarnRecipientForm  Warning = "recipient_form"           // hashed flag and form of the identity disagree
	WarnOtherCandidate Warning = "other_candidate"          // the very same badge came with another candidate's application, too
	WarnNameOnly       Warning = "recipient_name_only"      // nothing but a name ties it to the applicant
	WarnOtherCreator   Warning = "creator_not_issuer"       // the achievement is another organisation's, which nothing proves
	WarnNulls          Warning = "null_or_empty_member"     // null or empty members, which the specification forbids
	WarnNameLookalike  Warning = "issuer_name_lookalike"    // the name could be taken for that of a listed issuer
	WarnHostLookalike  Warning = "issuer_host_lookalike"    // the host could be taken for that of a listed issuer
	WarnSameDomain     Warning = "issuer_domain_applicants" // the applicant's address lies on the issuer's domain
	WarnRefreshFailed  Warning = "refresh_failed"           // a newer copy is offered and could not be had
	WarnRefreshed      Warning = "refreshed"                // a newer copy by the same issuer was judged
	WarnSchemaUnread   Warning = "schema_unread"            // names a schema that is not to be had, or that cannot be followed to its end
	WarnTruncated      Warning = "truncated"                // more endorsements or inner credentials than are judged
	WarnAssociation    Warning = "association_unknown"      // an association of the CLR names what is not in it
	WarnSubjectDiffers Warning = "inner_subject_differs"    // an inner credential is about another subject than the CLR
	WarnListNoIssuer   Warning = "list_without_issuer"      // a revocation list does not say whose it is
	WarnMalformedProof Warning = "other_proof_bad"          // another proof beside the good one does not hold
	WarnNotBefore      Warning = "nbf_differs"              // the token begins at another time than the credential in it; the later counts
	WarnIssuedAt       Warning = "iat_unreadable"           // the token's iat is no number
	WarnTypSpelling    Warning = "typ_unusual"              // the JOSE header typ is none of those the specification names
	WarnKeyTried       Warning = "key_tried"                // the proof names its key by no name that the issuer's documents list
	WarnHeaderIgnored  Warning = "header_ignored"           // the JOSE header has members that are not followed
	WarnUnknownResult  Warning = "result_undescribed"       // a result names no description of the achievement
	WarnIdentityType   Warning = "identity_type_unknown"    // an identityType outside the specification's list
	WarnContextAdds    Warning = "context_adds"             // a context has extensions, which are not read
	WarnClassInBadge   Warning = "class_in_badge"           // what the badge is for was read from the host's answer, its own address giving none
	WarnGenerations    Warning = "generations_differ"       // assertion, class and profile are written by different versions of Open Badges
	WarnHolderKey      Warning = "holder_key"               // it is for the holder of a key, which a copy of it does not show
	WarnHolderUnread   Warning = "holder_proof_unread"      // the proof of the holder's key cannot be checked
	WarnResultsHidden  Warning = "results_undisclosed"      // results may have been left out by the holder, so that the achievement makes no skill
	WarnInPicture      Warning = "in_picture"               // the host has it inside a picture, from which it was read
	WarnCertificate    Warning = "certificate_of_others"    // it is named like a known certificate, and its issuer is none of those who issue that
	WarnSharedHost     Warning = "shared_host"              // its JSON is served as a text or a page, on a host where others may put files too

	// Of a status list.
	WarnStatusListShort  Warning = "status_list_short"          // the list is shorter than the standard recommends
	WarnStatusListIssuer Warning = "status_list_issuer_differs" // another than the issuer keeps the list

	// Of a Data Integrity proof.
	WarnOldSuiteName  Warning = "old_cryptosuite_name"    // eddsa-2022 for eddsa-rdfc-2022
	WarnSuiteMisspelt Warning = "cryptosuite_misspelt"    // eddsa-rdf-2022 for eddsa-rdfc-2022
	WarnVariant       Warning = "context_variant"         // verified with another copy of a context than the published one
	WarnNoCreated     Warning = "proof_without_created"   // optional by VC Data Integrity, usual all the same
	WarnSelective     Warning = "selectively_disclosed"   // parts of the credential may have been left out by its holder
	WarnSuiteContext  Warning = "proof_context_in_proof"  // an RDFC proof with a context of its own
	WarnUnwritten     Warning = "proof_context_unwritten" // a JCS proof that was signed with a context that it does not write
	WarnDirection     Warning = "text_direction"          // a text says in which direction it is written, which a signature over statements does not cover
)
