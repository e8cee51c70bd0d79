package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
)

// The standard security handler (ISO 32000-1 §7.6, ISO 32000-2 §7.6): RC4 of 40 to
// 128 bits, AES of 128 and of 256 (revisions 5 and 6), crypt filters. The empty
// password is tried as the user's and as the owner's: that is what viewers do
// before they ask for one.

// Why an encrypted file stays closed (File.Locked).
var (
	// ErrPassword says that the empty password does not open a document.
	ErrPassword = errors.New("needs a password")
	// ErrSecurity says that a document is encrypted in a way that is not known.
	ErrSecurity = errors.New("encrypted in a way that is not understood")
)

// method is how strings or streams are packed (ISO 32000-1 Table 25, /CFM).
type method uint8

const (
	methodNone method = iota
	methodRC4
	methodAESV2
	methodAESV3
)

// security is one file's handler, opened.
type security struct {
	key                     []byte
	filters                 map[string]method
	streams, strings, files method // by default
	metadata                bool   // is encrypted, too
}

// passwordPad fills passwords up (ISO 32000-1 §7.6.3.3, algorithm 2 step a).
var passwordPad = []byte("\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A")

// encryption is the dictionary of /Encrypt (ISO 32000-1 Table 20), its references
// followed.
type encryption struct {
	f    *File
	d    Dict
	v, r int
}

func (e encryption) get(d Dict, key string) any { return e.f.Resolve(d.Get(key)) }

func (e encryption) text(key string) []byte {
	s, _ := e.get(e.d, key).(string)
	return []byte(s)
}

func (e encryption) integer(d Dict, key string, missing int) int {
	switch n := e.get(d, key).(type) {
	case int:
		return n
	case float64:
		return int(n)
	}
	return missing
}

// handler reads /Encrypt and tries the empty password. Where that opens nothing
// but pages and strings are in the clear all the same, the error is ErrPassword
// beside a handler that leaves out the embedded files.
func (f *File) handler() (*security, error) {
	d, ok := f.Resolve(f.Trailer.Get("Encrypt")).(Dict)
	if !ok {
		return nil, fmt.Errorf("%w: no dictionary", ErrSecurity)
	}
	e := encryption{f: f, d: d}
	if n, _ := e.get(d, "Filter").(Name); n != "Standard" {
		return nil, fmt.Errorf("%w: another handler", ErrSecurity)
	}
	e.v, e.r = e.integer(d, "V", 0), e.integer(d, "R", 0)
	s := &security{filters: map[string]method{"Identity": methodNone}, metadata: true}
	bits := e.integer(d, "Length", 40)
	switch e.v {
	case 1, 2, 3:
		s.streams, s.strings, s.files = methodRC4, methodRC4, methodRC4
	case 4, 5:
		var err error
		if bits, err = e.cryptFilters(s, bits); err != nil {
			return nil, err
		}
		if s.streams == methodNone && s.strings == methodNone && s.files == methodNone && !s.used() {
			return s, nil // nothing is packed
		}
	default:
		return nil, fmt.Errorf("%w: version %d", ErrSecurity, e.v)
	}
	if err := e.open(s, bits); err != nil {
		if errors.Is(err, ErrPassword) && s.streams == methodNone && s.strings == methodNone {
			return s, err
		}
		return nil, err
	}
	if n := len(s.key); e.v == 4 && n < 16 {
		// Version 4 knows no shorter keys, some write them (InDesign), and viewers
		// fill them up with zeros, though no specification says so.
		s.key = append(s.key, make([]byte, 16-n)...)
	}
	return s, nil
}

