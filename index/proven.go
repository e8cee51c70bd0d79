package index

import "assay/verify/verdict"

// Bounds of what a hit tells beside why it matches.
const (
	maxProven  = 6
	maxRefused = 3
)

// Refused is a badge of a hit that proves nothing, and why.
type Refused struct {
	Credential int            `json:"credential"` // position in Application.Credentials
	Name       string         `json:"name,omitempty"`
	Reason     verdict.Reason `json:"reason,omitempty"`
}

// proven gives the first skills that an application can prove at now (Unix
// seconds), each skill once.
func proven(a *Application, p *Plan) []Match {
	m := &matcher{a: a, now: p.Now}
	var out []Match
	seen := map[string]bool{}
	for i := range a.Claims {
		k := &a.Claims[i]
		key := k.ID
		if key == "" {
			key = k.LabelWords
		}
		if k.Label == "" || seen[key] || EffectiveStatus(k, p.Now) != verdict.Verified {
			continue
		}
		seen[key] = true
		if out = append(out, m.match(&ClaimCond{}, k, nil)); len(out) == maxProven {
			break
		}
	}
	return out
}

// refused gives the first badges of an application that prove nothing at now.
func refused(a *Application, now int64) []Refused {
	var out []Refused
	for i := range a.Credentials {
		v := &a.Credentials[i].Verdict
		reason := v.Reason
		if e := v.Credential.Expires; v.Result != verdict.Rejected {
			if v.Result == verdict.Unsupported || e.IsZero() || e.Unix() > now {
				continue
			}
			reason = verdict.Expired
		}
		if out = append(out, Refused{i, v.Credential.Name, reason}); len(out) == maxRefused {
			break
		}
	}
	return out
}
