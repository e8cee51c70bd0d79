package record

import "assay/verify/verdict"

// Asking reports whether hosts are being asked, so that a badge or a link of the
// application says something else in a moment.
func (a *Application) Asking() bool {
	for i := range a.Credentials {
		for _, s := range a.Credentials[i].Verdict.Aspects.Each() {
			if s.Reason == verdict.BeingAsked {
				return true
			}
		}
	}
	for _, l := range a.NotFollowed {
		if l.Reason == string(verdict.BeingAsked) {
			return true
		}
	}
	return false
}
