# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Modules are unloaded and loaded under load, in dom0 and in the guest: what is in
# use cannot be unloaded; a bridge that ends, by SIGTERM or SIGKILL, lets dom0's
# modules go, and the guest waits for the next and sees no error; the guest's driver
# is taken off its link while fio runs, and comes back. In the end Xen has as many
# rings to give as in the beginning.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo argo-dev bridge fio"
TIMEOUT=500

# refused COMMAND...: fails, as it must
refused()
{
	! "$@" >/run/lab/refused.out 2>&1
}

# again SIGNAL: all of dom0's side anew
again()
{
	if [ "$1" = TERM ]; then
		stop_daemon bridge || return
	else
		kill -KILL "$(daemon_pid bridge)"
		wait "$(daemon_pid bridge)" 2>/dev/null
	fi
	no_ring_lost && unload_argo || return
	load_argo || return
	start_bridge reload disk
}

dom0_main()
{
	local turn signal

	. /lab/dom0/disk.sh
	check "dom0's modules load" load_argo || return
	check "Xen has all rings to give" no_ring_lost
	start_storage disk || return
	start_guest reload mem=320 \
		"cfg=virtio = [ 'type=virtio,device2,backend=0' ]" || return
	start_bridge reload disk || return
	check "the guest's load runs" wait_mark reload running 120 || return

	check "xen-argo-dev cannot be unloaded under the bridge" refused rmmod xen-argo-dev
	check "nor can xen-argo" refused rmmod xen-argo
	check "the bridge is still there" daemon_alive bridge
	for turn in 1 2 3; do
		for signal in TERM KILL; do
			check "SIG$signal, unload, load, a new bridge (turn $turn)" again $signal ||
				return
			sleep 2
		done
	done
	tell reload reloaded
	check "the guest ends" wait_gone reload 300
	check "the bridge ends on SIGTERM with status 0" stop_daemon bridge
	stop_daemon storage-disk
	check "no ring is left" test "$(ring_count)" = 0
	check "Xen has all rings to give" no_ring_lost
	check "dom0's modules unload" unload_argo
}

in_guest_again()
{
	unload_transport && no_ring_lost && modprobe -r xen-argo-dev xen-argo && load_argo
}

guest_refused()
{
	! "$@" 2>/run/refused
}

ended()
{
	! kill -0 "$(cat /run/load-disk.pid)" 2>/dev/null
}

failed_load()
{
	! stop_load disk
}

guest_reload()
{
	local turn before

	check "modules load" load_argo || return
	check "the disk appears" wait_for 90 test -b /dev/vda || return
	start_load disk /dev/vda
	mark running
	check "dom0 has unloaded and loaded its modules" wait_told reloaded 300
	before=$(load_turns disk)
	check "the load goes on" wait_for 120 more_turns disk "$before"
	check "and saw no error, every byte is right" stop_load disk

	for turn in 1 2 3; do
		start_load disk /dev/vda
		sleep 2
		check "modules in use cannot be unloaded (turn $turn)" guest_refused rmmod virtio_argo
		check "nor what they are built on (turn $turn)" guest_refused rmmod xen-argo
		check "the load goes on (turn $turn)" load_runs disk
		check "the link is taken away under load, modules unload and load (turn $turn)" \
			in_guest_again
		check "the load has ended (turn $turn)" wait_for 60 ended
		check "with an error (turn $turn)" failed_load
		check "the disk is back (turn $turn)" wait_for 60 test -b /dev/vda
	done
	check "no violation" \
		sh -c "! grep -hE '^violations [1-9]' /sys/kernel/debug/virtio_argo/*/stats"
	leave_argo
}
