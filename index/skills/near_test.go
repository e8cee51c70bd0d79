package skills

import "testing"

// The first letter of a title is compared, however many bytes it has.
func TestInitial(t *testing.T) {
	for name, want := range map[string]string{"": "", "nurse": "n", "повар": "п", "сварщик": "с"} {
		if got := initial(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}
