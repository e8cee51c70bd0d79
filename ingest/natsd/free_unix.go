//go:build linux || darwin || freebsd

package natsd

import "golang.org/x/sys/unix"

// free gives the bytes of a disk that are free to who is not its operator.
func free(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
