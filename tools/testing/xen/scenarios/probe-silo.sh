# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Under Xen's SILO policy a guest may use Argo with the control domain only: its
# link to dom0 waits for a backend as ever, one to another guest is refused with
# one line that says why, and the rest works on.
# shellcheck shell=bash disable=SC2034

NEEDS="argo"
TIMEOUT=180
XEN_CMDLINE="xsm=silo"

dom0_main()
{
	check "dom0 loads its modules under SILO" load_argo || return
	start_guest other mem=256 || return
	start_guest probe mem=256 "cmdline=lab.peer=$(guest_id other)" \
		"cfg=virtio = [ 'type=virtio,device2,backend=0' ]" || return
	check "the guest ends" wait_gone probe 90
	tell other bye
	check "so does the other" wait_gone other 60
	check "dom0's modules unload" unload_argo
}

guest_other()
{
	wait_told bye 150
}

# said TEXT: the kernel has said so, once.
said()
{
	[ "$(dmesg | grep -c "$1")" = 1 ] || {
		dmesg | grep argo
		return 1
	}
}

guest_probe()
{
	local peer

	peer=$(cmdline lab.peer)
	check "the transport loads" modprobe virtio_argo "link=$peer" || return
	check "one line says that the policy forbids the link to domain $peer" \
		said "security policy (XSM) forbids Argo .* domain $peer:"
	check "the link to dom0 waits for its backend" \
		wait_for 20 said "no backend on port 0x56410000 of domain 0"
	check "the guest's modules unload" unload_argo
}
