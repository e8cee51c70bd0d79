package index_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"assay/index"
	"assay/index/skills"
)

// TestReadAdvert: an advert's skills are read as they are written, those that it only
// wishes for apart, in any language that names them, and no more than a match takes.
func TestReadAdvert(t *testing.T) {
	many := ""
	for _, s := range skills.Builtin().Suggest("a", 50) {
		many += s.Label + "\n"
	}
	for _, s := range skills.Builtin().Suggest("ma", 50) {
		many += s.Label + "\n"
	}
	for _, tc := range []struct {
		text             string
		required, wished []string
	}{
		{"", nil, nil},
		{"We offer a pension and free coffee. Apply by email.", nil, nil},
		{"You run our clusters (kubernets, AWS), write tools in Python and Python. A driving licence is welcome.", []string{"kubernet", "aws", "python"}, []string{"driving licence"}},
		{"Work at height, provide first aid.\nNice to have:\nwelding", []string{"work at height", "provide first aid", "welding"}, nil},
		{"Teamfähigkeit. Englischkenntnisse sind von Vorteil.", []string{"teamfahigkeit"}, []string{"englischkenntnisse"}},
		// Short words with an error are read where they can be nothing else.
		{"Pyhton, weldng and Dokcer. Scurm is welcome.", []string{"pyhton", "weldng", "dokcer"}, []string{"scurm"}},
		{"We still visit the corner on a short shift, coming and going; ethnic origin does not matter. The writer joined, water is plain green, a loader drives. Wir suchen weiter, leider.", nil, nil},
		{"R and go as good as you can", nil, nil},
		{strings.Repeat("x ", index.MaxAdvert) + "python", nil, nil},
	} {
		r, err := index.ReadAdvert(t.Context(), skills.Builtin(), tc.text)
		if err != nil || !slices.Equal(r.Required, tc.required) || !slices.Equal(r.Wished, tc.wished) || r.LeftOut != 0 {
			t.Errorf("%.60s: %q, wished %q, %d left out", tc.text, r.Required, r.Wished, r.LeftOut)
		}
	}
	if r, err := index.ReadAdvert(t.Context(), skills.Builtin(), many); err != nil || len(r.Required)+len(r.Wished) != index.MaxRoleSkills || r.LeftOut == 0 {
		t.Errorf("%d required, %d wished, %d left out", len(r.Required), len(r.Wished), r.LeftOut)
	}
}

// TestReadAdvertOfMadeUpWords: words that nobody knows cost a bounded time, and none once
// nobody waits for the answer; names behind them are still read.
func TestReadAdvertOfMadeUpWords(t *testing.T) {
	var b strings.Builder
	for i := 0; b.Len() < index.MaxAdvert-100; i++ {
		fmt.Fprintf(&b, "s%c%c%czqvkx ", 'a'+i%26, 'a'+i/26%26, 'a'+i/676%26)
	}
	// In time of this process, and the least of some: others are busy beside it.
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	one := func(text string) time.Duration {
		least := time.Hour
		for range 4 {
			start := used()
			r, err := index.ReadAdvert(t.Context(), skills.Builtin(), text+"first aid")
			if err != nil || !slices.Equal(r.Required, []string{"first aid"}) {
				t.Errorf("%q: %v", r.Required, err)
			}
			least = min(least, used()-start)
		}
		return least
	}
	one("")
	words := strings.Fields(b.String())
	some, all := one(strings.Join(words[:200], " ")+" "), one(b.String())
	if all > 8*some+100*time.Millisecond { // of 16 times as many words; alone it is 2 times
		t.Errorf("200 words take %v, %d take %v", some, len(words), all)
	}
	if same := one(strings.Repeat(words[0]+" ", len(words))); same > some/2+100*time.Millisecond {
		t.Errorf("one word %d times takes %v", len(words), same)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := index.ReadAdvert(ctx, skills.Builtin(), b.String()); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits: %v", err)
	}
	t.Logf("200 words %v, %d words %v", some, len(words), all)
}
