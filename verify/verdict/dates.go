package verdict

import (
	"strings"
	"time"
)

// Zero reports whether a time is the zero of a clock, which software writes that has
// none and writes it all the same: of Go and .NET in the year 1, of Unix in 1970, at
// once or, where it writes the day alone, as that day ends. One second before 1970 is
// the -1 of Unix, and the end of the day on which 1970 began in America.
func Zero(t time.Time) bool {
	const day = 24*60*60 - 1
	switch s, one := t.Unix(), (time.Time{}).Unix(); s {
	case 0, day, -1, one + day:
		return true
	case one:
		return !t.IsZero()
	}
	return false
}

// Sooner gives the earlier of two ends, zero for none. One that may stand for none
// ([OfDates]) comes before none and after every other.
func Sooner(a, b time.Time) time.Time {
	switch {
	case b.IsZero():
		return a
	case a.IsZero(), Zero(a), !Zero(b) && b.Before(a):
		return b
	}
	return a
}

// OfDates gives the answer on a badge that begins and ends at these times, zero
// for none, and whose issuer's clock may run ahead by skew. Unread are the dates
// that could not be read, each with its member and value: what the others say
// against the badge is said all the same.
func OfDates(from, to, now time.Time, skew time.Duration, unread []string) Aspect {
	switch {
	case from.After(now.Add(skew)):
		return Aspect{State: Fail, Reason: NotYetValid}
	case Zero(to):
		return Aspect{State: Unknown, Reason: DateMalformed, Detail: "its end is " + to.Format(time.DateOnly) + ", the zero of a clock, which may stand for no end"}
	case !to.IsZero() && to.Before(from):
		return Aspect{State: Fail, Reason: DateMalformed, Detail: "ends before it begins: " + to.Format(time.RFC3339) + " is before " + from.Format(time.RFC3339)}
	case !to.IsZero() && !to.After(now):
		return Aspect{State: Fail, Reason: PastEnd}
	case len(unread) > 0:
		return Aspect{State: Unknown, Reason: DateMalformed, Detail: Clip("cannot be read: " + strings.Join(unread, ", "))}
	}
	return Aspect{State: Pass}
}
