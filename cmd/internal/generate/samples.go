package main

import (
	"bytes"
	"compress/gzip"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/color"
	"maps"
	"math/big"
)

const esco = "http://data.europa.eu/esco/skill/"

// What the samples show. Identifiers are ESCO's and O*NET's public ones.
var (
	teamwork = achievement{"Teamwork on site", "Works in a team, shares tasks and helps colleagues finish theirs.",
		skill{esco + "60c78287-22eb-4103-9c8c-28deaa460da0", "work in teams", "ESCO", ""}, []string{"teamwork"}}
	ropeAccess = achievement{"Rope access technician, level 2", "Rigs and uses rope access systems without supervision.",
		skill{esco + "9b68b02f-8a9b-4e57-b971-b68aa9403a92", "use rope access techniques", "ESCO", ""}, nil}
	python = achievement{"Python in practice", "Writes, tests and maintains programs in Python.",
		skill{esco + "ccd0a1d9-afda-43d9-b901-96344886e14d", "Python (computer programming)", "ESCO", ""}, []string{"programming"}}
	problems = achievement{"Problem solving", "Finds causes, compares ways out and carries one through.",
		skill{esco + "adc6dc11-3376-467b-96c5-9b0a21edc869", "solve problems", "ESCO", ""}, []string{"problem solving"}}
	leading = achievement{"Team lead", "Leads, coaches and assesses a team of up to eight.",
		skill{esco + "1f1d2ff8-c4c1-45cc-9812-6a7ee84a73cb", "lead a team", "ESCO", ""}, []string{"leadership"}}
	listening = achievement{"Active listening", "Gives full attention to what others say and asks well.",
		skill{"https://www.onetonline.org/find/descriptor/result/2.A.1.b", "Active Listening", "O*NET", "2.A.1.b"}, []string{"communication"}}
	moderating = achievement{"Moderating discussions", "Moderates a discussion online and in the room.",
		skill{esco + "5b46f572-7ced-4efd-b270-a81a164d521c", "moderate a discussion", "ESCO", ""}, nil}
	firstAid = achievement{"First aid at work", "Gives first aid until help comes.",
		skill{esco + "1d21f6ad-340f-45da-a0a3-4e83867f47a6", "provide first aid", "ESCO", ""}, nil}
	forklift = achievement{"Forklift operator", "Moves and stacks pallets safely by forklift.",
		skill{esco + "28cb374e-6261-4133-8371-f9a5470145da", "operate forklift", "ESCO", ""}, nil}
	welding = achievement{"Welding", "Operates welding equipment for steel structures.",
		skill{esco + "2fcd95a4-1f9a-41cf-95a9-4701bde476b4", "operate welding equipment", "ESCO", ""}, nil}
)

var (
	teal   = color.NRGBA{11, 90, 88, 255}
	ochre  = color.NRGBA{178, 112, 20, 255}
	indigo = color.NRGBA{58, 64, 148, 255}
	brick  = color.NRGBA{163, 60, 42, 255}
)

// workshop holds the issuers and their site.
type workshop struct {
	site    *site
	college edIssuer // did:key, Data Integrity and VC-JWT EdDSA
	works   ecIssuer // did:key, VC-JWT ES256
	forger  edIssuer // nobody's issuer
	famous  edIssuer // another key that calls itself as the college does
	rsa     *rsa.PrivateKey
	profile string // OB 2.0 issuer profile of the academy
	key     string // its CryptographicKey
	web     string // OB 3.0 issuer known by its URL
}

func newWorkshop(base string) (*workshop, error) {
	w := &workshop{site: newSite(base), college: newEdIssuer("Harbour College"), forger: newEdIssuer("forger"), famous: newEdIssuer("a key of a minute")}
	var err error
	if w.works, err = newECIssuer("Badge Works"); err != nil {
		return nil, err
	}
	if w.rsa, err = rsaKey("Northgate Academy"); err != nil {
		return nil, err
	}
	if err := w.publishAcademy(); err != nil {
		return nil, err
	}
	if err := w.publishStatusList(); err != nil {
		return nil, err
	}
	return w, w.listIssuers()
}

