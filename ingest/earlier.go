package ingest

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"assay/extract"
	"assay/index"
	"assay/index/record"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/verdict"
)

// A recheck asks for what is pending. What links came to at the check before stands,
// as it does in an application of which nothing is pending; so hosts are asked once,
// and an application of more links than are asked for at a time is worked through in
// several checks, each of which gets further.

// earlier gives the record of the check before a recheck, of the same submission; nil
// for none.
func (w *Worker) earlier(ctx context.Context, t task, tenant, application string) (old *record.Application, err error) {
	if t.attempt == 0 || t.whole {
		return nil, nil
	}
	err = w.patient(ctx, func() error {
		if old, err = w.o.Engine.Get(ctx, tenant, application); errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrErased) {
			old = nil
			return nil
		}
		return err
	})
	if old != nil && !t.of(old) {
		return nil, err
	}
	return old, err
}

// stands gives what stands of the check before, by the URL of the link that it was
// had by, decided by the employer's policy of today. A link of which anything is
// pending, or may have been cut off, does not.
func (w *Worker) stands(old *record.Application, p *verify.Policy) map[string]examine.Report {
	if old == nil {
		return nil
	}
	out := map[string]examine.Report{}
	again := map[string]bool{}
	for i := range old.NotFollowed {
		out[old.NotFollowed[i].URL] = examine.Report{}
	}
	for i := range old.Credentials {
		c := &old.Credentials[i]
		if c.Link == "" {
			continue
		}
		v := c.Alone()
		if p != nil {
			verify.Decide(&v, *p)
		}
		v.Proven = c.Proven
		again[c.Link] = again[c.Link] || v.Result == verdict.Pending || v.Reason == verdict.InternalFault || len(old.Credentials) >= record.MaxCredentials
		r := out[c.Link]
		r.Document = c.Link
		known := record.SkillsOf(&v, w.resolver(old.Tenant, w.o.Taxonomy()))
		if n := len(r.Findings); n > 0 && c.Where == r.Findings[n-1].Where+" > credential "+strconv.Itoa(len(r.Findings[n-1].Contained)+1) {
			f := &r.Findings[n-1]
			f.Contained, f.Inner, f.Keys = append(f.Contained, v), append(f.Inner, known), append(f.Keys, c.Key)
		} else {
			r.Findings = append(r.Findings, examine.Finding{Where: c.Where, Places: []extract.Place{{Where: c.Where}}, Carrier: c.Carrier, Verdict: v, Skills: known, Keys: []string{c.Key}})
		}
		out[c.Link] = r
	}
	for u := range again {
		if r := out[u]; again[u] {
			r.Findings = nil
			out[u] = r
		}
	}
	for _, l := range old.NotFollowed {
		if isLeftOver(l) {
			delete(out, l.URL) // was not asked, and comes first
		}
	}
	for u, r := range out {
		if len(r.Findings) == 0 {
			continue
		}
		beyond := " > " + u
		for _, x := range old.Unread {
			if strings.Contains(x.Where, beyond) {
				r.Unread = append(r.Unread, extract.Unread{Where: x.Where, Reason: extract.Reason(x.Reason), Detail: x.Detail})
			}
		}
		for _, x := range old.NotFollowed {
			if strings.Contains(x.Where, beyond) {
				r.NotFollowed = append(r.NotFollowed, examine.Unfollowed{Where: x.Where, URL: x.URL, Reason: examine.Skipped(x.Reason), Pending: x.Pending, More: x.More})
			}
		}
		out[u] = r
	}
	return out
}

// isLeftOver reports whether a link was not asked for want of fetches or time.
func isLeftOver(l record.Link) bool {
	return l.Pending && !examine.Skipped(l.Reason).Asked()
}

// leftOver counts links of a record that were not asked for want of fetches or time.
func leftOver(links []record.Link) int {
	n := 0
	for _, l := range links {
		if isLeftOver(l) {
			n += 1 + l.More
		}
	}
	return n
}

// nextAttempt is the number of the recheck after this one, by which it is the later:
// the same as of this one where it got further with what was left over.
func nextAttempt(t task, old *record.Application, links []record.Link) int {
	if left := leftOver(links); old != nil && left > 0 && left < leftOver(old.NotFollowed) {
		return max(t.attempt-1, 0)
	}
	return t.attempt
}