// cryptFilters reads /CF and which filter is whose (ISO 32000-1 §7.6.5), and gives
// the length of the key as it is then.
func (e encryption) cryptFilters(s *security, bits int) (int, error) {
	if b, ok := e.get(e.d, "EncryptMetadata").(bool); ok {
		s.metadata = b
	}
	cf, _ := e.get(e.d, "CF").(Dict)
	for _, entry := range cf {
		c, _ := e.f.Resolve(entry.Value).(Dict)
		m := methodNone
		switch n, _ := e.get(c, "CFM").(Name); n {
		case "V2":
			m = methodRC4
			if n := e.integer(c, "Length", 0); e.v == 4 && n > 0 && e.d.Get("Length") == nil {
				bits = n
				if n <= 16 { // in bytes, as some write it
					bits = 8 * n
				}
			}
		case "AESV2":
			m, bits = methodAESV2, 128
		case "AESV3":
			m = methodAESV3
		case "None", "":
		default:
			return 0, fmt.Errorf("%w: another method", ErrSecurity)
		}
		if entry.Key != "Identity" {
			s.filters[entry.Key] = m
		}
	}
	of := func(key string, missing method) (method, error) {
		n, ok := e.get(e.d, key).(Name)
		if !ok {
			return missing, nil
		}
		m, ok := s.filters[string(n)]
		if !ok {
			return 0, fmt.Errorf("%w: a crypt filter that is not there", ErrSecurity)
		}
		return m, nil
	}
	var err1, err2, err3 error
	s.streams, err1 = of("StmF", methodNone)
	s.strings, err2 = of("StrF", methodNone)
	s.files, err3 = of("EFF", s.streams)
	return bits, errors.Join(err1, err2, err3)
}

// open finds the file's key by the empty password.
func (e encryption) open(s *security, bits int) error {
	var id []byte
	if ids, ok := e.get(e.f.Trailer, "ID").(Array); ok && len(ids) > 0 {
		first, _ := e.f.Resolve(ids[0]).(string)
		id = []byte(first)
	}
	p := binary.LittleEndian.AppendUint32(nil, uint32(int64(e.integer(e.d, "P", 0))))
	o, u, r := e.text("O"), e.text("U"), e.r
	switch {
	case r >= 2 && r <= 4 && len(o) >= 32 && len(u) >= 16:
		for _, n := range []int{bits / 8, 16, 5} { // files lie about the length
			if n < 5 || n > 16 || r == 2 && n != 5 {
				continue
			}
			if s.key = keyRC4(nil, o[:32], u, p, id, n, r, s.metadata); s.key != nil {
				return nil
			}
			if s.key = keyRC4(userOf(o[:32], n, r), o[:32], u, p, id, n, r, s.metadata); s.key != nil {
				return nil
			}
		}
	case (r == 5 || r == 6) && len(o) >= 48 && len(u) >= 48:
		if s.key = keyAES256(o[:48], u[:48], e.text("OE"), e.text("UE"), r); s.key != nil {
			return nil
		}
	default:
		return fmt.Errorf("%w: revision %d", ErrSecurity, r)
	}
	return ErrPassword
}

// used reports whether one of the filters packs anything: a stream may name it.
func (s *security) used() bool {
	for _, m := range s.filters {
		if m != methodNone {
			return true
		}
	}
	return false
}

// keyRC4 is algorithm 2 of ISO 32000-1 §7.6.3.3, proven by algorithm 6: the file's
// key for a user's password, nil where that is wrong.
func keyRC4(password, o, u, p, id []byte, n, r int, metadata bool) []byte {
	h := md5.New()
	h.Write(append(bytes.Clone(password[:min(len(password), 32)]), passwordPad...)[:32])
	h.Write(o)
	h.Write(p)
	h.Write(id)
	if r >= 4 && !metadata {
		h.Write([]byte{0xff, 0xff, 0xff, 0xff})
	}
	key := h.Sum(nil)
	if r >= 3 {
		for range 50 {
			sum := md5.Sum(key[:n])
			key = sum[:]
		}
	}
	key = key[:n]
	if r == 2 {
		if subtle.ConstantTimeCompare(rc4ed(key, passwordPad), u[:min(len(u), 32)]) != 1 {
			return nil
		}
		return key
	}
	sum := md5.Sum(append(bytes.Clone(passwordPad), id...))
	if subtle.ConstantTimeCompare(rounds(key, sum[:], false), u[:16]) != 1 {
		return nil
	}
	return key
}

// userOf is the user's password that the owner's, when it is empty, unpacks
// (ISO 32000-1 §7.6.3.4, algorithm 7).
func userOf(o []byte, n, r int) []byte {
	sum := md5.Sum(passwordPad)
	if r >= 3 {
		for range 50 {
			sum = md5.Sum(sum[:n])
		}
	}
	if r == 2 {
		return rc4ed(sum[:n], o)
	}
	return rounds(sum[:n], o, true)
}

