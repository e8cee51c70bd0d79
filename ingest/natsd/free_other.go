//go:build !linux && !darwin && !freebsd

package natsd

import "errors"

// free cannot tell here.
func free(string) (int64, error) { return 0, errors.ErrUnsupported }
