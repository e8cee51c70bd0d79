package verifytest

import (
	"fmt"
	"slices"

	"assay/verify/verdict"
)

// Ground is where a reason may stand under the one rule of package verify: only
// what speaks against a badge fails it.
type Ground struct {
	// Fact is what speaks against the badge where an aspect fails for this reason,
	// and Fails are the aspects that may; none without a fact.
	Fact  string
	Fails []verdict.Question

	// Open are the aspects that may be unknown for it, and Mends is what time may
	// mend of that; "" for a reason that lasts, and for one that leaves open only
	// what is not waited for (recipient, standing, conformance).
	Open  []verdict.Question
	Mends string

	Good []verdict.Question // aspects that may be pass or none beside it
}

// The aspects, in short.
const (
	integrity   = verdict.Integrity
	issuer      = verdict.Issuer
	status      = verdict.Status
	dates       = verdict.Dates
	recipient   = verdict.Recipient
	standing    = verdict.Standing
	conformance = verdict.Conformance
)

func of(q ...verdict.Question) []verdict.Question { return q }

// after are the aspects that rest on integrity: where that could not be judged,
// they are unknown for its reason.
var after = of(issuer, status, dates, conformance)

// andAfter is a question and what rests on integrity.
func andAfter(q ...verdict.Question) []verdict.Question { return append(q, after...) }

