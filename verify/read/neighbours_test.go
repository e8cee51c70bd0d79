package read

import "testing"

// TestTakenBackSpelt: a list that names a badge by the number of its URN, or its
// address with a slash more or less, names it.
func TestTakenBackSpelt(t *testing.T) {
	const number = "0b9a3b5e-0000-4000-8000-00000000000a"
	for _, tc := range []struct {
		entry, id string
		want      Answer
	}{
		{number, "urn:uuid:" + number, Yes},
		{"urn:UUID:0B9A3B5E-0000-4000-8000-00000000000A", number, Yes},
		{"https://host.example/cred/1/", "https://Host.example/cred/1", Yes},
		{"https://host.example", "https://host.example/", Yes},
		{"https://host.example/cred/1", "https://host.example/cred/11", No},
		{"0b9a3b5e-0000-4000-8000-00000000000b", "urn:uuid:" + number, No},
		{"https://host.example/cred/1/?a", "https://host.example/cred/1", No},
	} {
		if got, _ := TakenBack([]any{tc.entry}, tc.id); got != tc.want {
			t.Errorf("%q of %q: %v, want %v", tc.entry, tc.id, got, tc.want)
		}
	}
}

// TestZoneTwice: Python's isoformat() of an aware date with a Z behind it is UTC, and
// no spelling that the specifications allow.
func TestZoneTwice(t *testing.T) {
	d, ok := DateOf("2030-01-01T00:00:00.5+00:00Z")
	if !ok || !d.Zoned || d.First.Unix() != 1893456000 {
		t.Errorf("%v, %v", d, ok)
	}
	if Stamp("2030-01-01T00:00:00+00:00Z") {
		t.Error("a stamp")
	}
	for _, s := range []string{"2030-01-01T00:00:00+01:00Z", "2030-01-01T00:00:00Z+00:00", "2030-01-01T00:00:00+00:00ZZ"} {
		if _, ok := DateOf(s); ok {
			t.Errorf("%q is read", s)
		}
	}
}
