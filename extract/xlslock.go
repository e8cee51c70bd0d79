package extract

import (
	"bytes"
	"crypto/md5"
	"crypto/rc4"
	"encoding/binary"
	"unicode/utf16"
)

// Workbooks of Excel of before 2007 whose structure is protected are encrypted with a
// password that every program knows, and opened without asking for one ([MS-XLS] §2.2.10).
// Read is the RC4 of [MS-OFFCRYPTO] §2.3.6 alone, which Excel 97 to 2003 and LibreOffice write.

const (
	sheetPassword = "VelvetSweatshop"
	lockBlock     = 1024 // bytes of a stream for which one key holds
	filePass      = 0x2F
)

// workbookKey makes the key of a block of the stream, of a FilePass record; nil where another
// password is asked for, or it is encrypted in another way.
func workbookKey(record []byte) func(block uint32) *rc4.Cipher {
	if len(record) < 54 || binary.LittleEndian.Uint64(record)&0xFFFFFFFFFFFF != 0x0001_0001_0001 {
		return nil
	}
	salt, verifier := record[6:22], record[22:54]
	var password []byte
	for _, u := range utf16.Encode([]rune(sheetPassword)) {
		password = binary.LittleEndian.AppendUint16(password, u)
	}
	h := md5.Sum(password)
	h = md5.Sum(bytes.Repeat(append(h[:5:5], salt...), 16))
	key := func(block uint32) *rc4.Cipher {
		k := md5.Sum(binary.LittleEndian.AppendUint32(h[:5:5], block))
		c, _ := rc4.NewCipher(k[:]) // sixteen bytes are a key
		return c
	}
	clear := make([]byte, len(verifier))
	key(0).XORKeyStream(clear, verifier)
	if sum := md5.Sum(clear[:16]); !bytes.Equal(sum[:], clear[16:]) {
		return nil
	}
	return key
}

// inClear are the records of a workbook that are never encrypted ([MS-XLS] §2.2.10).
var inClear = map[uint16]bool{0x0809: true, filePass: true, 0x0194: true, 0x0195: true, 0x00E1: true, 0x0196: true, 0x0138: true}

// openWorkbook gives the stream of such a workbook as it was before; nil for any other.
func openWorkbook(b []byte) []byte {
	var key func(uint32) *rc4.Cipher
	for at := 0; key == nil; {
		if len(b)-at < 4 {
			return nil
		}
		id, end := binary.LittleEndian.Uint16(b[at:]), at+4+int(binary.LittleEndian.Uint16(b[at+2:]))
		if end > len(b) || id == 0x0A {
			return nil
		}
		if id == filePass {
			if key = workbookKey(b[at+4 : end]); key == nil {
				return nil
			}
		}
		at = end
	}
	out := make([]byte, len(b))
	for from := 0; from < len(b); from += lockBlock {
		to := min(len(b), from+lockBlock)
		key(uint32(from/lockBlock)).XORKeyStream(out[from:to], b[from:to])
	}
	// Keys run on over what is not encrypted: heads of records, and some whole.
	for at := 0; len(b)-at >= 4; {
		id, n := binary.LittleEndian.Uint16(b[at:]), int(binary.LittleEndian.Uint16(b[at+2:]))
		end := min(len(b), at+4+n)
		clear := at + 4
		switch {
		case inClear[id]:
			clear = end
		case id == 0x85: // where a sheet begins
			clear = min(end, clear+4)
		}
		copy(out[at:clear], b[at:clear])
		at = end
	}
	return out
}
