# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The same with a ring whose partner is the guest that has it: Xen stops at an
# assertion when that guest ends.
# shellcheck shell=bash disable=SC2034,SC2154

BASE=findings
XEN=argo-debug
TIMEOUT=180
ALLOW="Assertion 'unreachable' failed at common/argo.c|Panic on CPU|Xen call trace|Xen BUG at common/argo.c"

dom0_main()
{
	start_guest selfish mem=256 end=no || return
	check "a guest has a ring for itself" wait_mark selfish self 60
	say "the end of the guest is Xen's"
	event dom0 "lab: end"
	sleep 2
	kill_guest selfish
	sleep 10
	not_ok "Xen has stopped"
}

guest_selfish()
{
	insmod /lab/files/argo-raw.ko || return
	expect 0 "a ring for the guest itself" register 51 "$(xenstore-read domid)" 4032
	mark self
	sleep 600
}

host_check()
{
	check "Xen has stopped at its assertion" \
		grep -q "Assertion 'unreachable' failed at common/argo.c" "$run/xen.log"
}
