package look

// State is how a badge stands, as a seal shows it: a shape and a word before a
// colour. Its text is the name of its class in the style sheet.
type State string

// The states of badges.
const (
	Verified  State = "verified"
	Expired   State = "expired"
	Unvouched State = "unvouched"
	Authentic State = "authentic"
	Waiting   State = "waiting"
	Other     State = "other"    // names another address or person
	Early     State = "early"    // not yet valid
	Unjudged  State = "unjudged" // a form that is not judged
	Blocked   State = "blocked"  // by the employer
	Void      State = "void"     // does not hold, which need be no fraud
	Altered   State = "altered"  // or forged
	Revoked   State = "revoked"
	Suspended State = "suspended"
	Gone      State = "gone" // from its issuer's host
)

// States lists all, as a legend does.
func States() []State {
	return []State{Verified, Expired, Unvouched, Authentic, Waiting, Other, Early, Unjudged, Blocked, Void, Altered, Revoked, Suspended, Gone}
}

// sign is what a state looks like and says: shape is the id of a symbol.
type sign struct{ shape, word, sentence string }

var signs = map[State]sign{
	Verified:  {"ok", "verified", "Unaltered, in date, not known to be taken back, this applicant’s own, and somebody known stands behind the issuer."},
	Expired:   {"old", "expired", "A real badge whose time is over."},
	Unvouched: {"key", "unvouched", "Unaltered, but nobody stands behind the issuer: anybody can make such a key. It proves nothing yet."},
	Authentic: {"au", "authentic", "A real badge, but nothing ties it to this applicant. It may be somebody else’s."},
	Waiting:   {"wa", "waiting", "Not decided yet: something could not be asked."},
	Other:     {"ot", "another address or person", "A real badge for an address or a person that is not known to be this applicant. Perhaps their other address: ask."},
	Early:     {"early", "not yet valid", "Its time has not begun. It does not count yet."},
	Unjudged:  {"uj", "not judged", "A form of credential that assay does not judge; its name stands beside it."},
	Blocked:   {"bar", "blocked by you", "You have blocked this issuer; what it signs does not count here."},
	Void:      {"void", "does not hold", "Something about it does not hold; its record says what. That may be a mistake, and need be no fraud. It does not count."},
	Altered:   {"al", "altered or forged", "It is not what its issuer signed, or its key is not one of the issuer that it names. Nothing in it counts."},
	Revoked:   {"re", "revoked", "Its issuer has taken it back. It does not count."},
	Suspended: {"re", "suspended", "Its issuer has suspended it. It does not count as long as that lasts."},
	Gone:      {"re", "no longer at its host", "Its issuer’s server says that it was there and is no more. It does not count."},
}

// Shape is the state's symbol, by the end of its id.
func (s State) Shape() string { return signs[s].shape }

// Word is the state's name, a message of the catalogues.
func (s State) Word() string { return signs[s].word }

// Sentence says what the state means, a message of the catalogues.
func (s State) Sentence() string { return signs[s].sentence }
