# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Other file systems and block layers over the disk. XFS and Btrfs, each made,
# filled, unmounted, checked by its own tool and read back; a partition table;
# and the disk as lsblk and blockdev see it.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo bridge"
TIMEOUT=400

SOCKET=/run/lab/disk.sock
IMAGE=/run/lab/disks/image

dom0_main()
{
	check "dom0's modules load" load_argo || return
	mkdir -p ${IMAGE%/*}
	mount -t tmpfs -o size=640m disks ${IMAGE%/*}
	truncate -s 512M $IMAGE
	daemon storage qemu-storage-daemon \
		--blockdev "driver=file,node-name=disk,filename=$IMAGE,discard=unmap" \
		--export "type=vhost-user-blk,id=disk,node-name=disk,writable=on,num-queues=1,addr.type=unix,addr.path=$SOCKET"
	wait_for 30 test -S $SOCKET
	start_guest fs mem=512 "cfg=virtio = [ 'type=virtio,device2,backend=0' ]" || return
	daemon bridge virtio-argo-bridge --guest "$(guest_id fs)" --device "type=block,socket=$SOCKET"
	check "the guest ends" wait_gone fs 300
	check "the bridge ends on SIGTERM with status 0" stop_daemon bridge
	stop_daemon storage
	check "dom0's modules unload" unload_argo
}

# fill DEVICE NAME OPTIONS: a tree onto a file system that is there, and off.
fill()
{
	local name=$2

	check "$name: mount" mount -o "${3:-rw}" "$1" /mnt || return
	cp -r /usr /lab /mnt/ 2>/run/cp || cat /run/cp
	dd if=/dev/urandom of=/mnt/large bs=1M count=24 conv=fsync 2>/dev/null
	(cd /mnt && find . -type f -exec sha256sum {} +) >/run/sums
	check "$name: unmount" umount /mnt
}

again()
{
	local name=$2

	echo 3 >/proc/sys/vm/drop_caches
	check "$name: mount again" mount "$1" /mnt || return
	check "$name: its $(wc -l </run/sums) files are what was written" \
		sh -c 'cd /mnt && sha256sum -c /run/sums >/dev/null'
	umount /mnt
}

run_xfs()
{
	check "xfs: mkfs" mkfs.xfs -q -f "$1" || return
	fill "$1" xfs discard || return
	check "xfs: xfs_repair -n finds nothing" xfs_repair -n "$1"
	again "$1" xfs
}

run_btrfs()
{
	check "btrfs: mkfs" mkfs.btrfs -q -f "$1" || return
	fill "$1" btrfs compress=no || return
	again "$1" btrfs
	# It has checksums of its own: every block is read and compared.
	mount "$1" /mnt || return
	check "btrfs: every checksum is right" sh -c 'cat /mnt/large >/dev/null && dmesg | grep -c "csum failed" | grep -qx 0'
	umount /mnt
}

run_partitions()
{
	local dev=$1

	# Two primary partitions of 64 and 128 MB.
	check "a partition table is written" \
		sh -c "printf 'o\nn\np\n1\n\n+64M\nn\np\n2\n\n+128M\nw\n' | busybox fdisk $dev >/run/fdisk 2>&1; blockdev --rereadpt $dev"
	check "both partitions appear" wait_for 10 test -b "${dev}2" || { cat /run/fdisk; return; }
	check "ext4 in the second" mkfs.ext4 -q -F "${dev}2" || return
	fill "${dev}2" "ext4 in a partition"
	check "e2fsck" e2fsck -fn "${dev}2"
	dd if=/dev/zero of="$dev" bs=1M count=1 conv=fsync 2>/dev/null
	blockdev --rereadpt "$dev"
}

guest_fs()
{
	local dev=/dev/vda fs

	check "modules load" load_argo || return
	check "the disk appears" wait_for 60 test -b $dev || return
	check "lsblk tells its size" sh -c "lsblk -bno SIZE $dev | grep -qx 536870912"
	check "blockdev tells the same" test "$(blockdev --getsize64 $dev)" = 536870912
	for fs in xfs btrfs; do
		modprobe -q "$fs"
	done
	run_xfs $dev
	run_btrfs $dev
	run_partitions $dev
	check "no violation, nothing dropped" \
		sh -c "! grep -hE '^(violations|dropped_[a-z_]+|request_timeouts) [1-9]' /sys/kernel/debug/virtio_argo/*/stats"
	check "the guest's modules unload" unload_argo
}
