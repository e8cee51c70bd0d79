package verify

import (
	"slices"
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// pictured is a web whose address gives a picture in which texts are baked.
func pictured(w *verifytest.Web, where string, baked ...any) *verifytest.Web {
	lines := []string{"picture"}
	for _, b := range baked {
		if s, ok := b.(string); ok {
			lines = append(lines, s)
			continue
		}
		lines = append(lines, string(verifytest.JSON(b)))
	}
	w.Put(where, verifytest.Answer{Type: "image/png", Body: strings.Join(lines, "\n")})
	return w
}

func checkPictured(t testing.TB, w *verifytest.Web, payload any, who Applicant) Verdict {
	t.Helper()
	v, err := New(Options{Fetcher: w, Pictures: verifytest.Pictures{}, Accept: verdict.LevelKey, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	return judged(t, v, Assertion{Payload: verifytest.JSON(payload)}, who)
}

// TestAttack338Pictures: a picture that a host gives in place of a badge speaks for
// the address that it lies at, and for no other.
func TestAttack338Pictures(t *testing.T) {
	const at = "https://issuer.example/own.png"
	own := with(ob2Badge(), m{"id": at})
	good := checkPictured(t, pictured(ob2Web(), at, own), own, applicant)
	wantVerified(t, good)
	if !slices.Contains(good.Warnings, verdict.WarnInPicture) || !slices.Contains(good.Warnings, verdict.WarnSharedHost) {
		t.Errorf("warnings %v", good.Warnings)
	}
	other := Applicant{Emails: []string{"other@example.org"}}
	wantReason(t, checkPictured(t, pictured(ob2Web(), at, own), own, other), verdict.Authentic, verdict.RecipientMismatch)
	wantReason(t, checkPictured(t, pictured(ob2Web(), at, with(own, m{"revoked": true})), own, applicant), verdict.Rejected, verdict.Revoked)
	// What was edited in the copy does not count.
	edited := with(own, m{"recipient": m{"type": "email", "hashed": false, "identity": "other@example.org"}, "expires": "2099-01-01T00:00:00Z"})
	v := checkPictured(t, pictured(ob2Web(), at, own), edited, other)
	wantReason(t, v, verdict.Authentic, verdict.RecipientMismatch)
	if !slices.Contains(v.Warnings, verdict.WarnCopyDiffers) || !v.Credential.Expires.IsZero() {
		t.Errorf("%v %v", v.Warnings, v.Credential.Expires)
	}
	// An assertion of Open Badges 1 is named by what verifies it.
	old := m{"uid": "1", "recipient": m{"type": "email", "hashed": false, "identity": "applicant@example.org"}, "badge": ob2Class, "issuedOn": "2015-04-30", "verify": m{"type": "hosted", "url": at}}
	wantVerified(t, checkPictured(t, pictured(ob2Web(), at, old), old, applicant))

	for desc, tc := range map[string]struct {
		baked  []any
		reason Reason
	}{
		"another's address":         {[]any{ob2Badge()}, verdict.WrongID},
		"another host's address":    {[]any{with(own, m{"id": "https://evil.example/own.png"})}, verdict.WrongID},
		"an address that is no URL": {[]any{with(own, m{"id": "urn:uuid:1"})}, verdict.WrongID},
		"no address":                {[]any{with(own, m{"id": nil})}, verdict.ImageUnsupported},
		"another verify.url":        {[]any{with(old, m{"verify": m{"type": "hosted", "url": ob2URL}})}, verdict.WrongID},
		"two badges of one address": {[]any{own, with(own, m{"issuedOn": "2020-01-01T00:00:00Z"})}, verdict.ImageUnsupported},
		"a token":                   {[]any{"eyJhbGciOiJub25lIn0.e30."}, verdict.ImageUnsupported},
		"what is no badge":          {[]any{m{"id": at}}, verdict.ImageUnsupported},
		"a class":                   {[]any{m{"@context": ob2Context, "type": "BadgeClass", "id": at, "name": "Teamwork"}}, verdict.ImageUnsupported},
		"members that stand twice":  {[]any{`{"id":"` + at + `","id":"` + at + `"}`}, verdict.ImageUnsupported},
		"nothing":                   {nil, verdict.ImageUnsupported},
	} {
		want := verdict.Unsupported
		if tc.reason == verdict.WrongID {
			want = verdict.Pending
		}
		if v := checkPictured(t, pictured(ob2Web(), at, tc.baked...), own, applicant); v.Result != want || v.Reason != tc.reason {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	broken := ob2Web()
	broken.Put(at, verifytest.Answer{Type: "image/png", Body: "broken"})
	wantReason(t, checkPictured(t, broken, own, applicant), verdict.Unsupported, verdict.ImageUnsupported)
	// Nobody reads pictures.
	wantReason(t, check(t, pictured(ob2Web(), at, own), own), verdict.Unsupported, verdict.ImageUnsupported)
	// The picture of another host, where an open redirect leads, is that host's.
	w := pictured(ob2Web(), at, own)
	a := w.Answers[at]
	a.Final = "https://evil.example/own.png"
	w.Put(at, a)
	wantReason(t, checkPictured(t, w, own, applicant), verdict.Unsupported, verdict.ImageUnsupported)
	// Where the site has moved, it is the site's.
	a.Final = "https://www.issuer.example/own.png"
	w.Put(at, a)
	wantVerified(t, checkPictured(t, w, own, applicant))
	// A picture is no profile and no key, whatever is baked into it.
	w = pictured(ob2Web(), at, m{"id": at, "uid": "1", "badge": ob2Class, "verify": m{"url": at}, "name": "Example University"})
	w.Put(ob2Class, with(verifytest.Object(w.Answers[ob2Class].Body), m{"issuer": at}))
	if v := checkPictured(t, w, ob2Badge(), applicant); v.Aspects.Issuer.State == verdict.Pass {
		t.Errorf("a profile: %s", short(v))
	}
}

// TestPictureOfAClass: a class whose address is the picture of the very badge is read
// from there, and from no badge that names another class.
func TestPictureOfAClass(t *testing.T) {
	const at = "https://issuer.example/class.svg"
	class := with(verifytest.Object(ob2Web().Answers[ob2Class].Body), m{"id": at})
	inside := func(c any) *verifytest.Web {
		w := ob2Web()
		w.Put(ob2URL, with(ob2Badge(), m{"badge": at}))
		return pictured(w, at, with(ob2Badge(), m{"id": "https://issuer.example/a/7", "badge": c}))
	}
	v := checkPictured(t, inside(class), ob2Badge(), applicant)
	wantVerified(t, v)
	if v.Credential.Name != "Teamwork" || v.Credential.AchievementID != at {
		t.Errorf("%+v", v.Credential)
	}
	for desc, c := range map[string]any{"another class": with(class, m{"id": ob2Class}), "an address": ob2Class, "no id": with(class, m{"id": nil})} {
		if v := checkPictured(t, inside(c), ob2Badge(), applicant); v.Result != verdict.Unsupported {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	// Its issuer is asked as ever.
	foreign := inside(with(class, m{"issuer": "https://evil.example/profile"}))
	foreign.Put("https://evil.example/profile", m{"@context": ob2Context, "type": "Profile", "id": "https://evil.example/profile", "name": "Evil"})
	if v := checkPictured(t, foreign, ob2Badge(), applicant); v.Aspects.Issuer.State == verdict.Pass {
		t.Errorf("another's issuer: %s", short(v))
	}
}
