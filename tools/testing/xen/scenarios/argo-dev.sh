# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# /dev/xen/argo on a real Xen: documented errnos for bad and for random input,
# messages between dom0 and a PVH guest in all sizes and faster than they can be
# read, the death of the peer; the modules unload afterwards, nothing is left.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo argo-dev"
TIMEOUT=300

dom0_main()
{
	local server

	check "the modules load in dom0" load_argo || return
	check "/dev/xen/argo is there for root only" \
		test "$(stat -c %a:%u /dev/xen/argo)" = 600:0
	start_guest argo mem=512 || return
	check "the guest has tried its errors" wait_mark argo tried 120
	results /lab/files/argo-dev errors "$(guest_id argo)"
	results /lab/files/argo-dev random "$(guest_id argo)" 1 20000
	results /lab/files/argo-dev serve "$(guest_id argo)" 5000 &
	server=$!
	wait_for 10 grep -q 'port 5000 ' /sys/kernel/debug/xen-argo/rings
	tell argo serving
	check "the guest ends" wait_gone argo 120
	wait $server
	check "no ring is left" test ! -s /sys/kernel/debug/xen-argo/rings
	grep -E '^(hypercalls|virqs|tx_|rx_|rings_|space_)' /sys/kernel/debug/xen-argo/stats |
		while read -r line; do say "$line"; done
	check "no ring was leaked" grep -qx 'rings_leaked 0' /sys/kernel/debug/xen-argo/stats
	check "the modules unload" unload_argo
	check "they load again" load_argo
	check_leaks
}

guest_argo()
{
	check "the modules load in the guest" modprobe xen-argo-dev || return
	results /lab/files/argo-dev errors 0
	results /lab/files/argo-dev random 0 2 20000
	mark tried
	check "dom0 serves" wait_told serving 120 || return
	results /lab/files/argo-dev client 0 5000
	check "no ring is left in the guest" test ! -s /sys/kernel/debug/xen-argo/rings
	check "no ring was leaked" grep -qx 'rings_leaked 0' /sys/kernel/debug/xen-argo/stats
	check "the modules unload" modprobe -r xen-argo-dev xen-argo
}
