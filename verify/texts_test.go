package verify

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// encodings are ways in which a host may write a text down.
var encodings = map[string]func(s string) verifytest.Answer{
	"byte order mark and CRLF": func(s string) verifytest.Answer {
		return verifytest.Answer{Body: "\uFEFF" + strings.ReplaceAll(s, ",", ",\r\n") + "\r\n"}
	},
	"UTF-16": func(s string) verifytest.Answer {
		return verifytest.Answer{Body: wide("\uFEFF"+s, binary.LittleEndian)}
	},
	"UTF-16, the high byte first": func(s string) verifytest.Answer { return verifytest.Answer{Body: wide("\uFEFF"+s, binary.BigEndian)} },
	"UTF-16 that is declared": func(s string) verifytest.Answer {
		return verifytest.Answer{Body: wide(s, binary.LittleEndian), Type: "application/json; charset=utf-16le"}
	},
	"UTF-8 that is declared otherwise": func(s string) verifytest.Answer {
		return verifytest.Answer{Body: s, Type: "application/json; charset=iso-8859-1"}
	},
	"ISO 8859-1": func(s string) verifytest.Answer {
		return verifytest.Answer{Body: strings.ReplaceAll(s, "Example", "Ex\xe4mple"), Type: "application/json; charset=iso-8859-1"}
	},
}

func wide(s string, order binary.AppendByteOrder) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// TestEncodedAnswers: whichever document of a badge a host writes in another
// encoding, it is read.
func TestEncodedAnswers(t *testing.T) {
	const list = "https://issuer.example/list"
	web := verifytest.Secure(badge(didWeb), issuerKey, webMethod(issuerKey), "eddsa-rdfc-2022")
	profile := verifytest.Secure(badge(httpIssuer), issuerKey, httpIssuer+"#k", "eddsa-rdfc-2022")
	revocable := secured(func(b m) { b["credentialStatus"] = m{"id": list, "type": "1EdTechRevocationList"} })
	for desc, encode := range encodings {
		for _, where := range []string{ob2URL, ob2Class, ob2Profile} {
			w := ob2Web()
			w.Put(where, encode(w.Answers[where].Body))
			if v := check(t, w, ob2Badge()); v.Result != verdict.Verified {
				t.Errorf("%s, %s: %s", desc, where, short(v))
			}
		}
		for where, b := range map[string]m{didWebDoc: web, httpIssuer: profile} {
			w := issuers()
			w.Put(where, encode(w.Answers[where].Body))
			if v := check(t, w, b); v.Result != verdict.Verified {
				t.Errorf("%s, %s: %s", desc, where, short(v))
			}
		}
		for _, revoked := range []string{"urn:uuid:another", revocable["id"].(string)} {
			w := issuers()
			w.Put(list, encode(string(verifytest.JSON(m{"issuer": revocable["issuer"].(m)["id"], "revokedCredential": []any{m{"id": revoked, "revoked": true}}}))))
			want := verdict.Verified
			if revoked == revocable["id"] {
				want = verdict.Rejected
			}
			if v := check(t, w, revocable); v.Result != want {
				t.Errorf("%s, a list that names %s: %s", desc, revoked, short(v))
			}
		}
	}
}

// TestAttack221EncodedTwice: what two readers could read as two texts is not made
// one by decoding it: marks, charsets and surrogates open nothing that strict JSON
// shuts, and what is signed is read as it stands.
func TestAttack221EncodedTwice(t *testing.T) {
	for desc, encode := range encodings {
		w := ob2Web()
		a := encode(strings.Replace(w.Answers[ob2URL].Body, `"type":"Assertion"`, `"recipient":{"type":"email","hashed":false,"identity":"applicant@example.org"},"type":"Assertion"`, 1))
		w.Put(ob2URL, a)
		if v := check(t, w, ob2Badge()); v.Aspects.Integrity.State == verdict.Pass {
			t.Errorf("a name twice, %s: %s", desc, short(v))
		}
	}
	for desc, a := range map[string]verifytest.Answer{
		"two marks":                         {Body: "\uFEFF\uFEFF" + ob2Web().Answers[ob2URL].Body},
		"a mark inside":                     {Body: "{\uFEFF" + ob2Web().Answers[ob2URL].Body[1:]},
		"half of a surrogate pair":          {Body: "\xff\xfe" + wide(ob2Web().Answers[ob2URL].Body, binary.LittleEndian) + "\x3d\xd8"},
		"a charset that hides ASCII":        {Body: "+AHs-\xff", Type: "application/json; charset=utf-7"},
		"bytes that are no UTF-8, declared": {Body: strings.Replace(ob2Web().Answers[ob2URL].Body, "Assertion", "Asser\xfftion", 1), Type: "application/json; charset=utf-8"},
	} {
		w := ob2Web()
		w.Put(ob2URL, a)
		if v := check(t, w, ob2Badge()); v.Aspects.Integrity.State == verdict.Pass {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	// A signed text is what was signed, its mark and all.
	did, method := verifytest.DIDKey(issuerKey)
	token := string(verifytest.Compact(m{"alg": "EdDSA", "kid": method}, []byte("\uFEFF"+string(verifytest.JSON(badge(did)))), issuerKey))
	for desc, payload := range map[string]string{"inside a token": token, "before a badge": "\uFEFF" + string(verifytest.JSON(secured()))} {
		if v := check(t, issuers(), []byte(payload)); v.Result == verdict.Verified || v.Result == verdict.Authentic {
			t.Errorf("a mark %s: %s", desc, short(v))
		}
	}
}

// TestClassNotFoundIsNamed: of a badge that was read nobody says that there is none.
func TestClassNotFoundIsNamed(t *testing.T) {
	w := ob2Web()
	w.Put(ob2Class, verifytest.Answer{Status: 404})
	v := check(t, w, ob2Badge())
	wantReason(t, v, verdict.Rejected, verdict.NotFound)
	if !strings.Contains(v.Aspects.Integrity.Detail, "address of its class") {
		t.Errorf("says %q", v.Aspects.Integrity.Detail)
	}
	w.Put(ob2URL, verifytest.Answer{Status: 404})
	if v := check(t, w, ob2Badge()); v.Reason != verdict.NotFound || v.Aspects.Integrity.Detail != "" {
		t.Errorf("the badge itself: %s", short(v))
	}
}
