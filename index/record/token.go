package record

import (
	"errors"
	"fmt"
	"regexp"
)

// ErrToken is behind every *TokenError.
var ErrToken = errors.New("not 1 to 64 of A-Z a-z 0-9 _ -")

// TokenError refuses the name of a tenant or an application: what cannot stand
// in a subject of the queue, in an id of the index and in a path.
type TokenError struct {
	What  string // what was named: "tenant", "application", or the flag or parameter
	Value string // as given: it may be hostile to a terminal or a log
}

// Error quotes the value, and of a long one the beginning.
func (e *TokenError) Error() string {
	if e.Value == "" {
		return e.What + " is missing"
	}
	return fmt.Sprintf("%s %.80q is %v", e.What, e.Value, ErrToken)
}

// Unwrap gives ErrToken.
func (e *TokenError) Unwrap() error { return ErrToken }

var token = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// CheckToken refuses what cannot name a tenant or an application with a
// *TokenError.
func CheckToken(what, s string) error {
	if !token.MatchString(s) {
		return &TokenError{what, s}
	}
	return nil
}
