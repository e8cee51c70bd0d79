package extract

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSDJWT: an SD-JWT is handed on in one piece from every carrier. Its first
// part alone would pass for a plain token.
func TestSDJWT(t *testing.T) {
	const sd = jwsA + "~WyJzIiwibiIsInYiXQ~WyJ0IiwibSIsInciXQ~"
	const bound = sd + jwsA // with the proof of its holder
	for _, tc := range []struct {
		desc, name string
		data       []byte
		want       []string
	}{
		{"alone", "x.jwt", []byte(sd + "\n"), []string{"jws " + sd + " | x.jwt"}},
		{"bound to its holder", "x.txt", []byte(bound), []string{"jws " + bound + " | x.txt"}},
		{"nothing disclosed", "x.jwt", []byte(jwsA + "~"), []string{"jws " + jwsA + "~ | x.jwt"}},
		{"letter", "cv.txt", []byte("my badge: " + sd + " and more"), []string{"jws " + sd + " | cv.txt > text"}},
		{"letter, broken", "cv.txt", []byte("my badge:\n" + jwsA[:30] + "\n" + jwsA[30:70] + "\n" + sd[70:] + "\nExperience\n"), []string{"jws " + sd + " | cv.txt > text (joined)"}},
		{"letter, broken in a disclosure", "cv.txt", []byte("my badge:\n" + sd[:len(jwsA)+9] + "\n" + sd[len(jwsA)+9:] + "\nExperience\n"), []string{"jws " + sd + " | cv.txt > text (joined)"}},
		{"letter, broken before the disclosures", "cv.txt", []byte("my badge:\n" + jwsA + "\n" + sd[len(jwsA):] + "\nExperience\n"), []string{"jws " + sd + " | cv.txt > text (joined)"}},
		{"letter, broken behind a disclosure", "cv.txt", []byte("my badge:\n" + sd[:len(jwsA)+20] + "\n" + sd[len(jwsA)+20:] + "\nExperience\n"), []string{"jws " + sd + " | cv.txt > text (joined)"}},
		{"letter, broken in the holder's proof", "cv.txt", []byte("my badge:\n" + bound[:len(sd)+40] + "\n" + bound[len(sd)+40:] + "\n"), []string{"jws " + bound + " | cv.txt > text (joined)"}},
		{"a word after it", "cv.txt", []byte("my badge:\n" + sd + "\nExperience\n"), []string{"jws " + sd + " | cv.txt > text"}},
		{"PNG", "x.png", pngWith(iTXt("openbadgecredential", sd)), []string{"jws " + sd + " | x.png > iTXt openbadgecredential"}},
		{"SVG", "x.svg", []byte(svgWith(nsOB3, `<o:credential verify="`+sd+`"/>`)), []string{"jws " + sd + " | x.svg > credential verify"}},
		{"JSON of a wallet", "x.json", []byte(`{"format":"vc+sd-jwt","credential":"` + sd + `"}`), []string{"jws " + sd + " | x.json > credential"}},
		{"another tilde", "cv.txt", []byte("token " + jwsA + " ~ end"), []string{"jws " + jwsA + " | cv.txt > text"}},
	} {
		if d := cmp.Diff(tc.want, show(find(t, tc.name, tc.data))); d != "" {
			t.Errorf("%s: %s", tc.desc, d)
		}
	}
}
