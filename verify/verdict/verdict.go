// Package verdict holds what a verification says: seven aspects, each with a
// stable reason and the evidence it rests on, and the result that follows from
// them, each in words for a recruiter. It is the vocabulary that the packages
// below verify share; it judges nothing and reads nothing.
//
// # Adding a reason
//
// A reason, or a warning, is a constant in reasons.go, with its meaning beside it
// for who reads the code:
//
//	Forgotten Reason = "forgotten" // the issuer's server no longer knows of it
//
// and a sentence in words.go for who reads the page:
//
//	Forgotten: "The issuer's server no longer knows of the badge.",
//
// It says what was looked at and is true whoever asks; it does not say what to do,
// nor anything of the network that assay runs in. Codes are lower case, added and
// never renamed: operators' scripts and stored verdicts have them. A test fails for
// a code without words, and another for one that no vector of our own expects
// (TestOwnVectors in package verify).
package verdict

import (
	"encoding/json"
	"time"
)

// State is the answer to one aspect's question.
type State string

const (
	Pass    State = "pass"    // the question was asked and the answer is good
	Fail    State = "fail"    // the question was asked and the answer is bad
	Unknown State = "unknown" // the question was asked and could not be answered (yet)
	None    State = "none"    // the badge gives no cause to ask
)

// Reason is a stable, lower-case code that says why an aspect is not a plain
// pass. Codes are part of the contract with operators' scripts: they are added
// to, never renamed.
type Reason string

// Evidence is something that was read to reach an answer.
type Evidence struct {
	URL    string    `json:"url,omitempty"`    // where it was read
	At     time.Time `json:"at,omitzero"`      // when, UTC
	SHA256 string    `json:"sha256,omitempty"` // hex digest of the bytes that were read
	Note   string    `json:"note,omitempty"`   // what it showed, in a few words
}

// Aspect is the answer to one of the seven questions.
type Aspect struct {
	State    State      `json:"state"`
	Reason   Reason     `json:"reason,omitempty"`
	Level    Level      `json:"level,omitempty"`  // of standing only: what stands behind the issuer
	Detail   string     `json:"detail,omitempty"` // for a person: what exactly, without personal data
	Passing  bool       `json:"-"`                // with Unknown: the cause passes (host down), so ask again later
	Evidence []Evidence `json:"evidence,omitempty"`
}

// Result is what a recruiter is told.
type Result string

const (
	Verified    Result = "verified"    // real, current, and this applicant's
	Authentic   Result = "authentic"   // real and current, not known to be this applicant's
	Expired     Result = "expired"     // verified or authentic until its time was over
	Unvouched   Result = "unvouched"   // unaltered, and nobody whom the employer accepts stands behind the issuer
	Rejected    Result = "rejected"    // something about it is false
	Pending     Result = "pending"     // nothing is false, something could not be asked yet
	Unsupported Result = "unsupported" // a form that assay does not judge
)

// Format names the specification that a credential follows.
type Format string

const (
	OB05        Format = "ob0.5"           // Open Badges before 1.0: the recipient is one text
	OB10        Format = "ob1.0"           // Open Badges 1.0
	OB11        Format = "ob1.1"           // Open Badges 1.1
	OB20        Format = "ob2"             // Open Badges 2.0 and 2.1
	OB30        Format = "ob3"             // Open Badges 3.0
	CLR20       Format = "clr2"            // Comprehensive Learner Record 2.0
	Endorsement Format = "endorsement"     // EndorsementCredential of Open Badges 3.0, by itself
	EDC         Format = "edc"             // European Digital Credential (Europass, European Learning Model 3)
	EDCI        Format = "edci"            // a Europass credential in XML, of before 2023
	Blockcerts  Format = "blockcerts"      // of any version: told by name, not judged
	OpenAttest  Format = "openattestation" // likewise
	CLR10       Format = "clr1"            // Comprehensive Learner Record 1.0
	MDocForm    Format = "mdoc"            // ISO/IEC 18013-5 and 23220
	COSEForm    Format = "cose"            // RFC 9052, VC-JOSE-COSE
	VC          Format = "vc"              // another Verifiable Credential
	Unnamed     Format = ""                // not told yet
)

// Party is an issuer, creator or endorser as the credential names it. The name
// is a claim; only the id was bound to a key or host. Shown is what may be told a
// person of an issuer or endorser: what is known, and then what it calls itself.
type Party struct {
	ID    string `json:"id,omitempty"`
	Name  string `json:"name,omitempty"`
	URL   string `json:"url,omitempty"`
	Shown string `json:"shown,omitempty"` // [Backing.Shown]
}

// Alignment points from an achievement or a result at a skill in a framework
// (OB 3.0 Alignment; OB 2.0 AlignmentObject; OB 1.x name and url).
type Alignment struct {
	TargetURL         string `json:"targetUrl,omitempty"`
	TargetName        string `json:"targetName,omitempty"`
	TargetCode        string `json:"targetCode,omitempty"`
	TargetFramework   string `json:"targetFramework,omitempty"`
	TargetType        string `json:"targetType,omitempty"`
	TargetDescription string `json:"targetDescription,omitempty"`
}

