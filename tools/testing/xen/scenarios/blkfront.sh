# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The neighbour that virtio-argo is measured against: a disk of dom0, served by
# xen-blkback with grants, makes a file system's round trip in a PVH guest.
# shellcheck shell=bash disable=SC2034,SC2154

TIMEOUT=180

host_prepare()
{
	truncate -s 64M "$run/disk.img"
	add_disk data "$run/disk.img"
}

dom0_main()
{
	local dev
	dev=$(disk data) || return

	start_guest front "cfg=disk = [ 'format=raw, vdev=xvda, access=rw, backendtype=phy, script=/lab/dom0/block, target=$dev' ]" || return
	check "the guest powers off" wait_gone front 120
}

guest_front()
{
	check "the disk appears" wait_for 20 test -b /dev/xvda || return
	check "mkfs.ext4" mkfs.ext4 -q /dev/xvda || return
	check "mount" mount /dev/xvda /mnt || return
	dd if=/dev/urandom of=/mnt/random bs=64k count=256 conv=fsync 2>/dev/null
	(cd /mnt && sha256sum random >sums)
	check "unmount" umount /mnt
	echo 3 >/proc/sys/vm/drop_caches
	mount -o ro /dev/xvda /mnt
	check "what was written is read back" sh -c 'cd /mnt && sha256sum -c sums'
	umount /mnt
}

host_check()
{
	check "the file system is clean after power-off" e2fsck -fn "$run/disk.img"
}
