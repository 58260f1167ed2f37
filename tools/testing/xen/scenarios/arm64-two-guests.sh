# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Two dom0less guests on Arm use one backend at the same time: a
# qemu-storage-daemon with a disk for each and one bridge per guest. Both write
# and read back under fio's eyes at once, then each makes an ext4 and leaves
# files there under its own name. Then one of them is destroyed under load, and
# the other notices nothing.
# shellcheck shell=bash disable=SC2034,SC2153,SC2154

NEEDS="argo bridge fio"
TIMEOUT=500
ARCH=arm64
DOM0LESS="left right"

SOCKETS=/run/lab/sockets
DISKS=/run/lab/disks

# --- dom0 ---------------------------------------------------------------------

start_storage()
{
	local guest options=()

	mkdir -p $SOCKETS $DISKS
	mount -t tmpfs -o size=256m disks $DISKS
	for guest in left right; do
		truncate -s 96M $DISKS/$guest
		options+=(--blockdev "driver=file,node-name=$guest,filename=$DISKS/$guest,discard=unmap"
			--export "type=vhost-user-blk,id=$guest,node-name=$guest,writable=on,num-queues=1,addr.type=unix,addr.path=$SOCKETS/$guest")
	done
	daemon storage qemu-storage-daemon "${options[@]}"
	wait_for 30 test -S $SOCKETS/right
}

# left_behind GUEST: its file system is clean and holds what it says.
left_behind()
{
	local guest=$1

	check "e2fsck finds $guest's file system clean" \
		sh -c "e2fsck -fn $DISKS/$guest >/run/lab/e2fsck.$guest 2>&1" || return
	mkdir -p "/run/lab/mnt/$guest"
	mount -o loop,ro,noload "$DISKS/$guest" "/run/lab/mnt/$guest" || return
	check "it is $guest's" grep -qx "$guest" "/run/lab/mnt/$guest/name"
	check "its files are those that $guest wrote" \
		sh -c "cd /run/lab/mnt/$guest && [ \$(wc -l <SHA256SUMS) -gt 20 ] && sha256sum --quiet -c SHA256SUMS"
	umount "/run/lab/mnt/$guest"
}

dom0_main()
{
	local guest

	check "dom0's modules load" load_argo || return
	start_guest left end=no || return
	start_guest right || return
	check "the left guest waits for its disk" wait_mark left waiting 60 || return
	check "the right guest waits for its disk" wait_mark right waiting 60 || return
	check "qemu-storage-daemon exports two disks" start_storage || return
	for guest in left right; do
		daemon "bridge-$guest" virtio-argo-bridge --guest "$(guest_id $guest)" \
			--device "type=block,socket=$SOCKETS/$guest"
	done
	check "the left guest writes" wait_mark left load 60 || return
	check "the right guest writes" wait_mark right load 60 || return
	check "they do so at the same time" both_busy
	check "the left guest has left its files" wait_mark left written 240 || return
	check "the right guest has left its files" wait_mark right written 240 || return
	check "the left guest writes again" wait_mark left again 60 || return
	check "the right guest writes again" wait_mark right again 60 || return
	say "destroying the left guest"
	kill_guest left
	check "the right guest has load at that time" busy right
	check "the right guest ends" wait_gone right 240
	for guest in left right; do
		check "the $guest bridge is still there" daemon_alive bridge-$guest
		check "it ends on SIGTERM with status 0" stop_daemon bridge-$guest
	done
	check "qemu-storage-daemon is still there" daemon_alive storage
	stop_daemon storage
	left_behind right
	check "dom0's modules unload" unload_argo
}

both_busy()
{
	! marked left loaded && ! marked right loaded
}

busy()
{
	! marked "$1" outlived
}

# --- guest --------------------------------------------------------------------

# load FILE
load()
{
	fio --name=load --filename="$1" --direct=1 --rw=randwrite --size=48M \
		--bssplit=512/20:4k/40:64k/20:256k/10:1m/10 --ioengine=libaio --iodepth=32 \
		--verify=crc32c --verify_fatal=1 --do_verify=1 --output=/run/fio.log
}

write_files()
{
	mkfs.ext4 -q -F /dev/vda && mount /dev/vda /mnt || return
	echo "$GUEST" >/mnt/name
	cp -r /usr/sbin /usr/bin /mnt &&
		(cd /mnt && find name sbin bin -type f -exec sha256sum {} +) >/run/sums &&
		cp /run/sums /mnt/SHA256SUMS && umount /mnt
}

guest_main()
{
	local turn

	check "the guest has no xenstore" sh -c '! xenstore-ls / >/dev/null 2>&1'
	check "modules load without a backend" load_argo || return
	mark waiting
	check "the disk appears when the backend comes" wait_for 120 test -b /dev/vda || return
	mark load
	check "fio: 512 bytes to 1 MB, depth 32, every byte is right" load /dev/vda || cat /run/fio.log
	mark loaded
	check "an ext4 with files of its own" write_files || return
	mark written
	check "e2fsck" e2fsck -fn /dev/vda
	mount /dev/vda /mnt
	mark again
	while [ "$GUEST" = left ]; do
		load /mnt/load && continue
		not_ok "fio until the end of this guest"
		cat /run/fio.log
		return 1
	done
	for turn in 1 2 3; do
		check "fio on the file system while the other guest dies ($turn)" load /mnt/load ||
			cat /run/fio.log
	done
	mark outlived
	check "unmount" umount /mnt
	check "no violation, nothing dropped" \
		sh -c "! grep -hE '^(violations|dropped_[a-z_]+|request_timeouts) [1-9]' /sys/kernel/debug/virtio_argo/*/stats"
	cat /sys/kernel/debug/virtio_argo/*/stats
	check "the guest's modules unload" unload_argo
}
