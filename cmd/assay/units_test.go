package main

import (
	"encoding"
	"testing"
	"time"

	"assay/index/elastic"
)

func TestUnits(t *testing.T) {
	for _, tc := range []struct {
		text                   string
		size, span, count, per any // nil = refused
	}{
		{"1", size(1), nil, amount(1), rate(1)},
		{"25MiB", size(25 << 20), nil, nil, nil},
		{"25 mib", size(25 << 20), nil, nil, nil},
		{"64kB", size(64000), nil, nil, nil},
		{"64KiB", size(64 << 10), nil, nil, nil},
		{"4GiB", size(4 << 30), nil, nil, nil},
		{"8388608TiB", nil, nil, nil, nil},
		{"10B", size(10), nil, nil, nil},
		{"1.5", nil, nil, nil, rate(1.5)},
		{"0", nil, nil, nil, nil},
		{"-1", nil, nil, nil, nil},
		{"", nil, nil, nil, nil},
		{"180d", nil, span(180 * 24 * time.Hour), nil, nil},
		{"2w", nil, span(14 * 24 * time.Hour), nil, nil},
		{"1w1d1h30m", nil, span(193*time.Hour + 30*time.Minute), nil, nil},
		{"250ms", nil, span(250 * time.Millisecond), nil, nil},
		{"1.5h", nil, span(90 * time.Minute), nil, nil},
		{"0s", nil, nil, nil, nil},
		{"-5s", nil, nil, nil, nil},
		{"99999999999999999d", nil, nil, nil, nil},
		{"5 pounds", nil, nil, nil, nil},
		{"none", nil, nil, nil, nil},
		{"NaN", nil, nil, nil, nil},
		{"Inf", nil, nil, nil, nil},
		{"2147483648", size(1 << 31), nil, nil, nil},
	} {
		var s size
		var d span
		var n amount
		var r rate
		for _, x := range []struct {
			into encoding.TextUnmarshaler
			got  func() any
			want any
		}{
			{&s, func() any { return s }, tc.size}, {&d, func() any { return d }, tc.span},
			{&n, func() any { return n }, tc.count}, {&r, func() any { return r }, tc.per},
		} {
			err := x.into.UnmarshalText([]byte(tc.text))
			switch {
			case (err == nil) != (x.want != nil):
				t.Errorf("%q as %T: %v", tc.text, x.into, err)
			case err == nil && x.got() != x.want:
				t.Errorf("%q as %T: %v, want %v", tc.text, x.into, x.got(), x.want)
			}
		}
	}
	var none, two copies
	if err := none.UnmarshalText([]byte("0")); err != nil || none != elastic.NoReplicas {
		t.Errorf("no copy: %v, %v", none, err)
	}
	if err := two.UnmarshalText([]byte("2")); err != nil || two != 2 {
		t.Errorf("two copies: %v, %v", two, err)
	}
	if err := two.UnmarshalText([]byte("-1")); err == nil {
		t.Error("less than no copy")
	}
	var c cacheSize
	if err := c.UnmarshalText([]byte("none")); err != nil || c >= 0 {
		t.Errorf("no cache: %v, %v", c, err)
	}
	if err := c.UnmarshalText([]byte("16MiB")); err != nil || c != 16<<20 {
		t.Errorf("a cache: %v, %v", c, err)
	}
	if err := c.UnmarshalText([]byte("0")); err == nil {
		t.Error("a cache of 0 bytes")
	}
}
