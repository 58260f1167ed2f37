# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# A guest reboots, and then crashes, while it writes: after the reboot xl has made
# another domain of it, which finds what was synced once its disk has a bridge for
# that domain (--exit-with-guest ends the old one); after the crash another guest does,
# and e2fsck finds nothing but a journal to replay. What was synced is a file, and one
# record after the other up to the last moment. In the end Xen has as many rings to
# give as in the beginning.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo argo-dev bridge fio"
TIMEOUT=500
ALLOW="sysrq triggered crash|sysrq: Trigger a crash|Call Trace:"

IMAGE=/run/lab/disks/disk.img

# What the guest wrote and synced: is it in the image?
synced()
{
	[ "$(debugfs -R 'cat /file' "$1" 2>/dev/null | sha256sum | cut -d' ' -f1)" = "$2" ]
}

dom0_main()
{
	local sum records now BRIDGE_OPTIONS=--exit-with-guest

	. /lab/dom0/disk.sh
	check "dom0's modules load" load_argo || return
	check "Xen has all rings to give" no_ring_lost
	start_storage disk || return
	# Without that parameter Linux reboots after a panic: another kind of end.
	start_guest reborn mem=320 on_reboot=restart end=no cmdline=xen_legacy_crash \
		"cfg=virtio = [ 'type=virtio,device2,backend=0' ]" || return
	start_bridge reborn disk || return
	check "the guest's load runs" wait_mark reborn running 120 || return
	sum=$(xenstore-read "/local/domain/$(guest_id reborn)/data/lab/sum")

	records=$(recorded reborn)
	check "it has synced records" test "$records" -gt 0
	tell reborn reboot
	check "it reboots under load, and is another domain then" new_domain reborn 120 || return
	check "the bridge of the old domain has ended, and says so by its status" bridge_gone
	check "no ring is left" test "$(ring_count)" = 0
	start_bridge reborn disk
	tell reborn records "$records"
	check "with a bridge for the new one it has its disk" wait_mark reborn back 120 || return

	now=$(recorded reborn)
	check "it has synced more records" test "$now" -gt "$records"
	records=$now
	tell reborn crash
	check "it crashes under load" wait_gone reborn 120 || return
	check "and is not restarted, as xl was told" sh -c 'sleep 5; ! xl domid reborn 2>/dev/null'
	check "its bridge has ended, and says so by its status" bridge_gone
	check "no ring is left" test "$(ring_count)" = 0
	stop_daemon storage-disk
	cp $IMAGE /run/lab/crashed.img
	check "e2fsck has a journal to replay" replay /run/lab/crashed.img
	check "and nothing else" e2fsck -fn /run/lab/crashed.img
	check "what was synced is in the image" synced /run/lab/crashed.img "$sum"

	start_storage disk || return
	start_guest heir mem=320 \
		"cfg=virtio = [ 'type=virtio,device2,backend=0' ]" || return
	start_bridge heir disk || return
	tell heir records "$records"
	check "another guest ends" wait_gone heir 120
	check "its bridge has ended" bridge_gone
	stop_daemon storage-disk
	check "the file system is clean" e2fsck -fn $IMAGE
	check "what was synced is in the image" synced $IMAGE "$sum"
	check "no ring is left" test "$(ring_count)" = 0
	check "Xen has all rings to give" no_ring_lost
	check "dom0's modules unload" unload_argo
}

whole()
{
	(cd /mnt && sha256sum -c sum >/dev/null)
}

all_records()
{
	wait_told records 120 && no_record_lost /mnt/records "$(told records)"
}

# to_the_end WORD MARK: under load until dom0 says so
to_the_end()
{
	start_load disk /mnt/load
	start_records /mnt/records
	check "the load has come round" wait_for 60 more_turns disk 0
	mark "$2"
	wait_told "$1" 120
	check "it runs to the end" load_runs disk
}

first_life()
{
	check "mkfs.ext4" mkfs.ext4 -q -F /dev/vda
	check "mount" mount /dev/vda /mnt || return
	dd if=/dev/urandom of=/mnt/file bs=1M count=8 conv=fsync 2>/dev/null
	(cd /mnt && sha256sum file >sum)
	sync
	xenstore-write data/lab/sum "$(cut -d' ' -f1 /mnt/sum)"
	to_the_end reboot running
	busybox reboot -f
}

second_life()
{
	check "what was synced before the reboot is there" whole
	check "up to the last record" all_records
	to_the_end crash back
	echo c >/proc/sysrq-trigger
}

guest_reborn()
{
	check "modules load" load_argo || return
	check "the disk appears" wait_for 120 test -b /dev/vda || return
	if mount /dev/vda /mnt 2>/dev/null; then
		second_life
	else
		first_life
	fi
	sleep 60
}

guest_heir()
{
	check "modules load" load_argo || return
	check "the disk appears" wait_for 120 test -b /dev/vda || return
	check "the file system of the guest that crashed is mounted" mount /dev/vda /mnt || return
	check "what was synced before the crash is there" whole
	check "up to the last record" all_records
	start_load disk /mnt/load
	check "fio writes and reads it" wait_for 60 more_turns disk 0
	check "and saw no error" stop_load disk
	check "unmount" umount /mnt
	leave_argo
}
