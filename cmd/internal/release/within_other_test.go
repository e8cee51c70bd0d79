//go:build !linux

package main

import "os/exec"

func within(*exec.Cmd, string) {}
