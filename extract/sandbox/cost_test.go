//go:build unix

package sandbox

import (
	"context"
	"syscall"
	"testing"
	"time"

	"assay/extract"
)

// BenchmarkTinyDocument is what the sandbox costs where a document costs next to
// nothing: parsed here, in a child that is there, and in one of its own, which is
// started and shut in for it. cpu-µs/op is the CPU time of this process and of its
// children; x-here is that as a multiple of the first.
func BenchmarkTinyDocument(b *testing.B) {
	d := extract.Document{Name: "a.json", Data: []byte(`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://example.org/1"}`)}
	here := 0.0
	report := func(b *testing.B, since time.Duration) {
		cpu := float64((cpuTime(b) - since).Nanoseconds()) / 1000 / float64(b.N)
		b.ReportMetric(cpu, "cpu-µs/op")
		if here == 0 {
			here = cpu
		}
		b.ReportMetric(cpu/here, "x-here")
	}
	b.Run("here", func(b *testing.B) {
		since, e := cpuTime(b), extract.Extractor{}
		for b.Loop() {
			if _, err := e.Extract(context.Background(), d); err != nil {
				b.Fatal(err)
			}
		}
		report(b, since)
	})
	for _, bc := range []struct {
		desc    string
		recycle int
	}{{"in a child", 1 << 30}, {"in a child of its own", 1}} {
		b.Run(bc.desc, func(b *testing.B) {
			since := cpuTime(b)
			p, err := New(Options{Workers: 1, recycle: bc.recycle})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if res, err := p.Extract(mine, d); err != nil || len(res.Findings) != 1 {
					b.Fatalf("%d findings: %v", len(res.Findings), err)
				}
			}
			p.Close() // a child's time is known when it has ended
			report(b, since)
		})
	}
}

// cpuTime is the CPU time of this process and of its children that have ended.
func cpuTime(b *testing.B) (sum time.Duration) {
	b.Helper()
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			b.Fatal(err)
		}
		sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return sum
}
