package local

import (
	"testing"
	"time"

	"assay/index/conformance"
	"assay/index/query"
)

// firstSkill gives a concept that a plan asks for.
func firstSkill(c query.Cond) string {
	if c.Claim != nil {
		for _, t := range c.Claim.Tiers {
			if len(t.Skills) > 0 {
				return t.Skills[0]
			}
		}
	}
	for _, k := range c.Kids {
		if s := firstSkill(k); s != "" {
			return s
		}
	}
	return ""
}

func report(b *testing.B, bare, full []time.Duration, hits int) {
	n := len(full)
	b50, b99 := conformance.Quantiles(bare)
	f50, f99 := conformance.Quantiles(full)
	b.Logf("%-34s %10s %10s", "", "p50", "p99")
	b.Logf("%-34s %10v %10v", "bare term query", b50.Round(time.Microsecond), b99.Round(time.Microsecond))
	b.Logf("%-34s %10v %10v  (%d applications match on average)", "three words, every facet", f50.Round(time.Microsecond), f99.Round(time.Microsecond), hits/n)
	b.ReportMetric(float64(f99)/float64(b99), "p99-ratio")
	b.ReportMetric(float64(f99.Microseconds()), "p99-us")
}