// listIssuers puts the employer's registry beside the site: the college, which is
// known by a key, and the academy. Badge Works is in no registry.
func (w *workshop) listIssuers() error {
	list, err := json.MarshalIndent(object{"meta": object{"title": "Harbour employers"}, "registry": object{
		w.college.did: object{"name": w.college.name}, w.profile: object{"name": "Northgate Academy"}, w.web: object{"name": "Northgate Academy"}}}, "", "  ")
	w.site.files["trust.json"] = append(list, 0x0a)
	return err
}

// publishAcademy puts the OB 2.0 issuer, its key, its revocation list, and the
// same organisation as an OB 3.0 issuer with a JWKS, on the site.
func (w *workshop) publishAcademy() error {
	w.profile, w.key, w.web = w.site.base+"/academy/profile.json", w.site.base+"/academy/key.json", w.site.base+"/academy/issuer.json"
	pemText, err := publicPEM(w.rsa)
	if err != nil {
		return err
	}
	context := "https://w3id.org/openbadges/v2"
	for path, doc := range map[string]object{
		"/academy/profile.json": {"@context": context, "type": "Issuer", "id": w.profile, "name": "Northgate Academy",
			"url": w.site.base + "/academy", "email": "badges@academy.example", "publicKey": w.key,
			"revocationList": w.site.base + "/academy/revoked.json"},
		"/academy/key.json": {"@context": context, "type": "CryptographicKey", "id": w.key, "owner": w.profile, "publicKeyPem": pemText},
		"/academy/revoked.json": {"@context": context, "type": "RevocationList", "id": w.site.base + "/academy/revoked.json", "issuer": w.profile,
			"revokedAssertions": []any{object{"id": uuid("signed revoked"), "revocationReason": "Awarded by mistake."}}},
		"/academy/issuer.json": {"@context": []any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
			"id": w.web, "type": []any{"Profile"}, "name": "Northgate Academy"},
		"/.well-known/jwks.json": {"keys": []any{object{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": w.web + "#key-1", "iss": w.web,
			"n": b64(w.rsa.N.Bytes()), "e": b64(big.NewInt(int64(w.rsa.E)).Bytes())}}},
	} {
		if _, err := w.site.putJSON(path, 200, doc); err != nil {
			return err
		}
	}
	return nil
}

// listIndex is where the revoked sample stands in the college's status list.
const listIndex = 4711

// publishStatusList puts a Bitstring Status List (131,072 entries, one of them
// set) under the college's own proof on the site.
func (w *workshop) publishStatusList() error {
	bits := make([]byte, 131072/8)
	bits[listIndex/8] |= 0x80 >> (listIndex % 8) // index 0 is the leftmost bit
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(bits); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	url := w.site.base + "/college/status/1"
	doc, err := w.college.prove(object{
		"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "id": url,
		"type": []any{"VerifiableCredential", "BitstringStatusListCredential"}, "issuer": w.college.did, "validFrom": "2026-01-05T00:00:00Z",
		"credentialSubject": object{"id": url + "#list", "type": "BitstringStatusList", "statusPurpose": "revocation",
			"encodedList": "u" + base64.RawURLEncoding.EncodeToString(packed.Bytes())},
	})
	if err != nil {
		return err
	}
	_, err = w.site.putJSON("/college/status/1", 200, doc)
	return err
}

// withStatus adds a status entry at index i of the college's list.
func (w *workshop) withStatus(doc object, i int) object {
	url := w.site.base + "/college/status/1"
	out := maps.Clone(doc)
	out["credentialStatus"] = object{"id": fmt.Sprintf("%s#%d", url, i), "type": "BitstringStatusListEntry",
		"statusPurpose": "revocation", "statusListIndex": fmt.Sprint(i), "statusListCredential": url}
	return out
}

