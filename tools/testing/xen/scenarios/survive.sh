# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# A guest under verified load outlives its backends: the guest is there before
# the backend, the bridge and qemu-storage-daemon are killed with SIGKILL and
# started again while fio writes and reads back, and the guest sees a pause but no
# error; a setting that it made, of its write cache, holds. Then the backend's domain is
# suspended and resumed (all but the last step of it), and the bridge goes on, and then
# the guest. Then the guest's driver is unloaded and loaded while the bridge stays.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo argo-dev bridge fio"
TIMEOUT=500
# The lab's kernel for Arm has no suspend, see kernel/arm64.config.
SUSPENDS=1

kill_daemon()
{
	say "killing $1"
	kill -KILL "$(daemon_pid "$1")"
	wait "$(daemon_pid "$1")" 2>/dev/null
	sleep 2
}

# The guest sets a mark each time its load has come round.
kill_backends()
{
	wait_mark survive "load$1" 120 || return
	kill_daemon bridge
	check "Xen has the killed bridge's ring (turn $1)" no_ring_lost
	start_bridge survive disk || return
	sleep 4
	kill_daemon storage-disk
	start_storage disk || return
	tell survive "killed$1"
}

suspend_dom0()
{
	wait_mark survive load3 120 && suspend_devices && tell survive killed3
}

goes_on_after_suspend()
{
	check "dom0 is suspended and resumed" suspend_dom0 || return
	check "the bridge has bound its endpoint again" wait_for 20 \
		grep -q "this domain was suspended: the endpoint is bound again" \
		/run/lab/daemon/bridge.log
}

dom0_main()
{
	. /lab/dom0/disk.sh
	check "dom0's modules load" load_argo || return
	check "Xen has all rings to give" no_ring_lost
	start_guest survive mem=320 \
		"cfg=virtio = [ 'type=virtio,device2,backend=0' ]" || return
	check "the guest waits for a backend" wait_mark survive waiting 90 || return
	start_storage disk && start_bridge survive disk || return
	check "both backends are killed under load and come back" kill_backends 1 || return
	check "and once more" kill_backends 2 || return
	[ $SUSPENDS = 0 ] || goes_on_after_suspend || return
	check "the guest ends" wait_gone survive 300
	check "the bridge is still there" daemon_alive bridge
	check "the bridge ends on SIGTERM with status 0" stop_daemon bridge
	stop_daemon storage-disk
	check "no ring is left" test "$(ring_count)" = 0
	check "Xen has all rings to give" no_ring_lost
	check "dom0's modules unload" unload_argo
}


guest_survive()
{
	local turn before turns=$((2 + SUSPENDS)) cache=/sys/block/vda/cache_type

	check "modules load without a backend" load_argo || return
	mark waiting
	check "the disk appears when the backend comes" wait_for 90 test -b /dev/vda || return
	check "its write cache can be turned off" sh -c "echo 'write through' >$cache"
	start_load disk /dev/vda
	for turn in $(seq $turns); do
		before=$(load_turns disk)
		check "the load comes round (turn $turn)" wait_for 120 more_turns disk "$before"
		mark "load$turn"
		check "the backends were away and are back (turn $turn)" \
			wait_told "killed$turn" 120
	done
	before=$(load_turns disk)
	check "the load goes on" wait_for 120 more_turns disk "$before"
	if [ $SUSPENDS = 1 ]; then
		check "the guest suspends itself and resumes" suspend_devices
		check "the load goes on" load_goes_on disk
	fi
	check "and saw no error, every byte is right" stop_load disk
	check "the backends that came know that its write cache is off" \
		test "$(cat $cache)" = "write through"
	check "the link had a session for each bridge at least" \
		test "$(cat /sys/kernel/debug/virtio_argo/*/stats | sed -n 's/^sessions //p')" -ge $((3 + 2 * SUSPENDS))
	check "no violation" \
		sh -c "! grep -hE '^violations [1-9]' /sys/kernel/debug/virtio_argo/*/stats"
	check "the transport unloads" unload_transport
	check "the disk is gone" test ! -b /dev/vda
	check "the transport loads again" modprobe virtio_argo
	check "the disk is back" wait_for 60 test -b /dev/vda
	check "it can be read" dd if=/dev/vda of=/dev/null bs=1M count=8 iflag=direct
	leave_argo
}
