package contexts

import "testing"

// TestAside: what is kept already counts, and nothing is added to it or taken away.
func TestAside(t *testing.T) {
	ctx := t.Context()
	of := &Memory{}
	if err := of.Create(ctx, "a", []byte("kept")); err != nil {
		t.Fatal(err)
	}
	k := Aside(of)
	for _, name := range []string{"a", "b"} {
		if err := k.Create(ctx, name, []byte("new")); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Replace(ctx, "a", []byte("newer")); err != nil {
		t.Fatal(err)
	}
	if err := k.Remove(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "kept", "b": "new", "c": ""} {
		if b, err := k.Get(ctx, name); err != nil || string(b) != want {
			t.Errorf("%s: %q %v", name, b, err)
		}
	}
	if b, err := of.Get(ctx, "b"); b != nil || err != nil || of.size != len("kept") {
		t.Errorf("kept beside: %q %v, %d bytes", b, err, of.size)
	}
}