// Grounds say it of every reason. A reason that is added gets its row, and a row
// whose aspect fails names a fact: that assay does not know, reach or understand
// something is none.
var Grounds = map[verdict.Reason]Ground{
	// Integrity.
	verdict.ProofInvalid:     {Fact: "the signature was made over other content, or by another key", Fails: of(integrity), Open: after, Mends: "nothing: integrity has failed"},
	verdict.ProofMalformed:   {Fact: "what stands in the place of a signature of a known kind is none", Fails: of(integrity), Open: after, Mends: "nothing: integrity has failed"},
	verdict.ProofPurpose:     {Fact: "the signer says that it was made for something else", Fails: of(integrity), Open: after, Mends: "nothing: integrity has failed"},
	verdict.ProofExpired:     {Fact: "the signer says that it holds at another time", Fails: of(integrity), Open: after, Mends: "nothing: integrity has failed"},
	verdict.ProofChain:       {Fact: "the signer says that it rests on another proof, which is gone or bad", Fails: of(integrity), Open: after, Mends: "nothing: integrity has failed"},
	verdict.ProofKey:         {Fact: "this key cannot have made such a signature, or anybody can have", Fails: of(integrity, issuer), Open: after, Mends: "nothing: integrity has failed"},
	verdict.DisclosureBad:    {Fact: "what is disclosed is not what the issuer signed", Fails: of(integrity), Open: after, Mends: "nothing: integrity has failed"},
	verdict.HeaderNotAllowed: {Fact: "the token says that it is not signed, or that whoever does not understand it must refuse it", Fails: of(integrity), Open: after, Mends: "nothing: integrity has failed"},
	verdict.DataLoss:         {Fact: "it holds statements that nobody signed", Fails: of(integrity), Open: after, Mends: "nothing: integrity has failed"},
	verdict.Unsigned:         {Fact: "nobody has signed it and it names no host that could confirm it, so anybody wrote it", Fails: of(integrity), Open: after, Mends: "nothing: integrity has failed"},
	verdict.NoProof:          {Open: andAfter(integrity)},
	verdict.ClaimsMismatch:   {Fact: "what was signed says two things that contradict each other", Fails: of(integrity), Open: after, Mends: "nothing: integrity has failed"},
	verdict.Ambiguous:        {Fact: "another reader sees another badge in the same place", Fails: of(integrity, conformance), Open: after, Mends: "nothing: integrity has failed"},
	verdict.NotFound:         {Fact: "the host that gives it out says that there is no such badge or class", Fails: of(integrity), Open: andAfter(integrity), Mends: "another host, whose its class is, has it again"},
	verdict.Gone:             {Fact: "its issuer's host says that the class is no more", Fails: of(integrity), Open: andAfter(integrity), Mends: "nothing: status or integrity has failed"},
	verdict.ContextNotPinned: {Open: andAfter(integrity)},
	verdict.ContextDiffers:   {Fact: "a context is not the text that the credential names by its digest", Fails: of(integrity), Open: after, Mends: "nothing: integrity has failed"},
	verdict.WorkLimit:        {Open: andAfter(integrity)},
	verdict.NotABadge:        {Open: andAfter(integrity), Mends: "the host gives the badge again"},
	verdict.WrongID:          {Open: andAfter(integrity), Mends: "the host gives the badge under its own id"},
	verdict.RedirectedAway:   {Fact: "another host answered, and its answer calls itself the one that was asked", Fails: of(integrity, issuer), Open: after, Mends: "nothing: integrity or issuer has failed"},
	verdict.AnswerTooLarge:   {Open: andAfter(integrity)},

	// No answer yet.
	verdict.HostUnreachable: {Open: andAfter(integrity), Mends: "the host answers"},
	verdict.BeingAsked:      {Open: andAfter(integrity), Mends: "the host has answered"},
	verdict.Offline:         {Open: andAfter(integrity), Mends: "the network is used"},
	verdict.Budget:          {Open: andAfter(integrity), Mends: "another check has requests left"},
	verdict.KeyUnavailable:  {Open: andAfter(integrity), Mends: "the document that holds the key is there"},
	verdict.LimitTime:       {Open: andAfter(integrity), Mends: "another check has time left"},

	// No answer yet about a context.
	verdict.ContextUnavailable: {Open: andAfter(integrity), Mends: "the context's host gives it"},
	verdict.ContextChanged:     {Open: andAfter(integrity), Mends: "the operator accepts the new text, or the host gives the old one"},

	// Issuer.
	verdict.KeyNotIssuers:    {Fact: "the issuer's own document does not list the key that signed", Fails: of(issuer)},
	verdict.HostNotIssuers:   {Fact: "the issuer's own document does not answer for the host that it lies on", Fails: of(issuer)},
	verdict.KeyRevoked:       {Fact: "the issuer has withdrawn the key", Fails: of(issuer)},
	verdict.KeyExpired:       {Fact: "it says itself that it was signed when the key was past its date", Fails: of(issuer)},
	verdict.KeyOutdated:      {Open: andAfter(integrity)},
	verdict.TooManyKeys:      {Open: andAfter(integrity)},
	verdict.KeyNotAssertion:  {Fact: "the issuer lists the key for other things", Fails: of(issuer)},
	verdict.IssuerUnprovable: {Open: andAfter(integrity)},
	verdict.IssuerMissing:    {Open: andAfter(integrity), Mends: "the issuer's document is there"},
	verdict.KeyUnclear:       {Open: andAfter(integrity), Mends: "the issuer says it plainly"},

	// Status.
	verdict.Revoked:           {Fact: "the issuer has taken it back", Fails: of(status)},
	verdict.Suspended:         {Fact: "the issuer has suspended it", Fails: of(status)},
	verdict.StatusUnreachable: {Open: of(status), Mends: "the list is there"},
	verdict.StatusUnknownType: {Open: of(status)},
	verdict.StatusUnfollowed:  {Open: of(status)},
	verdict.StatusInvalid:     {Open: of(status), Mends: "the list is made well"},
	verdict.StatusForeign:     {Open: of(status), Mends: "the list lies where the badge says"},
	verdict.StatusUnclear:     {Open: of(status), Mends: "the issuer says it plainly"},

	// Dates.
	verdict.PastEnd:       {Fact: "its own end is past", Fails: of(dates)},
	verdict.NotYetValid:   {Fact: "its own beginning is ahead", Fails: of(dates)},
	verdict.DateMalformed: {Fact: "it ends before it begins", Fails: of(dates), Open: andAfter(integrity), Mends: "the host or the signer writes the date well"},
	verdict.DateMissing:   {Good: of(dates)},

	// Recipient.
	verdict.RecipientMismatch: {Fact: "it names somebody else", Fails: of(recipient)},
	verdict.RecipientUnknown:  {Open: of(recipient)},
	verdict.RecipientSeveral:  {Open: of(recipient)},
	verdict.RecipientMissing:  {Good: of(recipient)},
	verdict.AddressClaimed:    {Good: of(recipient)},
	verdict.OtherCandidate:    {Open: of(recipient), Good: of(recipient)},
	verdict.HolderProven:      {Good: of(recipient)},
	verdict.RecipientWeak:     {Open: of(recipient), Good: of(recipient)},

	// Standing.
	verdict.IssuerBlocked:     {Fact: "the employer blocks the issuer", Fails: of(standing)},
	verdict.IssuerNotListed:   {Open: of(standing), Good: of(standing)},
	verdict.IssuerUnproven:    {Open: of(standing)},
	verdict.IssuerUnvouched:   {Open: of(standing)},
	verdict.IssuerIsApplicant: {Open: of(standing)},

	verdict.SelfEndorsed: {}, // of an endorsement, which has no aspects

	verdict.NotDisclosed: {Open: andAfter(integrity, recipient)},

	// Conformance, which decides nothing: that the specification is not obeyed is
	// the answer to its question, and no fact against the badge.
	verdict.SchemaInvalid:    {Fact: "it is not built as its specification says", Fails: of(conformance)},
	verdict.SchemaMismatch:   {Fact: "it does not obey the schema that it names", Fails: of(conformance)},
	verdict.ContextRedefines: {Fact: "its context gives a term another meaning", Fails: of(conformance)},
	verdict.SchemaUnknown:    {Open: of(conformance)},

	// Unsupported.
	verdict.FormatUnknown:     {Good: of(conformance)},
	verdict.NotAnAssertion:    {Good: of(conformance)},
	verdict.NotABadgeVC:       {Good: of(conformance)},
	verdict.SuiteUnsupported:  {Open: andAfter(integrity)},
	verdict.HolderBound:       {Open: andAfter(integrity)},
	verdict.SDJWT:             {Open: andAfter(integrity)},
	verdict.EuropassXML:       {Good: of(conformance)},
	verdict.OpenAttestation:   {Good: of(conformance)},
	verdict.CLR1:              {Good: of(conformance)},
	verdict.MDoc:              {Good: of(conformance)},
	verdict.COSE:              {Good: of(conformance)},
	verdict.Unsealed:          {Good: of(conformance)},
	verdict.ImageUnsupported:  {Open: andAfter(integrity)},
	verdict.NotShared:         {Good: of(conformance)},
	verdict.PayloadUnreadable: {Good: of(conformance)},
	verdict.PayloadTooLarge:   {Good: of(conformance)},
	verdict.ClaimOnly:         {Good: of(conformance)},
	verdict.InternalFault:     {Good: of(conformance)},
}

// OneRule tells what in a verdict, and in those within it, breaks the one rule.
func OneRule(v *verdict.Verdict) (broken []string) {
	for q, a := range v.Aspects.Each() {
		g, known := Grounds[a.Reason]
		say := func(what string) {
			broken = append(broken, fmt.Sprintf("%s is %s by %q (%s): %s", q, a.State, a.Reason, a.Detail, what))
		}
		switch {
		case a.Reason == "" && (a.State == verdict.Fail || a.State == verdict.Unknown):
			say("it does not say why")
		case a.Reason == "":
		case !known:
			say("the reason has no row in Grounds")
		case a.State == verdict.Fail && !slices.Contains(g.Fails, q):
			say("that is no fact against the badge")
		case a.State == verdict.Unknown && !slices.Contains(g.Open, q):
			say("that leaves something else open")
		case a.State == verdict.Unknown && a.Passing && a.Reason.Lasting():
			say("no waiting mends it")
		case (a.State == verdict.Pass || a.State == verdict.None) && !slices.Contains(g.Good, q):
			say("a good answer says why it is bad")
		}
	}
	for i := range v.Contained {
		broken = append(broken, OneRule(&v.Contained[i])...)
	}
	return broken
}
