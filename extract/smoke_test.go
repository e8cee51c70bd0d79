package extract

import ("testing";"os";"path/filepath")

func TestSmoke(t *testing.T) {
	for _, g := range []string{"corpus/made/pngvariants/*", "corpus/made/cv.*", "corpus/made/badge.png", "vectors/1edtech-public-validator/vc/ob30/simple-j*g", "vectors/openbadges-bakery-py/*"} {
		fs, _ := filepath.Glob(filepath.Join(shared(t), g))
		for _, f := range fs {
			b, _ := os.ReadFile(f)
			t.Log("== "+ filepath.Base(f))
			for _, l := range show(find(t, filepath.Base(f), b)) { if len(l) > 300 { l = l[:150]+" … "+l[len(l)-150:] }; t.Log(l) }
		}
	}
}
