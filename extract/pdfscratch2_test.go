package extract

import (
	"context"
	"fmt"
	"os"
	"testing"
)

func TestScratchDoubt(t *testing.T) {
	b, _ := os.ReadFile(os.Getenv("PDF"))
	p := &part{call: newCall(context.Background(), Limits{}.withDefaults(), nil), where: "d.pdf", name: "d.pdf", data: b}
	d := &pdfDoc{p: p}
	d.read()
	r, tr, err := openLedongthuc(context.Background(), d.file)
	fmt.Println("damaged", d.file.damaged, "enc", d.file.encrypted, "limited", d.file.limited, err)
	if err == nil {
		w := &pdfWalk{d: d, reader: readerLedongthuc, trailer: tr}
		w.run()
		fmt.Println("errors", r.errors, "pages", len(w.pages), "missed", d.missed())
		w.texts()
		fmt.Println("errors", r.errors)
	}
	_, _, err = openPdfcpu(context.Background(), d.file)
	fmt.Println("pdfcpu", err)
}
