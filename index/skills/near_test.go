package skills

import "testing"

// The first letter of a title is compared, however many bytes it has.
func TestNearOccupationsBegin(t *testing.T) {
	tax, err := build(magic + "\tONET\t30\tx\n" +
		"occupation\t99-2051.00\t99-2051.00\tпрограммист\t\t\thttps://www.onetonline.org/find/descriptor/result/2.A.1.e\t\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"програмист": 1, "крограммист": 0} {
		if got := tax.NearOccupations(name, 3); len(got) != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
