# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Disks are added to and removed from a live link, as the bridge's configuration
# changes and SIGHUP says so, while another disk of the link is under verified load:
# that one sees no error. A disk is removed under load of its own (which fails, as
# when a disk is pulled out), with a file system mounted, and many times in a row; a
# configuration with an error changes nothing. In the end another bridge comes that
# has one disk less: that disk is away, and a read of it waits until it is back.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo argo-dev bridge fio"
TIMEOUT=500

# --- dom0 ---------------------------------------------------------------------

CONFIG=/run/lab/bridge.conf
LOG=/run/lab/daemon/bridge.log

# configure NAME...: these disks, and only they
configure()
{
	local name

	{
		echo "guest $(guest_id hotplug)"
		for name; do
			echo "device $(disk_option "$name")"
		done
	} >$CONFIG
}

reloads()
{
	grep -cE "devices: [0-9]+ added|nothing was changed" $LOG
}

more_reloads()
{
	[ "$(reloads)" -gt "$1" ]
}

# reload: and wait until the bridge has said what came of it
reload()
{
	local before

	before=$(reloads)
	kill -HUP "$(daemon_pid bridge)"
	wait_for 20 more_reloads "$before"
}

# reload_with NAME...: and these are the disks then
reload_with()
{
	configure "$@"
	reload && ! tail -n 1 $LOG | grep -q 'nothing was changed'
}

changes_nothing()
{
	reload && tail -n 1 $LOG | grep -q 'nothing was changed'
}

many_times()
{
	local turn

	for turn in 1 2 3 4 5 6; do
		reload_with steady other || return
		reload_with steady || return
		reload_with steady third other || return
		sleep 0.$turn
		reload_with steady third || return
	done
}

dom0_main()
{
	local sum

	. /lab/dom0/disk.sh
	check "dom0's modules load" load_argo || return
	check "Xen has all rings to give" no_ring_lost
	start_storage steady 32 && start_storage other 48 && start_storage third 40 || return
	start_guest hotplug mem=320 \
		"cfg=virtio = [ 'type=virtio,device2,backend=0' ]" || return
	configure steady
	daemon bridge virtio-argo-bridge --config $CONFIG
	check "one disk is under load" wait_mark hotplug steady 120 || return

	check "a second is added" reload_with steady other
	tell hotplug added
	check "the guest uses it" wait_mark hotplug other 60 || return

	echo "device type=block,sockt=/x" >>$CONFIG
	check "a configuration with an error changes nothing" changes_nothing
	check "and the error is named" grep -q "$CONFIG:4: device: unknown property" $LOG
	configure steady missing
	check "a disk whose socket is not there changes nothing" changes_nothing
	check "and the socket is named" grep -q "missing.sock: cannot connect" $LOG

	check "the second is removed, which is under load too" reload_with steady
	tell hotplug removed
	check "the guest has lost it" wait_mark hotplug lost 60 || return

	check "it is added again, and a third" reload_with steady other third
	tell hotplug mounting
	check "the guest mounts it" wait_mark hotplug mounted 60 || return
	sum=$(xenstore-read "/local/domain/$(guest_id hotplug)/data/lab/sum")
	check "it is removed under its file system" reload_with steady third
	tell hotplug pulled
	check "the guest unmounts it" wait_mark hotplug unmounted 120 || return

	check "disks are added and removed many times" many_times
	check "the second is there in the end" reload_with steady other
	tell hotplug settled
	check "the guest is at peace with that" wait_mark hotplug peace 200 || return
	check "the bridge ends on SIGTERM with status 0" stop_daemon bridge
	check "Xen has the ring that served them all" no_ring_lost
	configure steady
	daemon bridge virtio-argo-bridge --config $CONFIG
	tell hotplug without
	check "its second is missed" wait_mark hotplug missed 120 || return
	check "and comes back" reload_with steady other
	check "the guest goes on with it" wait_mark hotplug back 120 || return
	check "it is removed" reload_with steady
	tell hotplug orderly
	check "the guest ends" wait_gone hotplug 200
	check "one ring served them all" test "$(ring_count)" = 1
	check "the bridge ends on SIGTERM with status 0" stop_daemon bridge
	stop_daemon storage-steady
	stop_daemon storage-other
	stop_daemon storage-third
	check "the second's journal can be replayed" replay "$DISKS/other.img"
	check "its file system is clean then" e2fsck -fn "$DISKS/other.img"
	check "and what was synced is there" test "$(
		debugfs -R 'cat /file' "$DISKS/other.img" 2>/dev/null | sha256sum | cut -d' ' -f1)" = "$sum"
	check "no ring is left" test "$(ring_count)" = 0
	check "Xen has all rings to give" no_ring_lost
	check "dom0's modules unload" unload_argo
}

