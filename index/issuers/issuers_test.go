package issuers

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"assay/verify"
	"assay/verify/verdict"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func word(k Kind, issuer string, later time.Duration) Word {
	return Word{Kind: k, Issuer: issuer, By: "Jo", At: noon.Add(later)}
}

func TestCheck(t *testing.T) {
	many := map[string]string{}
	for i := range MaxEntries + 1 {
		many[fmt.Sprintf("did:key:z%d", i)] = ""
	}
	of := func(change func(*Word)) Word {
		w := word(Trust, "did:key:z1", 0)
		change(&w)
		return w
	}
	for desc, c := range map[string]struct {
		w    Word
		want error
	}{
		"trust":                       {of(func(*Word) {}), nil},
		"trust with a name":           {of(func(w *Word) { w.Name = "Known" }), nil},
		"block":                       {word(Block, "https://mill.example/", 0), nil},
		"block a host of many":        {word(Block, "github.io", 0), nil},
		"forget a host of many":       {word(Forget, "github.io", 0), nil},
		"trust a host of many":        {word(Trust, "github.io", 0), verify.ErrMany},
		"trust nobody":                {word(Trust, "nobody", 0), verify.ErrTrust},
		"by nobody":                   {of(func(w *Word) { w.By = "" }), ErrAuthor},
		"by what cannot be shown":     {of(func(w *Word) { w.By = "Jo\x1b[2J" }), ErrAuthor},
		"at no time":                  {of(func(w *Word) { w.At = time.Time{} }), ErrAuthor},
		"a note that is too long":     {of(func(w *Word) { w.Note = strings.Repeat("x", MaxNote+1) }), ErrForm},
		"a name that turns the line":  {of(func(w *Word) { w.Name = "a\u202eb" }), ErrForm},
		"block with a name":           {Word{Kind: Block, Issuer: "did:key:z1", Name: "x", By: "Jo", At: noon}, ErrForm},
		"trust with a standing":       {of(func(w *Word) { w.Accept = verdict.LevelKey }), ErrForm},
		"accept":                      {Word{Kind: Accept, Accept: verdict.LevelDomain, By: "Jo", At: noon}, nil},
		"accept one's own":            {Word{Kind: Accept, Accept: verdict.LevelSelf, By: "Jo", At: noon}, ErrForm},
		"accept nothing":              {Word{Kind: Accept, By: "Jo", At: noon}, ErrForm},
		"accept with an issuer":       {Word{Kind: Accept, Accept: verdict.LevelKey, Issuer: "did:key:z1", By: "Jo", At: noon}, ErrForm},
		"import":                      {Word{Kind: Import, Registry: &Registry{Source: "https://r.example/"}, By: "Jo", At: noon}, nil},
		"import a file":               {Word{Kind: Import, Registry: &Registry{Source: "list.json"}, By: "Jo", At: noon}, nil},
		"import over http":            {Word{Kind: Import, Registry: &Registry{Source: "http://r.example/"}, By: "Jo", At: noon}, ErrForm},
		"import nothing":              {Word{Kind: Import, By: "Jo", At: noon}, ErrForm},
		"import whole and some of it": {Word{Kind: Import, Registry: &Registry{Source: "l", Whole: true, Others: map[string]string{"did:key:z1": ""}}, By: "Jo", At: noon}, ErrForm},
		"import too many":             {Word{Kind: Import, Registry: &Registry{Source: "l", Entries: many}, By: "Jo", At: noon}, ErrForm},
		"import too long":             {Word{Kind: Import, Registry: &Registry{Source: "l", Entries: map[string]string{"did:key:z1": strings.Repeat("x", maxEntryLen)}}, By: "Jo", At: noon}, ErrForm},
		"another kind":                {Word{Kind: "praise", By: "Jo", At: noon}, ErrForm},
	} {
		if err := c.w.Check(); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", desc, err, c.want)
		}
	}
}

// One place has one key, in whatever spelling; forgetting reaches trust and block.
func TestKeys(t *testing.T) {
	key := func(k Kind, issuer string) string {
		w := word(k, issuer, 0)
		return strings.Join(w.Keys(), " ")
	}
	if a, b := key(Block, "mill.example"), key(Block, "HTTPS://www.Mill.example:443/"); a != b || a == "" {
		t.Errorf("two spellings of a host: %s, %s", a, b)
	}
	if a, b := key(Block, "did:key:z1"), key(Block, "did:key:z2"); a == b {
		t.Error("two issuers have one key")
	}
	for _, issuer := range []string{"did:key:z1", "mill.example", "https://mill.example/a/", "github.io"} {
		forget := strings.Fields(key(Forget, issuer))
		for _, k := range []Kind{Trust, Block} {
			w := word(k, issuer, 0)
			if w.Check() == nil && !strings.Contains(strings.Join(forget, " "), w.Keys()[0]) {
				t.Errorf("%s of %s is not forgotten", k, issuer)
			}
		}
	}
}

// The word that decides is a block before trust, and of several the newest,
// whatever order they are met in.
func TestSaid(t *testing.T) {
	const id = "https://mill.example/issuers/1"
	for range 20 {
		b := Book{"a": word(Trust, "mill.example", 2), "b": word(Trust, id, 1), "c": word(Accept, "", 9), "d": word(Trust, "other.example", 9)}
		if w := b.Said(id); w == nil || w.Issuer != "mill.example" {
			t.Fatalf("the newest: %+v", w)
		}
		b["e"], b["f"] = word(Block, "https://mill.example/issuers/", 0), word(Block, id, 0)
		b["g"] = word(Block, "mill.example", 1)
		if w := b.Said(id); w == nil || w.Kind != Block || w.Issuer != "mill.example" {
			t.Fatalf("the newest block: %+v", w)
		}
	}
	if w := (Book{"d": word(Trust, "other.example", 9)}).Said(id); w != nil {
		t.Errorf("of another: %+v", w)
	}
}
