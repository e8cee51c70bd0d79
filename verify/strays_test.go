package verify

import (
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// eduWeb is a university whose profile of Open Badges 2 says nothing of scope.
func eduWeb() (w *verifytest.Web, badge m) {
	move := func(o string) m {
		return verifytest.Object(strings.ReplaceAll(o, "https://issuer.example/", "https://badges.example.edu/"))
	}
	w = verifytest.NewWeb(nil)
	for u, a := range ob2Web().Answers {
		w.Put(strings.ReplaceAll(u, "https://issuer.example/", "https://badges.example.edu/"), move(a.Body))
	}
	return w, move(string(verifytest.JSON(ob2Badge())))
}

const eduProfile = "https://badges.example.edu/profile"

// TestAttack411UploadedBadge: a user of the issuer's host puts a badge of the issuer's
// among his files.
func TestAttack411UploadedBadge(t *testing.T) {
	w, b := eduWeb()
	wantVerified(t, check(t, w, b))
	for _, dir := range []string{"~mallory/", "people/~mallory/", "uploads/", "wp-content/uploads/2026/", "forum/attachments/", "userfiles/"} {
		dir = "https://badges.example.edu/" + dir
		for desc, class := range map[string]string{"the issuer's class": "https://badges.example.edu/class", "a class of his own": dir + "class.json"} {
			for how, where := range map[string]string{"there": dir + "1.json", "by an address that leads there": "https://badges.example.edu/go?to=" + dir + "1.json"} {
				w, b := eduWeb()
				w.Put(dir+"class.json", with(verifytest.Object(w.Answers["https://badges.example.edu/class"].Body), m{"id": dir + "class.json", "name": "Surgeon"}))
				b = with(b, m{"id": where, "badge": class})
				w.Put(where, verifytest.Answer{Body: string(verifytest.JSON(b)), Final: dir + "1.json"})
				v := check(t, w, b)
				if v.Result != verdict.Unsupported || v.Aspects.Issuer.Reason != verdict.IssuerUnprovable {
					t.Errorf("%s, %s, %s: %s", dir, desc, how, short(v))
				}
				// A host that is named as a whole names no folder of it.
				profile := verifytest.Object(w.Answers[eduProfile].Body)
				w.Put(eduProfile, with(profile, m{"verification": m{"allowedOrigins": []any{"badges.example.edu"}, "startsWith": "https://badges.example.edu/"}}))
				if v := check(t, w, b); v.Aspects.Issuer.Reason != verdict.IssuerUnprovable {
					t.Errorf("%s, %s, %s, the host: %s", dir, desc, how, short(v))
				}
				// Its issuer may keep its badges there, and says so.
				w.Put(eduProfile, with(profile, m{"verification": m{"startsWith": dir}}))
				if v := check(t, w, b); (v.Result == verdict.Verified) != (how == "there") {
					t.Errorf("%s, %s, %s, the folder: %s", dir, desc, how, short(v))
				}
			}
		}
	}
	// Nor does a copy there date a badge by a key that is past its date.
	for where, want := range map[string]Result{"https://badges.example.edu/a/77": verdict.Verified, "https://badges.example.edu/~mallory/77": verdict.Unsupported} {
		w, b := eduWeb()
		const key = "https://badges.example.edu/key"
		w.Put(eduProfile, with(verifytest.Object(w.Answers[eduProfile].Body), m{"publicKey": m{"type": "CryptographicKey", "id": key, "owner": eduProfile,
			"publicKeyPem": verifytest.PEM(issuerKey.Public()), "expires": "2026-06-01T00:00:00Z"}}))
		b = with(b, m{"id": where})
		w.Put(where, b)
		token := verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(with(b, m{"verification": m{"type": "signed", "creator": key}})), issuerKey)
		if v := check(t, w, token); v.Result != want {
			t.Errorf("by an old key, %s: %s", where, short(v))
		}
	}
	// Open Badges 0.5, whose issuer is the host.
	old := m{"recipient": "applicant@example.org", "badge": m{"version": "0.5.0", "name": "Surgeon", "image": "/i.png", "description": "d", "criteria": "/c",
		"issuer": m{"origin": "https://badges.example.edu", "name": "Example University"}}}
	for where, want := range map[string]Result{"https://badges.example.edu/badges/1.json": verdict.Verified, "https://badges.example.edu/uploads/1.json": verdict.Unsupported} {
		w.Put(where, old)
		if v := judged(t, newVerifier(t, w, nil), Assertion{Payload: verifytest.JSON(old), Origin: where}, applicant); v.Result != want {
			t.Errorf("%s: %s", where, short(v))
		}
	}
	// Where the issuer itself is such a place, it is one.
	const own = "https://badges.example.edu/~jane/"
	w, b = eduWeb()
	w.Put(own+"profile", with(verifytest.Object(w.Answers[eduProfile].Body), m{"id": own + "profile"}))
	w.Put(own+"class", with(verifytest.Object(w.Answers["https://badges.example.edu/class"].Body), m{"id": own + "class", "issuer": own + "profile"}))
	b = with(b, m{"id": own + "1.json", "badge": own + "class"})
	w.Put(own+"1.json", b)
	if v := check(t, w, b); v.Aspects.Issuer.State != verdict.Pass || v.Aspects.Standing.Level != verdict.LevelPage {
		t.Errorf("a page's own: %s, %s", short(v), v.Aspects.Standing.Level)
	}
}

