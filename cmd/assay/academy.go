package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/big"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"assay/ingest"
)

// academy is an issuer of the bench with a site: Open Badges 2.0 by its RSA key, VC-JWT
// by its key set, and a status list of one of the issuers known by did:key.
type academy struct {
	base  string // of its site
	key   *rsa.PrivateKey
	files map[string][]byte // of the site, by path
	photo []byte            // JPEG
}

// newAcademy makes an issuer whose site is at base.
func newAcademy(ctx context.Context, s *sampler, base string) (*academy, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	a := &academy{base: base, key: key, files: map[string][]byte{}}
	if a.photo, err = noise(); err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	const ob2, ob3 = "https://w3id.org/openbadges/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
	enc := base64.RawURLEncoding
	for path, doc := range map[string]map[string]any{
		"/profile.json": {"@context": ob2, "type": "Issuer", "id": base + "/profile.json", "name": "Bench Academy", "url": base,
			"email": "badges@academy.example", "publicKey": base + "/key.json", "revocationList": base + "/revoked.json"},
		"/key.json": {"@context": ob2, "type": "CryptographicKey", "id": base + "/key.json", "owner": base + "/profile.json",
			"publicKeyPem": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))},
		"/revoked.json": {"@context": ob2, "type": "RevocationList", "id": base + "/revoked.json", "issuer": base + "/profile.json", "revokedAssertions": []any{}},
		"/class.json": {"@context": ob2, "type": "BadgeClass", "id": base + "/class.json", "name": "first aid", "description": "Shown at work.",
			"image": base + "/class.png", "issuer": base + "/profile.json", "criteria": map[string]any{"narrative": "Shown at work and confirmed."}},
		"/issuer.json": {"@context": []any{"https://www.w3.org/ns/credentials/v2", ob3}, "id": base + "/issuer.json", "type": []any{"Profile"}, "name": "Bench Academy"},
		"/.well-known/jwks.json": {"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": base + "/issuer.json#key-1", "iss": base + "/issuer.json",
			"n": enc.EncodeToString(key.N.Bytes()), "e": enc.EncodeToString(big.NewInt(int64(key.E)).Bytes())}}},
	} {
		if a.files[path], err = json.Marshal(doc); err != nil {
			return nil, err
		}
	}
	a.files["/class.png"] = s.picture
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err = z.Write(make([]byte, 131072/8)); err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, err
	}
	list, err := prove(ctx, s.keys[0], map[string]any{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "id": base + "/status.json",
		"type": []any{"VerifiableCredential", "BitstringStatusListCredential"}, "issuer": "did:key:" + keyText(s.keys[0]), "validFrom": "2026-01-05T00:00:00Z",
		"credentialSubject": map[string]any{"id": base + "/status.json#list", "type": "BitstringStatusList", "statusPurpose": "revocation",
			"encodedList": "u" + enc.EncodeToString(packed.Bytes())}})
	a.files["/status.json"] = []byte(list)
	return a, err
}

