package main

import (
	"os/exec"
	"syscall"
)

// within runs a command in a folder as if there were nothing else, and as the
// image's user.
func within(cmd *exec.Cmd, root string) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}
