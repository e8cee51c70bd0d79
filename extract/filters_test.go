package extract

import (
	"bytes"
	"encoding/base64"
	"io"
	"testing"
	"testing/iotest"
)

// filteredXZ is the bytes of TestFilters, as xz makes them with a filter of differences
// three bytes apart and that for programs of x86.
const filteredXZ = "/Td6WFoAAAFpIt42AwIDAQIEACEBFgAAY5+3QuACuwInXQB0Y6AvgWAHwDQvKGJpq1hxbIRweVfNoTLE/A8F/TxkooTknPHrxP1eBGDSqvK5Z9wZ/Mu4dJCz2K29pob4JoZ6OxH42uHGYS4mnzhkAvRATV8r8DMeloFAIF5dXMzp6vn9BgFzGun/AmTg1bDhSg1TbJEO+oXTlBguLbBdnGDRObNx4gA7Rx7ZdllYIMjm/Cr7cXjXN/nv+N1Uupqq3AzJo0zyCR/X50BCbetKuQEJsL3hl9H1zXoe547MMg1hwkayuimeylYU2ZW/gJ7ivBrvhn0ygzbz2Ppv0jyae0Llt03LCzPTDmrSGkWegDZFK6b7IGwgMCoW0cDSadv8KEAd66FgByK6/vc5z2Q88eWwKoGBw89II4WGE6Frsgvrd2ZLDwaHq8eg2NQkmojSTKszzFXMFeB5oW0ClJAOjIk9B4pKWWrVhIe3R/qbLoO6Mdouo1CsSqUMmWXNY/6L9xxp91MrKv38mJn5wgjv+Wz9qwSaF0iMWPfKxNh7eNrLokXVhZCDvaUCcz/8kttBrEDIl2eQpk+C6OslMBj77+M4GMg9irjrbangCW4tHId7vfVnzGC3dUCGH3a2o7W9mMXdIKR3Jzk7SqZUd/a4rRK/bEft2VN0f4RjG4tJp5KQHprc6gY5x2RRvSzHmsRZEeFgMtWykEFlVHOEJr/c25AIQQZu0n97EwYpjxNfXNh8oCub/6SGSL5ZjXOMR4KL9OD+I7qJ+VKZ8AAAXAjQ/QABwwS8BQAAzi3G8D4wDYsCAAAAAAFZWg=="

// TestFilters: what stands behind a compressor is undone, however little is read at a
// time; a folder of a 7z whose coders do not lead from one to the other has none.
func TestFilters(t *testing.T) {
	var want []byte
	for seed, i := uint32(1), 0; i < 700; i++ {
		seed = seed*1103515245 + 12345
		want = append(want, "\xE8\xE9\x00\xFF\x11\x00\xE8\xFF"[seed>>16&7])
	}
	packed, err := base64.StdEncoding.DecodeString(filteredXZ)
	if err != nil {
		t.Fatal(err)
	}
	for _, slow := range []bool{false, true} {
		var r io.Reader = &xzReader{p: &part{call: newCall(t.Context(), Limits{}.WithDefaults(), nil)}, b: packed}
		if slow {
			r = iotest.OneByteReader(r)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v, %d bytes, %v", slow, len(got), err)
		}
		r = bytes.NewReader(want[:5])
		if slow {
			r = iotest.OneByteReader(r)
		}
		if got, err := io.ReadAll(newX86(r)); err != nil || len(got) != 5 {
			t.Errorf("%v, %d bytes, %v", slow, len(got), err)
		}
	}
	for name, coders := range map[string]string{
		"a ring":             "\x02\x01\x00\x01\x21\x00\x00",
		"beyond":             "\x02\x01\x00\x01\x21\x00\x1F",
		"apart":              "\x03\x01\x00\x01\x21\x01\x21\x00\x01\x00\x02",
		"no filter that way": "\x02\x01\x21\x01\x00\x00\x01",
	} {
		header := "\x01\x04\x06" + number7(0) + "\x01\x09\x01\x00\x07\x0B\x01\x00" + coders + "\x0C\x01\x01\x00\x00\x05\x01\x11\x05\x00a\x00\x00\x00\x00\x00"
		if r := find(t, "a.7z", seal7("x", header)); len(r.Findings) != 0 || len(r.Unread) == 0 {
			t.Errorf("%s: %q", name, show(r))
		}
	}
}
