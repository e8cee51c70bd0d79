package web

import "assay/verify/verdict"

// remedies say to whoever holds a badge, or issues it, what to do about each reason by
// which it does not count, or counts for less. A reason is said to be nobody's fault where
// it is.
var remedies = map[verdict.Reason]string{
	verdict.ProofInvalid:     msg("Often a program that edits pictures or text did it. Download the badge afresh from its issuer and send the file as it is, without opening and saving it."),
	verdict.ProofMalformed:   msg("Download the badge afresh. If that does not help, ask your university, or whoever issued it, to issue it again: its signature is not written as the standard asks."),
	verdict.ProofPurpose:     msg("Ask the issuer to sign the badge with proofPurpose assertionMethod."),
	verdict.ProofExpired:     msg("Ask the issuer for a badge with a new signature, or to set the clock of its server right."),
	verdict.ProofChain:       msg("Download the badge afresh: a part of its signatures is missing. Else ask the issuer to sign it anew."),
	verdict.ProofKey:         msg("Ask the issuer to sign with another key: this one does not fit, or is too weak."),
	verdict.HeaderNotAllowed: msg("Ask the issuer to leave out of the token's head what the standard does not allow (such as alg none, or crit)."),
	verdict.ContextNotPinned: msg("Ask the issuer to use the published contexts of Open Badges, or one that adds terms and changes none, at an address that can be read."),
	verdict.ContextDiffers:   msg("Ask the issuer to give the digest of the context as it is published."),
	verdict.DataLoss:         msg("Ask the issuer to name in its contexts every term that the badge uses: what is in none of them is not signed."),
	verdict.WorkLimit:        msg("Ask the issuer for a simpler badge: checking this one would take too much work."),
	verdict.DisclosureBad:    msg("Present the badge afresh from your wallet, and send what it gives as it is."),
	verdict.Unsigned:         msg("Ask your university, or whoever issued it, for a signed badge, or for one that lies on its own server. A copy of this one proves nothing."),
	verdict.NoProof:          msg("Download the badge afresh from its issuer or your wallet, as a file or picture with its signature, and send that: this copy has lost it, and the badge's own address gives none."),
	verdict.ClaimsMismatch:   msg("Ask the issuer to issue the badge again: what is signed around it and what stands in it do not agree."),
	verdict.Ambiguous:        msg("Send the badge alone, as you downloaded it: in this file two different ones stand in one place."),
	verdict.NotFound:         msg("Ask the issuer to put the badge back on its server, or to issue it anew: at its address there is none."),
	verdict.Gone:             msg("Ask the issuer whether it took the badge away on purpose, or to put it back."),
	verdict.NotABadge:        msg("Ask the issuer to give the badge at its address as JSON, without a login or a page in its place."),
	verdict.WrongID:          msg("Ask the issuer to give the badge at the address that it calls itself by."),
	verdict.RedirectedAway:   msg("Ask the issuer to give the badge from its own address, or to issue it anew after it has moved."),
	verdict.AnswerTooLarge:   msg("Ask the issuer for a smaller badge, with its pictures by link."),

	verdict.HostUnreachable: msg("Nothing speaks against the badge: its issuer's server does not answer just now. Try again later, and tell the issuer if it goes on."),
	verdict.BeingAsked:      msg("Try again in a moment: the issuer's server is being asked."),
	verdict.Offline:         msg("Nothing can be done about it here: this check does not use the network."),
	verdict.Budget:          msg("Check this badge alone: together they need more requests than one check may make."),
	verdict.KeyUnavailable:  msg("Ask the issuer to publish its key where the badge says that it is. Nothing else speaks against the badge."),
	verdict.LimitTime:       msg("Check this badge alone, or try again later: the time was up."),

	verdict.ContextUnavailable: msg("Try again later, or ask the issuer to use the published contexts of Open Badges: one that it names cannot be read."),
	verdict.ContextChanged:     msg("Ask the issuer whether it has changed its context; an employer's operator has to accept that."),

	verdict.KeyNotIssuers:    msg("Download the badge afresh from its issuer. If it stays so, ask the issuer to list the key that it signs with in its own profile or DID document."),
	verdict.HostNotIssuers:   msg("Ask the issuer to keep the badge on its own host, or to name that host in its profile."),
	verdict.IssuerUnprovable: msg("Ask your university to issue under its web address (or a did:web of it) in place of an id that nobody can look up."),
	verdict.IssuerMissing:    msg("Ask the issuer to put its profile where the badge says that it is."),
	verdict.KeyRevoked:       msg("Ask the issuer to issue the badge again: it has withdrawn the key that signed this one."),
	verdict.KeyExpired:       msg("Ask the issuer to issue the badge again with a key that is in date."),
	verdict.KeyOutdated:      msg("Ask the issuer to issue the badge again, or to keep it at its own address too: its key is past its date."),
	verdict.TooManyKeys:      msg("Ask the issuer to name in the signature which of its keys made it."),
	verdict.KeyNotAssertion:  msg("Ask the issuer to list its key under assertionMethod."),
	verdict.KeyUnclear:       msg("Ask the issuer to say plainly until when its key holds."),

	verdict.Revoked:           msg("The issuer has taken the badge back. Ask it why; leave the badge out of your application."),
	verdict.Suspended:         msg("The issuer has suspended the badge. Ask it why, and until when."),
	verdict.StatusUnreachable: msg("Try again later. If it goes on, tell the issuer that its list of badges that were taken back cannot be read."),
	verdict.StatusUnknownType: msg("Ask the issuer to use a Bitstring Status List: the kind that it names is not read."),
	verdict.StatusUnfollowed:  msg("Ask the issuer to name in the badge the address of the list that tells whether it was taken back."),
	verdict.StatusInvalid:     msg("Tell the issuer that its list of badges that were taken back does not hold: it is not signed, past its date, or not well made."),
	verdict.StatusForeign:     msg("Ask the issuer to keep the list of badges that were taken back itself, where the badge says that it is."),
	verdict.StatusUnclear:     msg("Ask the issuer to say plainly whether the badge was taken back."),

	verdict.PastEnd:       msg("Its time is over. Renew it with its issuer, or send it all the same: an employer sees that it has ended."),
	verdict.NotYetValid:   msg("Send it again when its time has begun."),
	verdict.DateMalformed: msg("Ask the issuer to write the badge's dates as the standard asks (such as 2026-11-28T09:00:00Z)."),
	verdict.DateMissing:   msg("Ask the issuer to write into the badge when it was issued."),

	verdict.RecipientMismatch: msg("Give the address to which the badge was sent, in the field above and in your application. If you no longer have it, ask the issuer to issue the badge again to a new one."),
	verdict.RecipientUnknown:  msg("Give what the badge names you by: the e-mail address, telephone number or id that its issuer has of you, above and in your application."),
	verdict.RecipientSeveral:  msg("Ask the issuer for a badge that is yours alone."),
	verdict.RecipientMissing:  msg("Ask the issuer to write into the badge whose it is, by the e-mail address that you apply with."),
	verdict.AddressClaimed:    msg("An employer may ask you to confirm the address, by a message that you answer."),
	verdict.OtherCandidate:    msg("Tell the employer: somebody else has sent the very same badge."),
	verdict.HolderProven:      msg("Nothing is to be done: you have shown that the badge is yours."),
	verdict.RecipientWeak:     msg("Ask the issuer to name you by your e-mail address, as a salted SHA-256 hash or in plain: a name alone fits others too."),

	verdict.IssuerNotListed:   msg("An employer who goes by a list does not find the issuer there. Ask the issuer to join a registry of issuers."),
	verdict.IssuerBlocked:     msg("The employer does not take badges of this issuer. Ask the employer why."),
	verdict.IssuerUnproven:    msg("Download the badge afresh from its issuer: nothing proves that it is the one it names."),
	verdict.IssuerUnvouched:   msg("Ask your university to issue from its own internet domain, or to publish its key there (did:web, or a Well-Known DID Configuration). One file on its web site is enough."),
	verdict.IssuerIsApplicant: msg("A badge that you have made yourself counts for nobody. Ask whoever can speak for your skill to issue one."),

	verdict.SelfEndorsed: msg("Ask somebody else to endorse it: by its own issuer it adds nothing."),

	verdict.NotDisclosed: msg("Present the badge again from your wallet with everything in it; or ask the issuer to let its end and its status always be seen."),

	verdict.SchemaInvalid:    msg("Ask the issuer to build its badges as the standard asks; a validator (1EdTech has one) names what is wrong."),
	verdict.SchemaUnknown:    msg("Ask the issuer to publish the schema that the badge names, or to name none."),
	verdict.SchemaMismatch:   msg("Ask the issuer to have the badge obey the schema that it names."),
	verdict.ContextRedefines: msg("Ask the issuer to take out of its own context the terms that the standard has already."),

	verdict.FormatUnknown:     msg("Download the badge from its issuer as an Open Badge (a picture or JSON), and send that file."),
	verdict.NotAnAssertion:    msg("This is a part of a badge only. Download your own badge from its issuer."),
	verdict.NotABadgeVC:       msg("This is a credential of another kind. Ask its issuer for an Open Badge 3.0."),
	verdict.SuiteUnsupported:  msg("Ask the issuer to sign with a suite of the standard, such as eddsa-rdfc-2022 or ecdsa-rdfc-2019, or as a JWT."),
	verdict.HolderBound:       msg("Ask the issuer for a badge that names you by your e-mail address: this one counts only with a key in a wallet."),
	verdict.SDJWT:             msg("Ask the issuer for an Open Badge 3.0: in this form parts may be left out."),
	verdict.EuropassXML:       msg("Ask the issuer for the credential in the newer form (European Digital Credentials in JSON)."),
	verdict.OpenAttestation:   msg("Ask the issuer for an Open Badge beside it: this form is not judged."),
	verdict.CLR1:              msg("Ask the issuer for a Comprehensive Learner Record 2.0."),
	verdict.MDoc:              msg("Ask the issuer for an Open Badge beside it: what wallets on telephones hold is not judged here."),
	verdict.COSE:              msg("Ask the issuer for the credential as JSON or as a JWT."),
	verdict.Unsealed:          msg("Ask the issuer for the credential with its seal."),
	verdict.ImageUnsupported:  msg("Ask the issuer to give the badge at its address as JSON beside the picture."),
	verdict.PayloadUnreadable: msg("Download the badge afresh: this copy is broken."),
	verdict.PayloadTooLarge:   msg("Ask the issuer for a smaller badge, with its pictures by link."),
	verdict.ClaimOnly:         msg("Download the badge itself from that site (often “Download” or “Open Badge”), and put the file into your application. The page alone proves nothing."),
	verdict.NotShared:         msg("Share the badge again on its site, and use the new link."),
	verdict.InternalFault:     msg("It is a fault of this program, not of your badge. Tell whoever runs this page."),
}

// unreadRemedies say the same of what could not be read, by the codes of record.Unread.
var unreadRemedies = map[string]string{
	"encrypted":          msg("Send it without a password."),
	"truncated":          msg("The file breaks off. Save it anew, or download it afresh."),
	"malformed":          msg("The file is broken. Save it anew, or download it afresh."),
	"unknown_format":     msg("Send it as PDF, picture, office file, mail, HTML or JSON."),
	"empty":              msg("The file is empty."),
	"limit_file_size":    msg("Send a smaller file: 25 MiB are read."),
	"parser_unavailable": msg("Try again in a moment."),
}

// unaskedRemedies say the same of links, by the codes of record.Link.
var unaskedRemedies = map[string]string{
	"policy":    msg("This page follows links to known providers of badges alone. Download the badge there, and put in the file."),
	"portal":    msg("Give the link to one badge in place of the page that lists them."),
	"budget":    msg("Check this link alone."),
	"no_answer": msg("Try again later."),
	"busy":      msg("Try again later."),
	"not_found": msg("Copy the address anew from the provider’s page."),
	"no_badge":  msg("Download the badge there, and put in the file."),
}