// ob2 makes an Open Badges 2.0 assertion with its class on the site. Hosted
// ones are put on the site too, under their id.
func (w *workshop) ob2(slug string, a achievement, email string, signed bool) (object, error) {
	image := w.site.put("/academy/"+slug+".png", 200, "image/png", badgePicture(ochre))
	class, err := w.site.putJSON("/academy/class-"+slug+".json", 200, object{
		"@context": "https://w3id.org/openbadges/v2", "type": "BadgeClass", "id": w.site.base + "/academy/class-" + slug + ".json",
		"name": a.name, "description": a.description, "image": image, "issuer": w.profile,
		"criteria": object{"narrative": "Shown at work and confirmed by an assessor."}, "tags": a.tags,
		"alignment": []any{object{"targetName": a.skill.name, "targetUrl": a.skill.url, "targetFramework": a.skill.framework, "targetCode": a.skill.code}},
	})
	if err != nil {
		return nil, err
	}
	salt := slug
	doc := object{
		"@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "badge": class, "issuedOn": "2025-11-20T10:00:00Z",
		"recipient": object{"type": "email", "hashed": true, "salt": salt, "identity": hashedEmail(email, salt)},
	}
	if signed {
		doc["id"] = uuid("signed " + slug)
		doc["verification"] = object{"type": "SignedBadge", "creator": w.key}
		return doc, nil
	}
	doc["id"] = w.site.base + "/academy/assertion-" + slug + ".json"
	doc["verification"] = object{"type": "HostedBadge"}
	_, err = w.site.putJSON("/academy/assertion-"+slug+".json", 200, doc)
	return doc, err
}

// claims is the payload of a VC-JWT: the credential with the registered claims
// that repeat it (OB3 §8.2.4.1).
func claims(doc object) object {
	out := maps.Clone(doc)
	out["iss"], out["jti"], out["nbf"] = doc["issuer"].(object)["id"], doc["id"], issuedUnix
	return out
}

const issued, issuedUnix = "2026-03-02T09:00:00Z", 1772442000

// samples makes every application. The comments of the manifest say what each
// is there for.
func (w *workshop) samples() ([]sample, error) {
	var out []sample
	var failed error
	add := func(s sample, err error) {
		if err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", s.Application, err)
		}
		s.Application = fmt.Sprintf("A-%02d-%s", len(out)+1, s.Application)
		s.Name = "Applicant " + fmt.Sprint(len(out)+1)
		out = append(out, s)
	}
	for _, make := range []func(email string) (sample, error){
		w.proofInPNG, w.esJWT, w.issuerJWT, w.hosted, w.signed, w.legacyURL, w.svgs, w.resumePDF, w.linkInText,
		w.edited, w.expired, w.revokedList, w.revokedHosted, w.forged, w.somebodyElses, w.noBadge, w.brokenPDF, w.anybody,
	} {
		email := fmt.Sprintf("applicant%02d@example.org", len(out)+1)
		s, err := make(email)
		s.Email = email
		add(s, err)
	}
	return out, failed
}

func one(application, job, shows, file string, data []byte, result, reason string) sample {
	return sample{Application: application, Job: job, Shows: shows, Files: []string{file}, Results: []string{result}, Reason: reason,
		contents: map[string][]byte{file: data}}
}

func (w *workshop) college3(slug string, a achievement, email, until string) object {
	return ob3(uuid(slug), w.college.did, w.college.name, a, email, issued, until)
}

func (w *workshop) proved(doc object) (string, error) {
	signed, err := w.college.prove(doc)
	if err != nil {
		return "", err
	}
	return text(signed)
}

func (w *workshop) proofInPNG(email string) (sample, error) {
	t, err := w.proved(w.withStatus(w.college3("proof png", teamwork, email, ""), 12))
	return one("proof-png", "site-technician", "Open Badges 3.0, Data Integrity proof, status list, baked into a PNG",
		"teamwork.png", bakeITXt(badgePicture(teal), "openbadgecredential", t), "verified", ""), err
}

func (w *workshop) esJWT(email string) (sample, error) {
	doc := ob3(uuid("es256"), w.works.did, w.works.name, python, email, issued, "")
	jws, err := compactJWS(w.works.key, object{"alg": "ES256", "typ": "JWT", "kid": w.works.method()}, claims(doc))
	return one("jwt-es256", "web-developer", "Open Badges 3.0 as VC-JWT (ES256), a file of its own, by a key that no registry lists",
		"python.jws", []byte(jws+"\n"), "unvouched", "issuer_unvouched"), err
}

func (w *workshop) issuerJWT(email string) (sample, error) {
	doc := ob3(uuid("rs256"), w.web, "Northgate Academy", problems, email, issued, "")
	jws, err := compactJWS(w.rsa, object{"alg": "RS256", "typ": "JWT", "kid": w.web + "#key-1"}, claims(doc))
	return one("jwt-rs256-png", "web-developer", "Open Badges 3.0 as VC-JWT (RS256), key in the issuer's JWKS, baked into a PNG",
		"problem-solving.png", bakeITXt(badgePicture(indigo), "openbadgecredential", jws), "verified", ""), err
}

