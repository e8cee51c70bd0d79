package main

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"assay/index/elastic"
)

// size is a number of bytes as a person writes it: 25MiB, 64kB, 1048576. Units
// are those of IEC 80000-13 (KiB is 1024 bytes) and of the SI (kB is 1000). 0 is
// what nobody has set.
type size int64

var (
	sizeForm = regexp.MustCompile(`^([0-9]+) ?([A-Za-z]*)$`)
	units    = map[string]int64{"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
		"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40}
)

// UnmarshalText reads a size of one byte or more.
func (s *size) UnmarshalText(b []byte) error {
	m := sizeForm.FindStringSubmatch(strings.TrimSpace(string(b)))
	if m == nil || units[strings.ToLower(m[2])] == 0 {
		return fmt.Errorf("%.40q is no size: such as 25MiB, 64kB or 1048576", b)
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	unit := units[strings.ToLower(m[2])]
	if err != nil || n < 1 || n > math.MaxInt64/unit {
		return fmt.Errorf("%.40q is not a size from 1 byte to 8 EiB", b)
	}
	*s = size(n * unit)
	return nil
}

// cacheSize is a size, or none.
type cacheSize int64

// UnmarshalText reads a size; none is less than nothing, as fetch.Options has it.
func (c *cacheSize) UnmarshalText(b []byte) error {
	if string(b) == "none" {
		*c = -1
		return nil
	}
	return (*size)(c).UnmarshalText(b)
}

// span is a time as a person writes it: 180d, 2w, 1d12h, 90s, 250ms. A day has 24
// hours. 0 is what nobody has set.
type span time.Duration

var spanForm = regexp.MustCompile(`^(?:([0-9]+)w)?(?:([0-9]+)d)?([0-9][0-9a-zµ.]*)?$`)

// UnmarshalText reads a time that is longer than nothing.
func (s *span) UnmarshalText(b []byte) error {
	const day = 24 * time.Hour
	bad := fmt.Errorf("%.40q is no time: such as 180d, 12h, 90s or 250ms", b)
	m := spanForm.FindStringSubmatch(strings.TrimSpace(string(b)))
	if m == nil {
		return bad
	}
	var sum time.Duration
	for i, unit := range []time.Duration{7 * day, day} {
		if m[i+1] == "" {
			continue
		}
		n, err := strconv.ParseInt(m[i+1], 10, 64)
		if err != nil || n > int64(math.MaxInt64/unit/2) {
			return bad
		}
		sum += time.Duration(n) * unit
	}
	if m[3] != "" {
		d, err := time.ParseDuration(m[3])
		if err != nil {
			return bad
		}
		sum += d
	}
	if sum <= 0 {
		return bad
	}
	*s = span(sum)
	return nil
}

// period is how often something is done, or never, which is less than nothing, as
// ingest.WorkerOptions has it. 0 is what nobody has set.
type period time.Duration

// UnmarshalText reads a time; 0 is never.
func (p *period) UnmarshalText(b []byte) error {
	if s := strings.TrimSpace(string(b)); s == "0" || s == "0s" {
		*p = -1
		return nil
	}
	return (*span)(p).UnmarshalText(b)
}

// amount is a number of things. 0 is what nobody has set.
type amount int

// UnmarshalText reads a number from 1 on.
func (a *amount) UnmarshalText(b []byte) error {
	n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 32)
	if err != nil || n < 1 {
		return fmt.Errorf("%.40q is not a number from 1 to %d", b, math.MaxInt32)
	}
	*a = amount(n)
	return nil
}

// copies is a number of copies, or 0, which is less than nothing, as
// elastic.Options has it. 0 is what nobody has set.
type copies int

// UnmarshalText reads a number from 0 on.
func (c *copies) UnmarshalText(b []byte) error {
	if strings.TrimSpace(string(b)) == "0" {
		*c = elastic.NoReplicas
		return nil
	}
	return (*amount)(c).UnmarshalText(b)
}

// rate is how often a second. 0 is what nobody has set.
type rate float64

// UnmarshalText reads a number that is more than nothing.
func (r *rate) UnmarshalText(b []byte) error {
	f, err := strconv.ParseFloat(strings.TrimSpace(string(b)), 64)
	if err != nil || !(f > 0 && f <= 1e6) {
		return fmt.Errorf("%.40q is not a number of times a second", b)
	}
	*r = rate(f)
	return nil
}
