package pdf

import (
	"bytes"
	"strings"
)

// What lies in a file whatever its cross references say.

// Current reports whether o is the newest form of its object.
func (f *File) Current(o *Physical) bool {
	return o.Num < len(f.locs) && f.locs[o.Num].kind == locPlain && f.locs[o.Num].off == o.Off
}

// At reads the object o as it lies in the file, current or not.
func (f *File) At(o *Physical) any {
	v, _ := (&Lexer{b: f.data, p: o.body}).object(0, true)
	return v
}

// EmbedsFile reports whether o speaks of an embedded file.
func (o *Physical) EmbedsFile() bool { return o.flags&hasFile != 0 }

// SpeaksOfMetadata reports whether o has a stream and names metadata.
func (o *Physical) SpeaksOfMetadata() bool { return o.stream != 0 && o.flags&hasMetadata != 0 }

// AssociatedFiles reports whether any object names associated files
// (ISO 32000-2 §14.13).
func (f *File) AssociatedFiles() bool { return f.flags&hasAF != 0 }

// Value reads the object.
func (s Stale) Value() any {
	v, _ := (&Lexer{b: []byte(s.body)}).object(0, false)
	return v
}

// URIs calls each for every /URI with a string in every physical object and
// object stream, with the number and the offset of the object (0 where it lies
// in an object stream); stale says that a newer one has taken its place. An
// encrypted file gives none.
func (f *File) URIs(each func(uri string, num, off int, stale bool)) {
	f.keyed(hasURI, "/URI", each)
}

// Alts calls each for every text in place of what is seen (/Alt and /ActualText, ISO
// 32000-1 §14.9.3 f.) that has a slash in it, as URIs does.
func (f *File) Alts(each func(text string, num, off int, stale bool)) {
	for _, key := range []string{"/Alt", "/ActualText"} {
		f.keyed(hasAlt, key, func(text string, num, off int, stale bool) {
			if strings.IndexByte(text, '/') >= 0 {
				each(text, num, off, stale)
			}
		})
	}
}

// keyed calls each for every string that is the value of a key, in the objects that have
// the flag of its name.
func (f *File) keyed(flag nameSet, key string, each func(text string, num, off int, stale bool)) {
	if f.Encrypted || f.flags&flag == 0 {
		return
	}
	type reference struct {
		num   int64
		stale bool
	}
	followed := map[reference]bool{} // what many name is read once
	scan := func(b []byte, num, off int, stale bool) {
		for p := 0; ; {
			i := bytes.Index(b[p:], []byte(key))
			if i < 0 {
				return
			}
			p += i + len(key)
			if p < len(b) && classOf[b[p]] == classRegular {
				continue
			}
			l := Lexer{b: b, p: p}
			t := l.Next()
			var text string
			switch t.Kind {
			case TokenString:
				text = TextString(string(t.Bytes))
			case TokenInt: // a reference
				to := reference{int64(t.Num), stale}
				if _, ok := l.reference(); ok && !followed[to] {
					followed[to] = true
					s, _ := f.Object(int(t.Num)).(string)
					text = TextString(s)
				}
			}
			if text == "" {
				continue // "/S /URI": the next one may be the key
			}
			p = max(p, min(l.p, len(b)))
			each(text, num, off, stale)
		}
	}
	for i := range f.Physical {
		o := &f.Physical[i]
		if o.flags&flag != 0 {
			scan(f.data[o.body:o.end], o.Num, o.Off, !f.Current(o))
		}
	}
	for num, l := range f.locs {
		if l.kind == locPlain && l.off >= len(f.data) {
			b := f.expanded[l.off-len(f.data):]
			if i := bytes.Index(b, []byte("\nendobj\n")); i >= 0 {
				b = b[:i]
			}
			scan(b, num, 0, false)
		}
	}
	for _, s := range f.Stale {
		scan([]byte(s.body), s.Num, 0, true)
	}
}