// rounds is RC4 twenty times, with a key that changes.
func rounds(key, b []byte, back bool) []byte {
	for i := range 20 {
		if back {
			i = 19 - i
		}
		k := bytes.Clone(key)
		for j := range k {
			k[j] ^= byte(i)
		}
		b = rc4ed(k, b)
	}
	return b
}

func rc4ed(key, b []byte) []byte {
	c, err := rc4.NewCipher(key)
	if err != nil {
		return nil // no length of a key that is made here
	}
	out := make([]byte, len(b))
	c.XORKeyStream(out, b)
	return out
}

// keyAES256 is algorithm 2.A of ISO 32000-2 §7.6.4.3.3, nil where the empty password
// is neither the user's nor the owner's.
func keyAES256(o, u, oe, ue []byte, r int) []byte {
	hash := func(salt, more []byte) []byte {
		if r == 5 {
			h := sha256.Sum256(append(bytes.Clone(salt), more...))
			return h[:]
		}
		return hash2B(salt, more)
	}
	for _, w := range []struct{ proof, packed, more []byte }{{u, ue, nil}, {o, oe, u}} {
		if len(w.packed) < 32 || subtle.ConstantTimeCompare(hash(w.proof[32:40], w.more), w.proof[:32]) != 1 {
			continue
		}
		block, err := aes.NewCipher(hash(w.proof[40:48], w.more))
		if err != nil {
			return nil
		}
		key := make([]byte, 32)
		cipher.NewCBCDecrypter(block, make([]byte, 16)).CryptBlocks(key, w.packed[:32])
		return key
	}
	return nil
}

// hash2B is algorithm 2.B of ISO 32000-2 §7.6.4.3.4 for the empty password. It ends
// after 288 rounds at most: then every last byte will do.
func hash2B(salt, u []byte) []byte {
	h := sha256.Sum256(append(bytes.Clone(salt), u...))
	k := h[:]
	for i := 0; ; i++ {
		e := bytes.Repeat(append(bytes.Clone(k), u...), 64)
		block, err := aes.NewCipher(k[:16])
		if err != nil {
			return nil
		}
		cipher.NewCBCEncrypter(block, k[16:32]).CryptBlocks(e, e)
		rest := 0
		for _, c := range e[:16] {
			rest += int(c) // 256 is 1 modulo 3
		}
		switch rest % 3 {
		case 0:
			h := sha256.Sum256(e)
			k = h[:]
		case 1:
			h := sha512.Sum384(e)
			k = h[:]
		default:
			h := sha512.Sum512(e)
			k = h[:]
		}
		if i >= 63 && int(e[len(e)-1]) <= i-31 {
			return k[:32]
		}
	}
}

// unpack decrypts what stands in an object (algorithms 1 and 1.A). ok is false for
// what cannot have been packed so: some write a string in the clear among others.
func (s *security) unpack(m method, num, gen int, b []byte) (out []byte, ok bool) {
	if m == methodNone || len(b) == 0 {
		return b, true
	}
	key := s.key
	if m != methodAESV3 {
		salted := append(bytes.Clone(key), byte(num), byte(num>>8), byte(num>>16), byte(gen), byte(gen>>8))
		if m == methodAESV2 {
			salted = append(salted, "sAlT"...)
		}
		sum := md5.Sum(salted)
		key = sum[:min(len(key)+5, 16)]
	}
	if m == methodRC4 {
		return rc4ed(key, b), true
	}
	block, err := aes.NewCipher(key)
	if err != nil || len(b) < 32 {
		return b, false
	}
	whole := (len(b) - 16) &^ 15
	out = make([]byte, whole)
	cipher.NewCBCDecrypter(block, b[:16]).CryptBlocks(out, b[16:16+whole])
	if pad := int(out[whole-1]); pad >= 1 && pad <= 16 && bytes.Equal(out[whole-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return out[:whole-pad], whole == len(b)-16
	}
	return out, false
}
