package ingest

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"assay/verify/verdict"

	"github.com/nats-io/nats.go/jetstream"
)

// Change is a badge that another check of the same submission, or an employer's word on
// its issuer, gave another result. It stays with the outcomes that follow, until the
// badge changes again or a newer submission comes: whoever reads outcomes late sees it,
// and whoever has seen it knows it by At.
type Change struct {
	Finding int            `json:"finding,omitempty"` // its place in findings, from 1; 0 = it is not found any more
	From    verdict.Result `json:"from,omitempty"`    // "" = it was not found before
	To      verdict.Result `json:"to,omitempty"`      // "" = it is not found any more
	Reason  verdict.Reason `json:"reason,omitempty"`  // of To
	At      time.Time      `json:"at"`                // of the check or the decision
}

// maxChanges is how many changes an outcome tells, the newest.
const maxChanges = 100

// against gives the body of an outcome as it is told behind the last one of its
// application: with what changed since, where that is of the same submission. Compared
// is what was told and not what the index had: a check that is interrupted between the
// two, and made again, tells its changes all the same.
func (o Outcome) against(last *jetstream.RawStreamMsg, body []byte) ([]byte, error) {
	var was Outcome
	of := mark{o.Sequence, o.Submitted.UnixNano()}
	if o.State != Indexed || last == nil || markOf(last.Header) != of || json.Unmarshal(last.Data, &was) != nil || was.State != Indexed {
		return body, nil
	}
	if o.Phase == PhaseDocuments || was.Phase == PhaseDocuments {
		return body, nil // one check, told in two parts
	}
	at := o.Checked
	if o.Decided.After(at) {
		at = o.Decided
	}
	o.since(&was, at)
	for n := len(o.Changed); n > 0; n = len(o.Changed) {
		with, err := json.Marshal(o)
		if err != nil || len(with) <= maxMessage-4096 {
			return with, err
		}
		o.Changed = o.Changed[n-n/2:]
	}
	return body, nil
}

// since notes what changed since another outcome of the same submission was told.
func (o *Outcome) since(was *Outcome, at time.Time) {
	// Of outcomes that are cut short it is not known what else was found.
	whole := was.Counts.Total() == len(was.Findings) && o.Counts.Total() == len(o.Findings)
	before := map[int]Change{}
	var all []Change
	for _, c := range was.Changed {
		if c.Finding == 0 {
			all = append(all, c)
		}
		before[c.Finding] = c
	}
	from := matched(was.Findings, o.Findings)
	there := map[int]bool{}
	for i, j := range from {
		f := &o.Findings[i]
		there[j] = true
		switch c, ok := before[j+1]; {
		case j < 0 && whole:
			all = append(all, Change{Finding: i + 1, To: f.Result, Reason: f.Reason, At: at})
		case j < 0:
		case was.Findings[j].Result != f.Result:
			all = append(all, Change{Finding: i + 1, From: was.Findings[j].Result, To: f.Result, Reason: f.Reason, At: at})
		case ok:
			c.Finding = i + 1
			all = append(all, c)
		}
	}
	for j := range was.Findings {
		if whole && !there[j] {
			all = append(all, Change{From: was.Findings[j].Result, At: at})
		}
	}
	slices.SortStableFunc(all, func(a, b Change) int { return a.At.Compare(b.At) })
	o.Changed = all[max(0, len(all)-maxChanges):]
}

// matched gives for each badge of one outcome its place in an earlier one of the same
// submission, -1 for none: by what it says of itself where it stands, then wherever it
// stands, then by where it stands alone, where one of the two does not say what it is,
// as a badge that could not be fetched.
func matched(was, now []Found) []int {
	place := func(f *Found) string { return f.Document + "\x00" + f.Carrier }
	id := func(f *Found) string {
		if f.Credential.ID == "" {
			return ""
		}
		return f.Credential.ID + "\x00" + f.Credential.Issuer.ID
	}
	out := make([]int, len(now))
	for i := range out {
		out[i] = -1
	}
	taken := make([]bool, len(was))
	for _, key := range []func(*Found) string{
		func(f *Found) string {
			return strings.Join([]string{place(f), id(f), f.Credential.Name, f.Credential.Issued.String()}, "\x00")
		},
		id,
		place,
	} {
		at := map[string][]int{}
		for j := range was {
			if k := key(&was[j]); k != "" && !taken[j] {
				at[k] = append(at[k], j)
			}
		}
		for i := range now {
			k := key(&now[i])
			if out[i] >= 0 || k == "" {
				continue
			}
			for n, j := range at[k] {
				a, b := id(&was[j]), id(&now[i])
				if a != b && a != "" && b != "" {
					continue // two badges in one place
				}
				out[i], taken[j] = j, true
				at[k] = slices.Delete(at[k], n, n+1)
				break
			}
		}
	}
	return out
}
