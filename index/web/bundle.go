package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"assay/verify/read"
)

// Written is a credential or an assertion as it stands in a document.
type Written struct {
	Text  string // byte for byte
	Token bool   // a JWS or SD-JWT; else JSON
}

// maxBundle bounds what a bundle holds, in bytes.
const maxBundle = 16 << 20

// errOver: the submission is kept no longer.
var errOver = &DoorError{Kind: KindNotFound, Detail: "what was submitted is no longer kept: its time on the queue is over"}

// bundled gives the credentials of the newest submission, byte for byte as their issuers
// signed them, in one of two forms that other systems read: a Comprehensive Learner Record
// (1EdTech CLR 2.0) or a résumé (HR Open LER-RS 4.4). Neither is signed: nothing vouches
// for the bundle, and whoever reads it judges what is in it. X-Left-Out counts what
// the form has no place for, and documents that could not be had; X-Unread parts of
// documents that were not read, in which more may stand.
func (h *handler) bundled(a *asked, as string) (any, error) {
	if h.o.Documents == nil {
		return nil, errNoDoor
	}
	id := a.PathValue("id")
	v, err := h.application(a)
	if err != nil {
		return nil, err
	}
	about := v.(recordAnswer)
	var list []Written
	seen, left, unread, size := map[string]bool{}, 0, 0, 0
	kept, err := h.kept(a.Context(), a.caller.Tenant, id, func(o Original) error {
		if o.Gone != "" {
			left++
			return nil
		}
		found, n, err := h.o.Documents.Credentials(a.Context(), a.caller.Tenant, about.Application, o)
		unread += n
		for _, w := range found {
			switch {
			case seen[w.Text]:
			case !w.Token && !json.Valid([]byte(w.Text)): // it could end the bundle around it
				left++
			case as == "clr" && !isVC(w), size+len(w.Text) > maxBundle:
				left++
			default:
				list = append(list, w)
				size += len(w.Text)
			}
			seen[w.Text] = true
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if !kept {
		return nil, errOver
	}
	body, err := bundleOf(as, about, list, h.o.Now())
	if err != nil {
		return nil, err
	}
	a.w.Header().Set("Content-Type", "application/json")
	a.w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.%s.json"`, id, as))
	a.w.Header().Set("X-Left-Out", strconv.Itoa(left))
	a.w.Header().Set("X-Unread", strconv.Itoa(unread))
	_, _ = a.w.Write(body)
	return nil, nil
}

// bundleOf writes a bundle. A credential's text is not marshalled: that would write it
// anew, and its signature may be over the bytes.
func bundleOf(as string, about recordAnswer, list []Written, now time.Time) ([]byte, error) {
	sum := sha256.Sum256([]byte(about.ID + " " + about.Version + " " + as))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // RFC 9562 §5.8
	uuid := fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
	var b bytes.Buffer
	each := func(before, after string) {
		for i, w := range list {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(before)
			if w.Token {
				b.WriteString(`{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"` + envelope(w.Text) + `"}`)
			} else {
				b.WriteString(w.Text)
			}
			b.WriteString(after)
		}
	}
	head := map[string]any{}
	if as == "clr" {
		head["@context"] = []string{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"}
		head["id"], head["type"], head["name"] = "urn:uuid:"+uuid, []string{"VerifiableCredential", "ClrCredential"}, "Credentials of application "+about.Application
		head["description"] = "A bundle of credentials as their issuers signed them. It is not signed itself: judge each credential in it."
		head["issuer"] = map[string]any{"id": "urn:uuid:" + uuid, "type": []string{"Profile"}, "name": "assay, which vouches for nothing here"}
		head["validFrom"] = now.UTC().Format(time.RFC3339)
		if err := unended(&b, head); err != nil {
			return nil, err
		}
		b.WriteString(`,"credentialSubject":{"type":["ClrSubject"],"verifiableCredential":[`)
		each("", "")
		b.WriteString("]}}\n")
		return b.Bytes(), nil
	}
	head["type"] = "http://schema.hropenstandards.org/4.4/recruiting/json/ler-rs/LER-RSType.json"
	head["documentId"] = map[string]any{"value": uuid}
	head["person"] = map[string]any{"name": map[string]any{"formattedName": clean(about.DisplayName)}}
	if err := unended(&b, head); err != nil {
		return nil, err
	}
	b.WriteString(`,"certifications":[`)
	each(`{"verifications":[`, "]}")
	b.WriteString("]}\n")
	return b.Bytes(), nil
}

// unended writes an object without its end.
func unended(b *bytes.Buffer, head map[string]any) error {
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	b.Write(bytes.TrimSuffix(text, []byte("}")))
	return nil
}

// envelope is a token as a data: URL (VCDM 2.0 §4.13). What could end the text around it
// is not in a token.
func envelope(token string) string {
	kind := "application/vc+jwt"
	if strings.Contains(token, "~") {
		kind = "application/vc+sd-jwt"
	}
	return "data:" + kind + "," + strings.Map(func(r rune) rune {
		if r == '"' || r == '\\' || r < '!' || r > '~' {
			return -1
		}
		return r
	}, token)
}

// isVC reports whether a text is a verifiable credential, which a Comprehensive Learner
// Record can hold, and not an assertion of Open Badges 2.
func isVC(w Written) bool {
	text := []byte(w.Text)
	if w.Token {
		parts := strings.SplitN(w.Text, ".", 3)
		if len(parts) < 3 {
			return false
		}
		var err error
		if text, err = base64.RawURLEncoding.DecodeString(parts[1]); err != nil {
			return false
		}
	}
	o, err := read.ParseDocument(text)
	return err == nil && (o.IsType("VerifiableCredential") || o.Has("credentialSubject") || o.Has("vc"))
}
