package session

import "net/http"

// Blind is how a reader reads: blind, unless it was lifted.
type Blind struct {
	Lifted  bool `json:"l,omitempty"` // names are shown
	Schools bool `json:"s,omitempty"` // who issued badges is hidden beside names
	Dates   bool `json:"d,omitempty"` // when they were earned, too
}

// blindCookie is a cookie of its own, which only SetBlind writes: an answer that is late
// and writes down the session's last use cannot undo it.
const blindCookie = "blind"

// SetBlind remembers how somebody reads, during his session; without one, nil, for a
// month.
func (k *Keeper) SetBlind(w http.ResponseWriter, s *Session, b Blind) error {
	if s == nil {
		return k.set(w, blindCookie, "", blindTime, b)
	}
	return k.set(w, blindCookie, s.ID, 0, b)
}

// Blind gives how somebody reads: blind, where nothing is remembered of this session.
func (k *Keeper) Blind(r *http.Request, s *Session) Blind {
	id := ""
	if s != nil {
		id = s.ID
	}
	var b Blind
	if !k.get(r, blindCookie, id, &b) {
		return Blind{}
	}
	return b
}
