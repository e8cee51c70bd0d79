package extract

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestSmokeQR(t *testing.T) {
	ok, n := 0, 0
	for _, g := range []string{"corpus/made/qrimgs/*", "corpus/png/makiuchi-d__gozxing/*/*/*.png", "corpus/png/makiuchi-d__gozxing/*/*/*/*.png","corpus/png/makiuchi-d__gozxing/*/*/*.jpg"} {
		fs, _ := filepath.Glob(filepath.Join(shared(t), g))
		for _, f := range fs {
			b, _ := os.ReadFile(f)
			t0 := time.Now()
			r := find(t, filepath.Base(f), b)
			n++
			if len(r.Findings) > 0 {
				ok++
			} else {
				img := show(r)
				t.Log("MISS", filepath.Base(f), img)
			}
			if d := time.Since(t0); d > 100*time.Millisecond { t.Log(filepath.Base(f), d) }
		}
		t.Log(g, ok, n)
	}
}
