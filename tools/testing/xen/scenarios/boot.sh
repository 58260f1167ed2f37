# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The lab itself boots. Xen was built with Argo, an unpatched xl starts a PVH and
# a PV guest with the same kernel, both see Xen and xenstore, both power off.
# shellcheck shell=bash disable=SC2034

TIMEOUT=300

dom0_main()
{
	check "this is dom0" grep -q control_d /proc/xen/capabilities
	check "Xen was built with Argo" argo_in_xen
	start_guest pvh || return
	start_guest pv type=pv || return
	check "the PVH guest says hello through xenstore" wait_mark pvh hello 60
	check "the PV guest says hello through xenstore" wait_mark pv hello 60
	tell pvh bye
	tell pv bye
	check "the PVH guest powers off" wait_gone pvh 30
	check "the PV guest powers off" wait_gone pv 30
}

# Xen's own configuration is not readable from dom0 without hypfs; its command
# line is, and Xen complains there about options that nobody has registered.
argo_in_xen()
{
	xl info xen_commandline | grep -qw argo=1 &&
		! xl dmesg | grep -q 'option.*argo.*unknown'
}

guest_main()
{
	check "the kernel found Xen" grep -q xen /sys/hypervisor/type
	mark hello
	check "dom0 answers through xenstore" wait_told bye 60
}
