package verifytest

import (
	"context"
	"errors"
	"strings"
)

// Pictures reads pictures of tests: what is baked into one stands in it line by line
// behind a first line "picture"; "broken" is one that cannot be read.
type Pictures struct{}

// Unbake gives the lines.
func (Pictures) Unbake(_ context.Context, _ string, picture []byte) ([]string, error) {
	rest, ok := strings.CutPrefix(string(picture), "picture\n")
	switch {
	case string(picture) == "broken":
		return nil, errors.New("broken")
	case !ok:
		return nil, nil
	}
	return strings.Split(rest, "\n"), nil
}