// Attainment is a result of the recipient, joined with its description
// (OB 3.0 Result and ResultDescription).
type Attainment struct {
	Name       string      `json:"name,omitempty"`
	Type       string      `json:"type,omitempty"`   // resultType, such as GradePointAverage or RubricCriterionLevel
	Value      string      `json:"value,omitempty"`  // value as given, or the status where there is none
	Status     string      `json:"status,omitempty"` // Completed, Enrolled, Failed, … (OB 3.0 ResultStatusType)
	Short      bool        `json:"short,omitempty"`  // the value is below the one that the description requires
	Level      string      `json:"level,omitempty"`  // achievedLevel, by its name where the description has one
	Alignments []Alignment `json:"alignments,omitempty"`
}

// Association relates two achievements of a CLR (CLR 2.0 Association).
type Association struct {
	Type   string `json:"type"`
	Source string `json:"source"`
	Target string `json:"target"`
}

// Credential is what a badge claims, read from the very bytes (or the very
// signed statements) that integrity was judged on, never from a copy beside
// them.
type Credential struct {
	ID              string        `json:"id,omitempty"`
	Name            string        `json:"name,omitempty"`
	Description     string        `json:"description,omitempty"`
	Issuer          Party         `json:"issuer"`
	Creator         Party         `json:"creator,omitzero"` // of the achievement, when it is not the issuer: a claim only
	Issued          time.Time     `json:"issued,omitzero"`
	Expires         time.Time     `json:"expires,omitzero"`
	Several         bool          `json:"-"` // it gives several holders different awards: which is whose is not told
	SubjectID       string        `json:"-"` // personal: never logged, never printed
	AchievementID   string        `json:"achievementId,omitempty"`
	AchievementType string        `json:"achievementType,omitempty"`
	Criteria        string        `json:"criteria,omitempty"` // narrative or URL
	Image           string        `json:"image,omitempty"`
	Tags            []string      `json:"tags,omitempty"`
	Alignments      []Alignment   `json:"alignments,omitempty"`
	Results         []Attainment  `json:"results,omitempty"`
	EvidenceURLs    []string      `json:"evidenceUrls,omitempty"`
	Associations    []Association `json:"associations,omitempty"`

	// Extensions are the Open Badges 1.1 and 2.0 extensions of the assertion,
	// its class and its issuer, by the name they stood under. Kept, not judged.
	Extensions map[string]json.RawMessage `json:"extensions,omitempty"`

	// Undisclosed says what else the holder may have left out: of selective
	// disclosure, where what is not there may have been kept back.
	Undisclosed Undisclosed `json:"undisclosed,omitzero"`

	// Identities name the recipient. Personal: package verify clears them once
	// they are compared with the applicant.
	Identities []Identity `json:"-"`

	// NamedIn is a member that names the recipient where no specification of badges
	// has one to be compared with, such as "credentialSubject.email"; "" = none does.
	NamedIn string `json:"-"`
}

// Undisclosed are parts of a credential whose holder may have left them out.
// What is missing of status and dates is said by these aspects.
type Undisclosed struct {
	Results   bool `json:"results,omitempty"`   // results, of which one may say that nothing was attained; or what a result must reach
	Recipient bool `json:"recipient,omitempty"` // whom it names
}

// Identity is one way in which a credential names its recipient.
type Identity struct {
	Kind   string // id, or an identity type of OB 2.0 (email, url, telephone) or OB 3.0 (emailAddress, name, ...)
	Value  string // the identity, or its hash as "alg$hex"
	Hashed bool   // the credential says that Value is a hash
	Salt   string
}

// Unconfirmed is what the copy at hand says of a badge of which nobody whom it must
// be asked of has said it yet: anybody could have written it. It takes part in no
// judgment, shows no skill and is not searched.
type Unconfirmed struct {
	Name      string `json:"name,omitempty"`
	Issuer    string `json:"issuer,omitempty"`    // as it calls itself
	Recipient State  `json:"recipient,omitempty"` // whether it names the applicant; none = it names nobody, "" = not of the copy, but of the host's answer

	// Identities name the recipient. Personal: package verify clears them once
	// they are compared with the applicant.
	Identities []Identity `json:"-"`
}

