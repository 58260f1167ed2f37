# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# A Xen with its own assertions, without patches/xen: a guest registers a ring in
# place, and when the ring's partner ends Xen stops at an assertion.
# shellcheck shell=bash disable=SC2034,SC2154

BASE=findings
XEN=argo-debug
TIMEOUT=180
# That is what is wanted here.
ALLOW="Assertion 'unreachable' failed at common/argo.c|Panic on CPU|Xen call trace|Xen BUG at common/argo.c"

dom0_main()
{
	check "a guest has its rings for another and for itself" start_offender || return
	say "the end of the other guest is Xen's"
	event dom0 "lab: end"
	sleep 2
	kill_guest partner
	sleep 10
	not_ok "Xen has stopped"
}

host_check()
{
	check "Xen has stopped at its assertion" \
		grep -q "Assertion 'unreachable' failed at common/argo.c" "$run/xen.log"
}
