package extract

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestScratchPDF(t *testing.T) {
	for _, f := range strings.Fields(os.Getenv("PDFS")) {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		r, err := (&Extractor{}).Extract(context.Background(), Document{Name: f[strings.LastIndex(f, "/")+1:], Data: b})
		fmt.Println("==", f, err, len(r.Findings))
		for _, x := range r.Findings {
			s := x.Payload
			if len(s) > 90 {
				s = s[:90]
			}
			fmt.Println("  ", x.Kind, x.Carrier, s, x.Ambiguous)
			for _, p := range x.Places {
				fmt.Printf("        %s off=%d obj=%d %s %v\n", p.Where, p.Offset, p.Object, p.Reader, p.Flags)
			}
		}
		for _, u := range r.Unread {
			fmt.Println("   UNREAD", u)
		}
	}
}