// Verdict is the judgment of one badge.
type Verdict struct {
	Format       Format        `json:"format,omitempty"`
	Proof        string        `json:"proof,omitempty"`    // hosted, signed, a cryptosuite, or vc-jwt or sd-jwt with its algorithm ("vc-jwt ES256")
	Asserted     bool          `json:"asserted,omitempty"` // an achievement that a CLR itself asserts, shown under it
	Result       Result        `json:"result"`
	Reason       Reason        `json:"reason,omitempty"` // why unsupported; else the reason of the first aspect that decided
	Aspects      Aspects       `json:"aspects"`
	Credential   Credential    `json:"credential"`
	Unconfirmed  Unconfirmed   `json:"unconfirmed,omitzero"`   // what only the copy at hand says
	Backing      Backing       `json:"backing,omitzero"`       // who stands behind the issuer, whatever the employer says of it
	Seal         *Seal         `json:"seal,omitempty"`         // of a sealed credential: whose certificate sealed it
	Endorsements []Endorsed    `json:"endorsements,omitempty"` // shown, never raising trust
	Contained    []Verdict     `json:"contained,omitempty"`    // the inner credentials of a CLR, each judged alone
	Warnings     []Warning     `json:"warnings,omitempty"`     // short codes of oddities that did not decide
	Signer       string        `json:"-"`                      // JWK thumbprint of the key that signed it, "" when it is not known
	Identity     string        `json:"-"`                      // a digest that the same credential has in every form and carrier; "" when integrity or issuer are not proven
	Read         bool          `json:"-"`                      // what it says was read: whom it names was looked for
	Proven       bool          `json:"-"`                      // it names an address of the applicant's that the hiring system has confirmed
	RetryAfter   time.Duration `json:"-"`                      // with Pending: a fair time to try again, 0 = no opinion
}

// Seal is what the certificate says by which a credential was sealed.
type Seal struct {
	Subject string    `json:"subject"`           // whom it names
	Issuer  string    `json:"issuer"`            // who made it
	From    time.Time `json:"from"`              // when it begins
	Until   time.Time `json:"until"`             // when it ends
	Signed  time.Time `json:"signed,omitzero"`   // when the seal says that it was made
	Vouched bool      `json:"vouched,omitempty"` // its chain ends in a root that the operator gave
}

// Record reports whether the badge is a CLR itself, whose name is a title and no
// skill.
func (v *Verdict) Record() bool { return v.Format == CLR20 && !v.Asserted }

// Endorsed is an endorsement found with a badge and what became of it.
type Endorsed struct {
	Issuer  Party   `json:"issuer"`
	Result  Result  `json:"result"`
	Reason  Reason  `json:"reason,omitempty"`
	Level   Level   `json:"level,omitempty"`
	Backing Backing `json:"backing,omitzero"`
}

// Sound reports whether nothing about the badge itself speaks against it or is
// unknown, and it has not run out; whoever stands behind its issuer, and whosever
// it is.
func (a Aspects) Sound() bool {
	return a.Integrity.State == Pass && a.Issuer.State == Pass && a.Dates.State == Pass &&
		(a.Status.State == Pass || a.Status.State == None)
}

// Decide gives the result that follows from the aspects. Whatever speaks against
// the badge itself is asked first: a false proof, another's key, a withdrawal, a
// date that contradicts, an issuer that the employer blocks. Then what nobody
// could find out. Then who stands behind the issuer, whomever the badge names; an
// end that has passed; and whose it is. A badge that names another address is a
// real one all the same, and no more than authentic.
func Decide(a Aspects) Result {
	over := a.Dates.State == Fail && a.Dates.Reason == PastEnd
	if over && a.Integrity.State == Pass && a.Issuer.State == Pass && a.Status.State == Unknown {
		a.Status.State = None // no list brings back what has run out
	}
	judged := []Aspect{a.Integrity, a.Issuer, a.Status, a.Dates}
	if a.Standing.State == Fail {
		return Rejected
	}
	for i, x := range judged {
		if x.State == Fail && !(i == 3 && over) {
			return Rejected
		}
	}
	for _, x := range judged {
		if x.State == Unknown && x.Reason.Lasting() {
			return Unsupported
		}
	}
	// Of these only status may be none: nothing else is a pass by silence.
	if a.Integrity.State != Pass || a.Issuer.State != Pass || a.Dates.State != Pass && !over {
		return Pending
	}
	switch {
	case a.Status.State != Pass && a.Status.State != None:
		return Pending
	case a.Standing.State != Pass:
		return Unvouched
	case over:
		return Expired
	case a.Recipient.State == Pass:
		return Verified
	}
	return Authentic
}

// Deciding is the reason of the first aspect that decided a result; of an
// authentic badge that of the recipient, of an unvouched one that of standing.
func (a Aspects) Deciding(r Result) Reason {
	want := Unknown
	switch r {
	case Verified:
		return ""
	case Authentic:
		return a.Recipient.Reason
	case Unvouched:
		return a.Standing.Reason
	case Rejected, Expired:
		want = Fail
	}
	for q, x := range a.Each() {
		asked := q != Conformance && q != Recipient && (q != Standing || x.State == Fail)
		if asked && x.State == want && x.Reason != "" && (r != Unsupported || x.Reason.Lasting()) && (r == Expired || x.Reason != PastEnd) {
			return x.Reason
		}
	}
	return ""
}

// Endorsement gives what becomes of an endorsement by a party, whose standing is
// asked later by who knows the employer.
func (a Aspects) Endorsement(by Party) Endorsed {
	a.Standing, a.Recipient = Aspect{State: Pass}, Aspect{State: None}
	r := Decide(a)
	if r == Authentic {
		return Endorsed{Issuer: by, Result: r}
	}
	return Endorsed{Issuer: by, Result: r, Reason: a.Deciding(r)}
}
