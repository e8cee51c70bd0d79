package extract

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

func cpuNow() float64 {
	var r syscall.Rusage
	syscall.Getrusage(0, &r)
	return float64(r.Utime.Sec) + float64(r.Utime.Usec)/1e6 + float64(r.Stime.Sec) + float64(r.Stime.Usec)/1e6
}
func TestScratchSpeed(t *testing.T) {
	l, _ := os.ReadFile("/tmp/assay/pdf/bench.list")
	var data [][]byte
	for _, f := range strings.Fields(string(l)) {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, b)
	}
	for _, mode := range strings.Fields(os.Getenv("MODES")) {
		for range 3 {
			t0 := cpuNow()
			links, both := 0, 0
			for _, b := range data {
				if mode == "full" {
					(&Extractor{}).Extract(context.Background(), Document{Name: "a.pdf", Data: b})
					continue
				}
				p := &part{call: newCall(context.Background(), Limits{QR: QRNever}.withDefaults(), nil), where: "d.pdf", name: "d.pdf", data: b}
				d := &pdfDoc{p: p, noText: mode == "links"}
				d.read()
				links += len(d.links)
				if d.second {
					both++
				}
			}
			dt := cpuNow() - t0
			fmt.Printf("%s docs %d cpu %.3f docs/s %.0f links %d second %d\n", mode, len(data), dt, float64(len(data))/dt, links, both)
		}
	}
}