// TestAttack412ProfileThatIsLedTo: an address of a university that leads wherever it
// is asked to is the issuer's id; what it leads to is a file of the forger's.
func TestAttack412ProfileThatIsLedTo(t *testing.T) {
	const file = "https://badges.example.edu/~mallory/p.json"
	for _, id := range []string{"https://badges.example.edu/go?to=/~mallory/p.json", "https://badges.example.edu/s/abc", "did:web:badges.example.edu:s:abc"} {
		profile := m{"@context": "https://w3id.org/openbadges/v3", "id": id, "type": "Profile", "name": "Example University", "assertionMethod": []any{id + "#k"},
			"verificationMethod": []any{m{"id": id + "#k", "type": "Multikey", "controller": id, "publicKeyMultibase": verifytest.Multikey(evilKey)}}}
		where := id
		if strings.HasPrefix(id, "did:") {
			where = "https://badges.example.edu/s/abc/did.json"
		}
		for final, want := range map[string]bool{where: true, "https://badges.example.edu/issuers/1": true, file: false} {
			w := verifytest.NewWeb(nil)
			w.Put(where, verifytest.Answer{Final: final, Body: string(verifytest.JSON(profile))})
			v := check(t, w, verifytest.Secure(badge(id), evilKey, id+"#k", "eddsa-rdfc-2022"))
			if (v.Result == verdict.Verified) != want {
				t.Errorf("%s, from %s: %s", id, final, short(v))
			}
		}
	}
	// What the host's owner has under /.well-known/ may lie where he likes.
	w := verifytest.NewWeb(nil)
	w.Put("https://badges.example.edu/.well-known/did.json", verifytest.Answer{Final: "https://badges.example.edu/wp-content/uploads/did.json", Body: string(verifytest.JSON(didDocument("did:web:badges.example.edu", issuerKey)))})
	wantVerified(t, check(t, w, verifytest.Secure(badge("did:web:badges.example.edu"), issuerKey, "did:web:badges.example.edu#"+verifytest.Multikey(issuerKey), "eddsa-rdfc-2022")))
	// The same of a signed badge of Open Badges 2.
	const id = "https://badges.example.edu/go?to=/~mallory/p.json"
	for final, want := range map[string]bool{id: true, file: false} {
		w, b := eduWeb()
		w.Put(id, verifytest.Answer{Final: final, Body: string(verifytest.JSON(with(verifytest.Object(w.Answers[eduProfile].Body), m{"id": id,
			"publicKey": m{"type": "CryptographicKey", "id": id + "#k", "owner": id, "publicKeyPem": verifytest.PEM(evilKey.Public())}})))})
		w.Put("https://badges.example.edu/class", with(verifytest.Object(w.Answers["https://badges.example.edu/class"].Body), m{"issuer": id}))
		token := verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(with(b, m{"verification": m{"type": "signed", "creator": id + "#k"}})), evilKey)
		if v := check(t, w, token); (v.Result == verdict.Verified) != want {
			t.Errorf("Open Badges 2, from %s: %s", final, short(v))
		}
	}
}
