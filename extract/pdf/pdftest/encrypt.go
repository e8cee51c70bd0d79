package pdftest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
)

// Encryptions are the ways of Builder.Encrypt, all by the standard security
// handler (ISO 32000-1 §7.6.3, ISO 32000-2 §7.6.4): RC4 of 40 and of 128 bits, AES
// of 128 and of 256, and RC4 of 40 bits by a crypt filter, whose key viewers fill up.
var Encryptions = []string{"rc4-40", "rc4-128", "aes-128", "aes-256", "filter-40"}

// encryption is one file's key, and how its strings and streams are packed.
type encryption struct {
	key  []byte
	v, r int
	aes  bool
	dict string // of the security handler
}

// fileID is the first element of the trailer's /ID.
const fileID = "0123456789abcdef"

var padding = []byte("\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A")

func padded(password string) []byte { return append([]byte(password), padding...)[:32] }

func rc4ed(key, b []byte) []byte {
	c, err := rc4.NewCipher(key)
	if err != nil {
		panic(err)
	}
	out := make([]byte, len(b))
	c.XORKeyStream(out, b)
	return out
}

// rounds is RC4 with the key changed twenty times (§7.6.3.3, algorithm 3 step g).
func rounds(key, b []byte) []byte {
	for i := range 20 {
		k := bytes.Clone(key)
		for j := range k {
			k[j] ^= byte(i)
		}
		b = rc4ed(k, b)
	}
	return b
}

// newEncryption makes a handler of the named way for a user's password.
func newEncryption(way, password string) *encryption {
	const permissions = -44
	p := binary.LittleEndian.AppendUint32(nil, uint32(0xffffffff+permissions+1))
	if way == "aes-256" {
		return newAES256(password, p, permissions)
	}
	e, bits := &encryption{v: 2, r: 3}, 128
	switch way {
	case "rc4-40":
		e.v, e.r, bits = 1, 2, 40
	case "rc4-128":
	case "aes-128":
		e.v, e.r, e.aes = 4, 4, true
	case "filter-40":
		e.v, e.r, bits = 4, 4, 40
	default:
		panic("no such encryption: " + way)
	}
	n := bits / 8
	again := func(h [16]byte) []byte {
		if e.r >= 3 {
			for range 50 {
				h = md5.Sum(h[:n])
			}
		}
		return bytes.Clone(h[:n])
	}
	// Algorithms 3 (O), 2 (the key) and 4 or 5 (U).
	owner := again(md5.Sum(padded("owner")))
	o := rc4ed(owner, padded(password))
	if e.r >= 3 {
		o = rounds(owner, padded(password))
	}
	e.key = again(md5.Sum(bytes.Join([][]byte{padded(password), o, p, []byte(fileID)}, nil)))
	u := rc4ed(e.key, padding)
	if e.r >= 3 {
		h := md5.Sum(append(bytes.Clone(padding), fileID...))
		u = append(rounds(e.key, h[:]), make([]byte, 16)...)
	}
	e.dict = fmt.Sprintf("<</Filter /Standard /V %d /R %d /Length %d /P %d /O <%x> /U <%x>", e.v, e.r, bits, permissions, o, u)
	switch {
	case e.aes:
		e.dict += " /CF <</StdCF <</CFM /AESV2 /AuthEvent /DocOpen /Length 16>>>> /StmF /StdCF /StrF /StdCF"
	case e.v == 4:
		e.dict += " /CF <</StdCF <</CFM /V2 /AuthEvent /DocOpen /Length 5>>>> /StmF /StdCF /StrF /StdCF"
		e.key = append(e.key, make([]byte, 16-n)...)
	}
	e.dict += ">>"
	return e
}

