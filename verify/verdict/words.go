package verdict

import "strings"

// Words is what the reason means, in a sentence for a recruiter; "" for a code
// that this version does not know.
func (r Reason) Words() string { return reasonWords[r] }

// Words is what the warning means, in a sentence for a recruiter; "" for a code
// that this version does not know.
func (w Warning) Words() string { return warningWords[w] }

// Words is what the result means, in a sentence for a recruiter; "" for none of
// the seven.
func (r Result) Words() string {
	switch r {
	case Verified:
		return "The badge is real, in force, and this applicant's."
	case Authentic:
		return "The badge is real and in force. Nothing shows that it is this applicant's."
	case Expired:
		return "The badge was real, and its time is over."
	case Unvouched:
		return "The badge is unaltered, but nobody stands behind its issuer: anybody could have made it."
	case Rejected:
		return "Something is wrong with the badge itself."
	case Pending:
		return "Nothing about the badge is false, and something could not be asked yet."
	case Unsupported:
		return "This is a form of badge that assay does not judge."
	}
	return ""
}

// Mend is what an applicant can do about a badge that does not count, in a
// sentence; "" where there is nothing or the cause is not theirs.
func (v *Verdict) Mend() string {
	switch {
	case v.Result == Authentic && v.Aspects.Recipient.Reason == RecipientMismatch:
		return "If the badge is the applicant's under another address, it counts once the application gives that address too."
	case v.Result == Authentic && v.Aspects.Recipient.Reason == RecipientUnknown && v.Aspects.Recipient.Detail == "":
		return "It counts once the application gives what the badge names its holder by."
	}
	return ""
}

// Words says what only the copy at hand says, in sentences for a recruiter; "" where
// there is nothing.
func (u Unconfirmed) Words() string {
	quoted := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, "'") + `"` }
	var says []string
	switch {
	case u.Name != "" && u.Issuer != "":
		says = append(says, "calls it "+quoted(u.Name)+" and its issuer "+quoted(u.Issuer))
	case u.Name != "":
		says = append(says, "calls it "+quoted(u.Name))
	case u.Issuer != "":
		says = append(says, "calls its issuer "+quoted(u.Issuer))
	}
	switch u.Recipient {
	case Pass:
		says = append(says, "names the applicant")
	case Fail:
		says = append(says, "names somebody else")
	case Unknown:
		says = append(says, "names its holder by what is not known of the applicant")
	case None:
		says = append(says, "names no holder")
	}
	if len(says) == 0 {
		return ""
	}
	return "The copy that was sent " + strings.Join(says, ", and ") + ". None of this is confirmed."
}

// Words is the answer to an aspect's question ([Question.Words]).
func (s State) Words() string {
	switch s {
	case Pass:
		return "yes"
	case Fail:
		return "no"
	case Unknown:
		return "not known"
	case None:
		return "not asked"
	}
	return ""
}

// Words is the question, in a sentence for a recruiter.
func (q Question) Words() string {
	switch q {
	case Integrity:
		return "Is this what was signed, or what the issuer's server says now?"
	case Issuer:
		return "Is the key, or the web site, the issuer's own?"
	case Status:
		return "Has the issuer neither taken it back nor suspended it?"
	case Dates:
		return "Has its time begun, and not run out?"
	case Recipient:
		return "Is it this applicant's?"
	case Standing:
		return "Does somebody stand behind the issuer?"
	case Conformance:
		return "Does it obey its specification?"
	}
	return ""
}