// publish writes the academy's site into a folder.
func (a *academy) publish(dir string) error {
	for name, b := range a.files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(file, b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// noise is a photo of the size that photos in CVs have, in bytes.
func noise() ([]byte, error) {
	random := mathrand.New(mathrand.NewPCG(1, 2))
	img := image.NewGray(image.Rect(0, 0, 480, 360))
	for y := range 360 {
		for x := range 480 {
			img.SetGray(x, y, color.Gray{uint8(random.UintN(256))})
		}
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 88})
	return b.Bytes(), err
}

// resume makes application number i: a CV of about 190 KB, a PDF with a photo and three
// badges attached to it, each baked into a picture.
func (s *sampler) resume(ctx context.Context, i int) (ingest.Submission, error) {
	sub, email := s.applicant(i)
	listed, err := s.badgeWith(ctx, 10*i, email, map[string]any{"id": fmt.Sprintf("%s/status.json#%d", s.base, i%131072), "type": "BitstringStatusListEntry",
		"statusPurpose": "revocation", "statusListIndex": fmt.Sprint(i % 131072), "statusListCredential": s.base + "/status.json"})
	if err != nil {
		return sub, err
	}
	salt := fmt.Sprintf("pepper%d", i)
	hash := sha256.Sum256([]byte(email + salt))
	identity := "sha256$" + hex.EncodeToString(hash[:])
	token, err := jws(s.key, map[string]any{"alg": "RS256", "typ": "JWT", "kid": s.base + "/issuer.json#key-1"}, map[string]any{
		"@context": []any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		"id":       fmt.Sprintf("urn:example:token:%d", i), "jti": fmt.Sprintf("urn:example:token:%d", i), "iss": s.base + "/issuer.json", "nbf": 1767571200,
		"type": []any{"VerifiableCredential", "OpenBadgeCredential"}, "name": "welding", "validFrom": "2026-01-05T00:00:00Z",
		"issuer": map[string]any{"id": s.base + "/issuer.json", "type": []any{"Profile"}, "name": "Bench Academy"},
		"credentialSubject": map[string]any{"type": []any{"AchievementSubject"},
			"achievement": map[string]any{"id": "urn:example:achievement:welding", "type": []any{"Achievement"}, "name": "welding", "description": "Shown at work.",
				"criteria": map[string]any{"narrative": "Shown at work and confirmed."}},
			"identifier": []any{map[string]any{"type": "IdentityObject", "hashed": true, "identityType": "emailAddress", "salt": salt, "identityHash": identity}}}})
	if err != nil {
		return sub, err
	}
	signed, err := jws(s.key, map[string]any{"alg": "RS256"}, map[string]any{"@context": "https://w3id.org/openbadges/v2", "type": "Assertion",
		"id": fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012d", i), "badge": s.base + "/class.json", "issuedOn": "2025-11-20T10:00:00Z",
		"recipient":    map[string]any{"type": "email", "hashed": true, "salt": salt, "identity": identity},
		"verification": map[string]any{"type": "SignedBadge", "creator": s.base + "/key.json"}})
	if err != nil {
		return sub, err
	}
	data := s.pdf(bake(s.picture, listed), bake(s.picture, token), bakeAs(s.picture, "openbadges", signed))
	sub.Files = []ingest.File{{Name: "cv.pdf", Type: "application/pdf", Data: data}}
	return sub, nil
}

// pdf is a page with text and the photo, and attachments (ISO 32000-1).
func (s *sampler) pdf(attached ...[]byte) []byte {
	var b bytes.Buffer
	var offsets []int
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	object := func(body string) int {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(offsets), body)
		return len(offsets)
	}
	stream := func(dict string, data []byte) int {
		return object(fmt.Sprintf("<<%s /Length %d>>\nstream\n%s\nendstream", dict, len(data), data))
	}
	font := object("<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>")
	photo := stream(" /Type /XObject /Subtype /Image /Width 480 /Height 360 /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode", s.photo)
	content := stream("", []byte("q 120 0 0 90 420 700 cm /P Do Q BT /F1 11 Tf 56 680 Td 15 TL "+strings.Repeat("(Ten years at work, in teams of many trades and sizes, indoors and out.) Tj T* ", 30)+"ET"))
	var names []string
	for i, data := range attached {
		file := stream(" /Type /EmbeddedFile", data)
		name := fmt.Sprintf("badge%d.png", i)
		names = append(names, fmt.Sprintf("(%s) %d 0 R", name, object(fmt.Sprintf("<</Type /Filespec /F (%s) /UF (%s) /EF <</F %d 0 R>>>>", name, name, file))))
	}
	page := len(offsets) + 1
	object(fmt.Sprintf("<</Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Resources <</Font <</F1 %d 0 R>> /XObject <</P %d 0 R>>>> /Contents %d 0 R>>", page+1, font, photo, content))
	object(fmt.Sprintf("<</Type /Pages /Kids [%d 0 R] /Count 1>>", page))
	root := object(fmt.Sprintf("<</Type /Catalog /Pages %d 0 R /Names <</EmbeddedFiles <</Names [%s]>>>>>>", page+1, strings.Join(names, " ")))
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d /Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, root, start)
	return b.Bytes()
}
