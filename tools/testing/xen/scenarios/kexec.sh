# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# A guest starts another kernel with kexec while it writes to its disk: the first
# kernel gives its rings back before, the second one finds what was synced. Xen resets
# the domain in between, which takes away the ring of its bridge, too: that is ended and
# started again. The guest is HVM: libxl refuses to reset a domain of another type.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo argo-dev bridge fio hvm"
TIMEOUT=600
DISK_MB=64

# --- dom0 ---------------------------------------------------------------------

# The domain's part of xenstore is made anew when xl resets it.
was_reset()
{
	! xenstore-read "/local/domain/$(guest_id kexec)/data/lab/running" >/dev/null 2>&1
}

dom0_main()
{
	local records

	. /lab/dom0/disk.sh
	check "dom0's modules load" load_argo || return
	check "Xen has all rings to give" no_ring_lost
	mkdir -p "$DISKS"
	tar -C /lab/guest -cf "$DISKS/boot.img" bzImage initramfs
	truncate -s %1M "$DISKS/boot.img"
	start_storage disk $DISK_MB && start_storage boot || return
	start_guest kexec type=hvm mem=800 \
		"cfg=virtio = [ 'type=virtio,device2,backend=0' ]" || return
	start_bridge kexec disk boot || return
	check "the guest's load runs" wait_mark kexec running 180 || return
	records=$(recorded kexec)
	check "it has synced records" test "$records" -gt 0
	tell kexec go
	check "Xen resets the domain" wait_for 60 was_reset
	# xl takes some time for what it does behind it.
	sleep 10
	check "the domain is still there" xl domid kexec || return
	check "its bridge, which has lost its ring, ends on SIGTERM with status 0" stop_daemon bridge
	check "no ring is left" test "$(ring_count)" = 0
	start_bridge kexec disk boot
	tell kexec records "$records"
	check "the second kernel is there, in the same domain" wait_mark kexec second 180
	check "the guest ends" wait_gone kexec 120
	stop_daemon bridge
	stop_daemon storage-disk
	stop_daemon storage-boot
	check "the file system is clean" e2fsck -fn "$DISKS/disk.img"
	check "no ring is left" test "$(ring_count)" = 0
	check "Xen has all rings to give" no_ring_lost
	check "dom0's modules unload" unload_argo
}

# --- guest --------------------------------------------------------------------

# disk_where OP: the disk whose size in MB is OP (-eq, -ne) $DISK_MB
disk_where()
{
	local disk

	for disk in /sys/block/vd*; do
		[ -e "$disk/size" ] || continue
		test "$(cat "$disk/size")" "$1" $((DISK_MB * 2048)) && echo "/dev/${disk##*/}"
	done
}

both_disks()
{
	[ -b "$(disk_where -eq)" ] && [ -b "$(disk_where -ne)" ]
}

first_kernel()
{
	check "mkfs.ext4" mkfs.ext4 -q -F "$(disk_where -eq)"
	check "mount" mount "$(disk_where -eq)" /mnt || return
	dd if=/dev/urandom of=/mnt/file bs=1M count=8 conv=fsync 2>/dev/null
	(cd /mnt && sha256sum file >sum)
	sync
	mkdir /run/boot
	check "the second kernel is read from the other disk" \
		tar -C /run/boot -xf "$(disk_where -ne)" || return
	check "kexec takes it" kexec -c -l /run/boot/bzImage --initrd=/run/boot/initramfs \
		--command-line="$(cat /proc/cmdline) lab.second=1" || return
	rm -r /run/boot
	start_load disk /mnt/load
	start_records /mnt/records
	check "the load has come round" wait_for 60 more_turns disk 0
	mark running
	wait_told go 120
	check "the load runs to the end" load_runs disk
	kexec -e
	sleep 60
}

second_kernel()
{
	mark second
	check "the file system is mounted" mount "$(disk_where -eq)" /mnt || return
	check "what was synced is there" sh -c 'cd /mnt && sha256sum -c sum >/dev/null'
	wait_told records 60
	check "up to the last record" no_record_lost /mnt/records "$(told records)"
	check "unmount" umount /mnt
	leave_argo
}

guest_kexec()
{
	check "modules load" load_argo || return
	check "the disks appear" wait_for 120 both_disks || return
	if [ "$(cmdline lab.second)" = 1 ]; then
		second_kernel
	else
		first_kernel
	fi
}
