package session

import (
	"net/http"
	"time"
)

// Way is what has to be the same when somebody comes back from where he signs in.
type Way struct {
	State    string    `json:"s"` // that the answer is to this browser's question
	Nonce    string    `json:"n"` // that the word of who he is was given for it
	Verifier string    `json:"v"` // that who brings the code asked for it (RFC 7636)
	To       string    `json:"t"` // the page that he wanted
	At       time.Time `json:"a"`
}

const wayCookie = "way"

// SetWay remembers a way in the browser that goes it.
func (k *Keeper) SetWay(w http.ResponseWriter, v Way) error {
	v.At = k.o.Now()
	return k.set(w, wayCookie, "", int(WayTime/time.Second), v)
}

// Way gives a browser's way and has it forgotten: it is gone once. ErrNone where there
// is none, or it took too long.
func (k *Keeper) Way(w http.ResponseWriter, r *http.Request) (Way, error) {
	var v Way
	if !k.get(r, wayCookie, "", &v) || v.State == "" {
		return Way{}, ErrNone
	}
	k.drop(w, wayCookie)
	if age := k.o.Now().Sub(v.At); age >= WayTime || age < -ahead {
		return Way{}, ErrNone
	}
	return v, nil
}
