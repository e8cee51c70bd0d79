package verdict

import (
	"strings"
	"time"

	"assay/verify/read"
)

// OfDates gives the answer on a badge that begins and ends at these times, zero
// for none, and whose issuer's clock may run ahead by skew. Unread are the dates
// that could not be read, each with its member and value: what the others say
// against the badge is said all the same.
func OfDates(from, to, now time.Time, skew time.Duration, unread []string) Aspect {
	switch {
	case from.After(now.Add(skew)):
		return Aspect{State: Fail, Reason: NotYetValid}
	case read.Zero(to):
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
