package session

// Blind is how a reader reads: blind, unless it was lifted.
type Blind struct {
	Lifted  bool `json:"l,omitempty"` // names are shown
	Schools bool `json:"s,omitempty"` // who issued badges is hidden beside names
	Dates   bool `json:"d,omitempty"` // when they were earned, too
}
