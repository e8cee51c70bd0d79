package verdict

import (
	"errors"
	"fmt"
	"strings"
)

// Cause is an error that an aspect can quote: of a kind that callers know, with
// what exactly it was in words that may stand in Aspect.Detail.
type Cause struct {
	Kind   error  // a sentinel of the package that made it
	Detail string // what exactly, without personal data
	err    error  // that Detail was made of
}

// Because returns a *Cause of a kind; format and args are those of fmt.Errorf.
func Because(kind error, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Cause{Kind: kind, Detail: err.Error(), err: err}
}

func (c *Cause) Error() string { return c.Kind.Error() + ": " + c.Detail }

func (c *Cause) Unwrap() []error { return []error{c.Kind, c.err} }

// maxDetail bounds what Clip leaves.
const maxDetail = 200

// Clip cuts words for Aspect.Detail to 200 bytes of valid UTF-8.
func Clip(s string) string {
	if len(s) > maxDetail {
		return strings.ToValidUTF8(s[:maxDetail], "") + "…"
	}
	return strings.ToValidUTF8(s, "")
}

// DetailOf is what Aspect.Detail may quote of an error: the outermost *Cause that
// it wraps, "" when there is none.
func DetailOf(err error) string {
	if c := (*Cause)(nil); errors.As(err, &c) {
		return Clip(c.Error())
	}
	return ""
}