var reasonWords = map[Reason]string{
	ProofInvalid:       "The badge is not what was signed: it was changed afterwards, or somebody else signed it.",
	ProofMalformed:     "The signature is not written as its specification demands, so it proves nothing.",
	ProofPurpose:       "The signature was made for another purpose than to award a badge.",
	ProofExpired:       "The signature itself has run out, or is dated in the future.",
	ProofChain:         "The signature rests on another one, which is missing or does not hold.",
	ProofKey:           "The key does not fit this kind of signature, or is too weak to prove anything.",
	HeaderNotAllowed:   "The head of the signed token asks for something that no badge may ask for.",
	ContextNotPinned:   "The badge explains its terms by a vocabulary (a JSON-LD context) that assay does not judge badges by.",
	ContextUnavailable: "A vocabulary (a JSON-LD context) that the badge names could not be read; it is asked for again.",
	ContextChanged:     "A vocabulary (a JSON-LD context) that the badge names is no longer the text that it was; the operator must accept the new one.",
	ContextDiffers:     "The badge names a vocabulary (a JSON-LD context) by its digest, and that is not its text.",
	DataLoss:           "The badge holds statements that its signature does not cover.",
	WorkLimit:          "Checking it would take more work than a badge may cause.",
	DisclosureBad:      "What is disclosed with the badge is not what its issuer signed, or was put together otherwise than its holder did.",
	Unsigned:           "The badge is not signed, and not of the kind that an issuer's server confirms in place of a signature, so nothing proves it.",
	NoProof:            "The copy of the badge is not signed, and its own address gives no signed one, so nothing proves what it says.",
	ClaimsMismatch:     "The signed token and the badge inside it contradict each other.",
	Ambiguous:          "Two different badges stand in the same place, and another reader would see the other one.",
	NotFound:           "The server says that there is no such badge, or nothing that tells what it is for.",
	Gone:               "The issuer's server says that the badge was there and is no more.",
	NotABadge:          "The server that was asked for the badge answered with something else.",
	WrongID:            "What the server gave calls itself by another address than the one it was asked for.",
	RedirectedAway:     "The badge's address leads on to another site, which does not speak for the first.",
	AnswerTooLarge:     "The answer of a server was larger than a badge may be, and was not read.",

	HostUnreachable: "A server that must be asked gave no answer, or does not give it out now.",
	BeingAsked:      "A server is being asked, and what it says is not there yet.",
	Offline:         "A server must be asked, and the network was not to be used.",
	Budget:          "Checking takes more requests to servers than were left for it.",
	KeyUnavailable:  "No key of the issuer's was to be had by which the signature could be checked.",
	LimitTime:       "The time for this application was up before the badge could be checked.",

	KeyNotIssuers:    "The badge is signed with a key that the issuer does not name as its own. Anyone could have made it.",
	HostNotIssuers:   "The badge lies on a web site that the issuer it names does not answer for.",
	IssuerUnprovable: "Nothing can tie the badge to the issuer that it names: the issuer's id is no web address and no key, or what stands there does not say which badges are the issuer's.",
	IssuerMissing:    "The badge names no issuer, or what the issuer says of itself is not to be had.",
	KeyRevoked:       "The issuer has withdrawn this key: whoever has it can sign under any date.",
	KeyExpired:       "The badge says itself that it was signed when the time of the issuer's key was over.",
	KeyOutdated:      "The time of the key that signed the badge is over, and nothing shows that the badge was signed before.",
	TooManyKeys:      "The signature does not say by which of the issuer's keys it was made, and the issuer has more than are tried.",
	KeyNotAssertion:  "The issuer lists the key that signed the badge, but not for awarding badges.",
	KeyUnclear:       "The issuer says something about the end of the key that signed the badge, and assay cannot understand it.",

	Revoked:           "The badge was revoked by its issuer.",
	Suspended:         "The issuer has suspended the badge.",
	StatusUnreachable: "The list that tells whether the badge was taken back could not be had.",
	StatusUnknownType: "The badge points at a kind of revocation list that assay does not read.",
	StatusInvalid:     "The list that tells whether the badge was taken back does not hold: it is malformed, unsigned, past its date, or made for something else.",
	StatusUnfollowed:  "The badge says in a way that cannot be followed where to ask whether it was taken back.",
	StatusForeign:     "The list that tells whether the badge was taken back is another issuer's, or came from another place than the one that the badge names.",
	StatusUnclear:     "The issuer says something about taking the badge back that assay cannot understand.",

	PastEnd:       "The badge has run out.",
	NotYetValid:   "The badge's time has not begun.",
	DateMalformed: "A date of the badge cannot be read, contradicts another, or may stand for none.",
	DateMissing:   "The badge does not say when it was issued.",

	RecipientMismatch: "The badge names another address or person than those known of the applicant.",
	RecipientUnknown:  "Whom the badge names cannot be compared with what is known of the applicant.",
	RecipientSeveral:  "The badge names several holders with different awards, and assay does not judge which is whose.",
	RecipientMissing:  "The badge names no holder.",
	AddressClaimed:    "The badge names an address that the applicant gives as their own. The hiring system has not confirmed that it is.",
	OtherCandidate:    "The same badge came with another candidate's application, and that candidate's address, which the badge names, is confirmed. This applicant's is not.",
	HolderProven:      "The holder has shown, when asked for this application, that he has the key of the id that the badge names.",
	RecipientWeak:     "What names the applicant in the badge is weak evidence, which may fit others too.",

	IssuerNotListed:   "No registry that the employer chose lists the issuer.",
	IssuerBlocked:     "The employer's block list names the issuer.",
	IssuerUnvouched:   "Nobody whom the employer accepts stands behind the issuer: anybody could have made this badge in its name.",
	IssuerIsApplicant: "The issuer is the applicant: its id, its key or its web site is the applicant's own.",
	IssuerUnproven:    "A list names this issuer, and nothing proves that the badge is this issuer's.",

	SelfEndorsed: "The issuer endorses itself, which adds nothing.",

	NotDisclosed: "The badge is made so that its holder can leave parts of it out, and what would tell this may be among them.",

	SchemaInvalid:    "The badge is not built as its specification demands.",
	SchemaUnknown:    "The badge names a description of its form (a schema) by which it could not be tried.",
	SchemaMismatch:   "The badge does not have the form that it names itself (its schema).",
	ContextRedefines: "The badge gives a term of its specification another meaning.",

	FormatUnknown:     "This is no kind of badge that assay knows.",
	NotAnAssertion:    "This is a part of a badge, such as its description or its issuer's profile, and no award.",
	NotABadgeVC:       "This is a Verifiable Credential of a type that is no badge.",
	SuiteUnsupported:  "The badge is signed in a way that assay does not check.",
	HolderBound:       "The badge counts only for whoever holds a key that it names. A copy of it does not show that, and assay does not judge it.",
	SDJWT:             "The badge comes as an SD-JWT, out of which its holder can leave whatever he likes, such as an end or a revocation. assay does not judge a badge of this kind in that form.",
	EuropassXML:       "This is a Europass credential in the XML form of before 2023, which assay does not judge.",
	OpenAttestation:   "This is an OpenAttestation document, such as an OpenCerts diploma, which its issuer confirms by a blockchain or by its internet domain. assay does not judge this form.",
	CLR1:              "This is a Comprehensive Learner Record of version 1.0. assay judges version 2.0 only.",
	MDoc:              "This is a mobile document (mdoc), such as wallets on telephones hold. assay does not judge this form.",
	COSE:              "This is a credential in the binary form COSE, which assay does not judge.",
	Unsealed:          "This is a European Digital Credential (Europass) without its seal or a signature, so nothing shows who made it.",
	ImageUnsupported:  "The server answered with a picture in place of the badge's text.",
	PayloadUnreadable: "This can be read neither as the text of a badge (strict JSON) nor as a signed token.",
	PayloadTooLarge:   "This is larger than a badge may be, and was not read.",
	ClaimOnly:         "This is a page that tells of a badge, without a badge that a machine could check: a claim only.",
	NotShared:         "This is a link by which a badge was shared. It gives none: the holder has withdrawn it, its time is over, or there never was one.",
	InternalFault:     "A fault in assay itself kept the badge from being judged. It says nothing about the badge.",
}