// newAES256 is version 5, revision 6 (ISO 32000-2 §7.6.4.3.3 to 7.6.4.4.9).
func newAES256(password string, p []byte, permissions int) *encryption {
	e := &encryption{v: 5, r: 6, aes: true, key: bytes.Repeat([]byte("k"), 32)}
	const check, salt = "checksal", "keysalt."
	wrap := func(key []byte) []byte { return cbc(key, make([]byte, 16), e.key) }
	u := append(hash2B(password, check, nil), check+salt...)
	o := append(hash2B("owner", check, u), check+salt...)
	ue, oe := wrap(hash2B(password, salt, nil)), wrap(hash2B("owner", salt, u))
	block, err := aes.NewCipher(e.key)
	if err != nil {
		panic(err)
	}
	perms := make([]byte, 16)
	block.Encrypt(perms, append(append(bytes.Clone(p), "\xff\xff\xff\xffTadb"...), "rand"...))
	e.dict = fmt.Sprintf("<</Filter /Standard /V 5 /R 6 /Length 256 /P %d /O <%x> /U <%x> /OE <%x> /UE <%x> /Perms <%x> /CF <</StdCF <</CFM /AESV3 /AuthEvent /DocOpen /Length 32>>>> /StmF /StdCF /StrF /StdCF>>",
		permissions, o, u, oe, ue, perms)
	return e
}

// hash2B is algorithm 2.B of ISO 32000-2 §7.6.4.3.4.
func hash2B(password, salt string, u []byte) []byte {
	h := sha256.Sum256(append([]byte(password+salt), u...))
	k := h[:]
	for i := 0; ; i++ {
		k1 := bytes.Repeat(bytes.Join([][]byte{[]byte(password), k, u}, nil), 64)
		c := cbc(k[:16], k[16:32], k1)
		switch new(big.Int).Mod(new(big.Int).SetBytes(c[:16]), big.NewInt(3)).Int64() {
		case 0:
			h := sha256.Sum256(c)
			k = h[:]
		case 1:
			h := sha512.Sum384(c)
			k = h[:]
		default:
			h := sha512.Sum512(c)
			k = h[:]
		}
		if i >= 63 && int(c[len(c)-1]) <= i-31 {
			return bytes.Clone(k[:32])
		}
	}
}

// cbc is AES in CBC mode over whole blocks.
func cbc(key, iv, b []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	out := make([]byte, len(b))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, b)
	return out
}

// seal encrypts what stands in object num (algorithm 1 and 1.A).
func (e *encryption) seal(num int, b []byte) []byte {
	key := e.key
	if e.v < 5 {
		salted := append(bytes.Clone(key), byte(num), byte(num>>8), byte(num>>16), 0, 0)
		if e.aes {
			salted = append(salted, "sAlT"...)
		}
		h := md5.Sum(salted)
		key = bytes.Clone(h[:min(len(key)+5, 16)])
	}
	if !e.aes {
		return rc4ed(key, b)
	}
	iv := []byte("an initial value")
	pad := 16 - len(b)%16
	return append(iv, cbc(key, iv, append(bytes.Clone(b), bytes.Repeat([]byte{byte(pad)}, pad)...))...)
}

// object encrypts the strings and the stream of object num as it is written.
func (e *encryption) object(num int, s string) string {
	head, stream, has := strings.Cut(s, " stream\n")
	var out strings.Builder
	for i := 0; i < len(head); {
		switch {
		case strings.HasPrefix(head[i:], "<<"), strings.HasPrefix(head[i:], ">>"):
			out.WriteString(head[i : i+2])
			i += 2
		case head[i] == '<':
			n := strings.IndexByte(head[i:], '>')
			b, err := hex.DecodeString(head[i+1 : i+n])
			if err != nil {
				panic(err)
			}
			fmt.Fprintf(&out, "<%x>", e.seal(num, b))
			i += n + 1
		case head[i] == '(':
			var b []byte
			depth := 1
			for i++; ; i++ {
				if head[i] == '(' {
					depth++
				} else if head[i] == ')' {
					if depth--; depth == 0 {
						break
					}
				} else if head[i] == '\\' {
					i++ // as String escapes
				}
				b = append(b, head[i])
			}
			i++
			fmt.Fprintf(&out, "<%x>", e.seal(num, b))
		default:
			out.WriteByte(head[i])
			i++
		}
	}
	if !has {
		return out.String()
	}
	data := string(e.seal(num, []byte(strings.TrimSuffix(stream, "\nendstream"))))
	dict := out.String()
	at := strings.LastIndex(dict, "/Length ")
	end := at + len("/Length ")
	for end < len(dict) && dict[end] >= '0' && dict[end] <= '9' {
		end++
	}
	return fmt.Sprintf("%s/Length %d%s stream\n%s\nendstream", dict[:at], len(data), dict[end:], data)
}