# --- guest --------------------------------------------------------------------

# disk_of MB: the disk of that size
disk_of()
{
	local disk

	for disk in /sys/block/vd*; do
		[ "$(cat "$disk/size" 2>/dev/null)" != $(($1 * 2048)) ] || echo "/dev/${disk##*/}"
	done
}

there()
{
	[ -b "$(disk_of "$1")" ]
}

gone()
{
	[ -z "$(disk_of "$1")" ]
}

three_disks()
{
	there 32 && there 48 && there 40
}

load_failed()
{
	! stop_load "$1"
}

load_ended()
{
	! kill -0 "$(cat "/run/load-$1.pid")" 2>/dev/null
}

second_is_missed()
{
	dmesg | grep -q 'the backend has no device .* any more: requests wait'
}

guest_hotplug()
{
	local before away reader

	check "modules load" load_argo || return
	check "the first disk appears" wait_for 90 there 32 || return
	start_load steady "$(disk_of 32)"
	mark steady

	wait_told added 120
	check "the second appears" wait_for 30 there 48 || return
	start_load other "$(disk_of 48)"
	check "fio writes and reads it" wait_for 60 more_turns other 0
	mark other
	wait_told removed 120
	check "it is gone" wait_for 30 gone 48
	check "its load ends" wait_for 60 load_ended other
	check "with an error" load_failed other
	mark lost

	wait_told mounting 120
	check "it appears again, and a third" wait_for 30 three_disks
	check "mkfs.ext4" mkfs.ext4 -q -F "$(disk_of 48)"
	check "mount" mount "$(disk_of 48)" /mnt
	check "write, with fsync" dd if=/dev/urandom of=/mnt/file bs=1M count=4 conv=fsync
	xenstore-write data/lab/sum "$(sha256sum </mnt/file | cut -d' ' -f1)"
	mark mounted
	wait_told pulled 120
	check "it is gone from under its file system" wait_for 30 gone 48
	check "unmount" umount /mnt
	mark unmounted

	wait_told settled 200
	check "the second is there in the end" wait_for 60 there 48
	check "the third is not" wait_for 60 gone 40
	check "the second can be read" \
		dd if="$(disk_of 48)" of=/dev/null bs=1M count=8 iflag=direct
	before=$(load_turns steady)
	check "the first goes on" wait_for 60 more_turns steady "$before"
	check "and saw no error in all this" load_runs steady
	check "there was one session" \
		grep -qx 'sessions 1' /sys/kernel/debug/virtio_argo/argo-0-56410000/stats
	mark peace
	wait_told without 60
	check "another bridge that has no second: the log says so" wait_for 60 second_is_missed
	away=$(disk_of 48)
	dd if="$away" of=/dev/null bs=1M count=8 iflag=direct &
	reader=$!
	check "a read of it waits" wait_for 30 disk_waits "$away"
	mark missed
	check "it is back, and the read ends well" wait "$reader"
	check "under its name" test "$(disk_of 48)" = "$away"
	mark back
	wait_told orderly 60
	check "it is removed: now it is gone" wait_for 60 gone 48
	before=$(load_turns steady)
	check "the first goes on" wait_for 60 more_turns steady "$before"
	check "and saw no error, every byte is right" stop_load steady
	check "no violation" \
		grep -qx 'violations 0' /sys/kernel/debug/virtio_argo/argo-0-56410000/stats
	leave_argo
}
