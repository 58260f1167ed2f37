# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# A Xen that was built without Argo: the module does not load and says, in one
# line, what to change; in dom0 and in a guest.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo"
TIMEOUT=180
XEN=noargo
MESSAGE="this Xen was built without Argo; build it with CONFIG_ARGO=y"

# messages: what was said, without time. The guest's busybox tries each module
# that does not load a second time, in the old way, so there they come twice.
messages()
{
	dmesg | grep -o "xen-argo: .*" | if [ "$1" = dom0 ]; then cat; else sort -u; fi
}

# Loads nothing, complains once.
refused()
{
	check "$1: xen-argo does not load" sh -c '! modprobe xen-argo 2>/run/modprobe.err' || return
	check "$1: with one line that says what to change" \
		test "$(messages "$1")" = "xen-argo: not loaded: $MESSAGE" || {
		dmesg | grep xen-argo
		cat /run/modprobe.err
	}
	check "$1: nothing of it is left" sh -c '! grep -q "^xen_argo " /proc/modules'
	modprobe -r xen-argo-core 2>/dev/null
}

dom0_main()
{
	refused dom0
	start_guest probe mem=256 || return
	check "the guest ends" wait_gone probe 90
}

guest_probe()
{
	refused guest
}