var warningWords = map[Warning]string{
	WarnCopyDiffers:    "The copy at hand differs from what the issuer's server says; the server's was judged.",
	WarnMoved:          "The issuer's site answered from where it has moved: by https, or under its name with or without www.",
	WarnPlainHTTP:      "A part was read over a connection that anyone on the way could change.",
	WarnMD5:            "The holder is named by an MD5 hash, which is weak.",
	WarnUnsalted:       "The holder is named by a hash without a salt, which others can work out.",
	WarnRecipientForm:  "The badge says that the holder's identity is hashed and it is not, or the other way round.",
	WarnOtherCandidate: "The same badge came with another candidate's application, too.",
	WarnNameOnly:       "Nothing but a name ties the badge to the applicant.",
	WarnOtherCreator:   "The achievement is said to be another organisation's than the issuer's, which nothing proves.",
	WarnNulls:          "The badge has empty members, which its specification forbids.",
	WarnNameLookalike:  "The issuer's name resembles that of a listed issuer, and it is another.",
	WarnHostLookalike:  "The issuer's web address resembles that of a listed issuer, and it is another.",
	WarnSameDomain:     "The applicant's address lies on the issuer's internet domain, as those of students and staff do.",
	WarnRefreshFailed:  "A newer copy is offered and could not be had.",
	WarnRefreshed:      "A newer copy by the same issuer was judged.",
	WarnSchemaUnread:   "The badge names a description of its form (a schema) by which it could not be tried.",
	WarnTruncated:      "The badge has more endorsements or inner credentials than are judged.",
	WarnAssociation:    "The record relates achievements of which one is not in it.",
	WarnSubjectDiffers: "A credential inside the record is about another subject than the record.",
	WarnListNoIssuer:   "The revocation list does not say whose it is.",
	WarnMalformedProof: "Another signature, beside the good one, does not hold.",
	WarnNotBefore:      "The signed token and the badge inside it begin at different times; the later one counts.",
	WarnIssuedAt:       "The signed token says in an unusual way when it was made.",
	WarnTypSpelling:    "The signed token names its kind in an unusual way.",
	WarnKeyTried:       "The signature names its key by no name that the issuer lists; the issuer's key was found by trying each.",
	WarnHeaderIgnored:  "The head of the signed token says more than assay follows.",
	WarnUnknownResult:  "A result in the badge belongs to none that its achievement describes.",
	WarnIdentityType:   "The holder is named by a kind of identity that the specification does not list.",
	WarnContextAdds:    "The badge has extensions, which are not read.",
	WarnClassInBadge:   "What the badge is for was read from within it, since its own address does not give it.",
	WarnGenerations:    "The badge, its class and its issuer's profile are written by different versions of Open Badges.",
	WarnHolderKey:      "The badge is made out to the holder of a key. A copy of it does not show that the applicant has the key, so this was not counted for the applicant.",
	WarnHolderUnread:   "What should show that the holder has the key could not be checked.",
	WarnCertificate:    "It is named like a known certificate, and its issuer is none of those who issue that one.",
	WarnResultsHidden:  "The holder may have left out results, such as a failed one. So only the results that are shown make skills.",
	WarnInPicture:      "The issuer's server has this inside a picture; it was read from there.",
	WarnSharedHost:     "Something that the badge rests on is served as a plain text, a page or a picture, as web sites serve files that their users put there.",

	WarnStatusListShort:  "The list that tells whether the badge was taken back is shorter than its specification recommends, so that asking for it tells more of whose badge is checked.",
	WarnStatusListIssuer: "The list that tells whether the badge was taken back is kept by another than the issuer, at the address that the issuer named. Whoever has that address could undo a revocation.",

	WarnOldSuiteName:  "The signature names its method by a name that is out of use.",
	WarnSuiteMisspelt: "The signature misspells the name of its method.",
	WarnVariant:       "The signature holds over another copy of a published vocabulary (a JSON-LD context) than the one now published.",
	WarnNoCreated:     "The signature does not say when it was made.",
	WarnSelective:     "The holder may have left out parts of the badge; what is left is what the issuer signed.",
	WarnSuiteContext:  "The signature brings a vocabulary (a JSON-LD context) of its own.",
	WarnUnwritten:     "The signature was made with the badge's vocabulary (a JSON-LD context), which it does not write.",
	WarnDirection:     "A text says in which direction it is written; the signature does not cover that.",
}