func (w *workshop) hosted(email string) (sample, error) {
	doc, err := w.ob2("leading", leading, email, false)
	if err != nil {
		return sample{}, err
	}
	t, err := text(doc)
	return one("hosted-png", "warehouse-lead", "Open Badges 2.0, hosted, baked into a PNG",
		"team-lead.png", bakeITXt(badgePicture(ochre), "openbadges", t), "verified", ""), err
}

func (w *workshop) signed(email string) (sample, error) {
	doc, err := w.ob2("listening", listening, email, true)
	if err != nil {
		return sample{}, err
	}
	jws, err := compactJWS(w.rsa, object{"alg": "RS256"}, doc)
	return one("signed-png", "care-assistant", "Open Badges 2.0, signed (RS256), baked into a PNG; the skill is O*NET's",
		"listening.png", bakeITXt(badgePicture(ochre), "openbadges", jws), "verified", ""), err
}

func (w *workshop) legacyURL(email string) (sample, error) {
	doc, err := w.ob2("moderating", moderating, email, false)
	if err != nil {
		return sample{}, err
	}
	return one("legacy-png", "care-assistant", "an old PNG whose tEXt chunk holds only the assertion's URL",
		"moderating.png", bakeTEXt(badgePicture(ochre), doc["id"].(string)), "verified", ""), nil
}

func (w *workshop) svgs(email string) (sample, error) {
	t3, err := w.proved(w.college3("proof svg", firstAid, email, "2030-01-01T00:00:00Z"))
	if err != nil {
		return sample{}, err
	}
	doc2, err := w.ob2("forklift", forklift, email, false)
	if err != nil {
		return sample{}, err
	}
	t2, err := text(doc2)
	return sample{Application: "svg", Job: "warehouse-lead", Shows: "SVG bakes of Open Badges 3.0 and 2.0",
		Files: []string{"first-aid.svg", "forklift.svg"}, Results: []string{"verified", "verified"},
		contents: map[string][]byte{"first-aid.svg": svgOB3("#0b5a58", t3), "forklift.svg": svgOB2("#b27014", doc2["id"].(string), t2)}}, err
}

func (w *workshop) resumePDF(email string) (sample, error) {
	rope, err := w.proved(w.college3("proof pdf", ropeAccess, email, "2029-06-30T00:00:00Z"))
	if err != nil {
		return sample{}, err
	}
	team, err := w.proved(w.college3("proof pinned", teamwork, email, ""))
	if err != nil {
		return sample{}, err
	}
	linked, err := w.ob2("welding", welding, email, false)
	if err != nil {
		return sample{}, err
	}
	printed, err := w.ob2("first-aid", firstAid, email, false)
	if err != nil {
		return sample{}, err
	}
	pdf := resume{
		lines: []string{"Site technician", "", "Rope access, level 2 (badge attached)", "Welding (see the linked badge)", "",
			"First aid: " + printed["id"].(string)},
		links:    []string{linked["id"].(string)},
		embedded: map[string][]byte{"rope-access.png": bakeITXt(badgePicture(teal), "openbadgecredential", rope)},
		pinned:   map[string][]byte{"teamwork.json": []byte(team)},
	}
	s := one("resume-pdf", "site-technician", "a résumé with an embedded file, a file attachment annotation, a link annotation and a URL in its text",
		"resume.pdf", pdf.bytes(), "verified", "")
	s.Results = []string{"verified", "verified", "verified", "verified"}
	return s, nil
}

func (w *workshop) linkInText(email string) (sample, error) {
	doc, err := w.ob2("lead-text", leading, email, false)
	if err != nil {
		return sample{}, err
	}
	letter := "I led a team of six for two years.\nMy badge for it: " + doc["id"].(string) + "\n"
	return one("letter-txt", "warehouse-lead", "a link to a hosted badge in a plain letter", "letter.txt", []byte(letter), "verified", ""), nil
}

