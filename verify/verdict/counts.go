package verdict

// Counts counts badges by result.
type Counts struct {
	Verified    int `json:"verified"`
	Authentic   int `json:"authentic"`
	Expired     int `json:"expired"`
	Unvouched   int `json:"unvouched"`
	Rejected    int `json:"rejected"`
	Pending     int `json:"pending"`
	Unsupported int `json:"unsupported"`
}

// Add counts n more badges of a result, or fewer where n is negative. What is
// none of the seven results is counted as unsupported, so that no badge is lost
// from the total.
func (c *Counts) Add(r Result, n int) { *c.of(r) += n }

// Of is the number of badges of a result.
func (c Counts) Of(r Result) int { return *c.of(r) }

func (c *Counts) of(r Result) *int {
	switch r {
	case Verified:
		return &c.Verified
	case Authentic:
		return &c.Authentic
	case Expired:
		return &c.Expired
	case Unvouched:
		return &c.Unvouched
	case Rejected:
		return &c.Rejected
	case Pending:
		return &c.Pending
	}
	return &c.Unsupported
}

// Total is the number of all badges.
func (c Counts) Total() int {
	n := 0
	for _, r := range Results() {
		n += c.Of(r)
	}
	return n
}

// Results are the seven results, from good to what was not judged.
func Results() []Result {
	return []Result{Verified, Authentic, Expired, Unvouched, Rejected, Pending, Unsupported}
}