func (w *workshop) edited(email string) (sample, error) {
	signed, err := w.college.prove(w.college3("edited", firstAid, email, ""))
	if err != nil {
		return sample{}, err
	}
	signed["name"] = "Emergency physician"
	signed["credentialSubject"].(object)["achievement"].(object)["name"] = "Emergency physician"
	t, err := text(signed)
	return one("edited", "care-assistant", "edited after signing", "first-aid.png",
		bakeITXt(badgePicture(teal), "openbadgecredential", t), "rejected", "proof_invalid"), err
}

func (w *workshop) expired(email string) (sample, error) {
	t, err := w.proved(w.college3("expired", forklift, email, "2026-06-01T00:00:00Z"))
	return one("expired", "warehouse-lead", "really signed, and out of date", "forklift.png",
		bakeITXt(badgePicture(teal), "openbadgecredential", t), "expired", "expired"), err
}

func (w *workshop) revokedList(email string) (sample, error) {
	t, err := w.proved(w.withStatus(w.college3("revoked", ropeAccess, email, ""), listIndex))
	return one("revoked-list", "site-technician", "revoked in the issuer's status list", "rope-access.json",
		[]byte(t), "rejected", "revoked"), err
}

func (w *workshop) revokedHosted(email string) (sample, error) {
	doc, err := w.ob2("revoked", leading, email, false)
	if err != nil {
		return sample{}, err
	}
	if _, err := w.site.putJSON("/academy/assertion-revoked.json", 410, object{"@context": "https://w3id.org/openbadges/v2",
		"type": "Assertion", "id": doc["id"], "revoked": true, "revocationReason": "Left before the assessment."}); err != nil {
		return sample{}, err
	}
	t, err := text(doc)
	return one("revoked-hosted", "warehouse-lead", "a hosted badge that its issuer's server answers with 410 Gone", "team-lead.png",
		bakeITXt(badgePicture(ochre), "openbadges", t), "rejected", "revoked"), err
}

// forged names the college as issuer and is signed with a key of nobody's.
func (w *workshop) forged(email string) (sample, error) {
	doc, err := w.forger.prove(w.college3("forged", welding, email, ""))
	if err != nil {
		return sample{}, err
	}
	t, err := text(doc)
	return one("forged-issuer", "site-technician", "names a known issuer, signed with somebody else's key", "welding.png",
		bakeITXt(badgePicture(brick), "openbadgecredential", t), "rejected", "key_not_issuers"), err
}

func (w *workshop) somebodyElses(string) (sample, error) {
	t, err := w.proved(w.college3("someone else", python, "somebody@example.net", ""))
	return one("somebody-elses", "web-developer", "a real badge of another person", "python.png",
		bakeITXt(badgePicture(teal), "openbadgecredential", t), "authentic", "recipient_mismatch"), err
}

// anybody is what anybody can make in a minute: a new key that calls itself by the
// college's name.
func (w *workshop) anybody(email string) (sample, error) {
	doc, err := w.famous.prove(ob3(uuid("anybody"), w.famous.did, w.college.name, leading, email, issued, ""))
	if err != nil {
		return sample{}, err
	}
	t, err := text(doc)
	return one("anybodys-key", "warehouse-lead", "well signed, by a new key that calls itself as a listed issuer does", "team-lead.png",
		bakeITXt(badgePicture(brick), "openbadgecredential", t), "unvouched", "issuer_unvouched"), err
}

func (w *workshop) noBadge(string) (sample, error) {
	s := one("picture-only", "web-developer", "a picture of a badge, with no badge in it", "picture.png", badgePicture(indigo), "", "")
	s.Results = []string{}
	return s, nil
}

func (w *workshop) brokenPDF(email string) (sample, error) {
	t, err := w.proved(w.college3("beside broken", teamwork, email, ""))
	if err != nil {
		return sample{}, err
	}
	whole := resume{lines: []string{"A letter that never arrived whole"}}.bytes()
	return sample{Application: "broken-pdf", Job: "site-technician", Shows: "a cut-off PDF beside a good badge: the badge still counts",
		Files: []string{"letter.pdf", "teamwork.json"}, Results: []string{"verified"}, Reason: "truncated",
		contents: map[string][]byte{"letter.pdf": whole[:len(whole)/3], "teamwork.json": []byte(t)}}, nil
}
