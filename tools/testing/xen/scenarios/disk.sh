# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# What a disk must stand: fio with verified random writes of 512 bytes to 1 MB at
# depths of 1 to 64 and on several queues, an ext4, discard and write-zeroes,
# sectors of 4 KB, requests of 1 MB through a ring of 16 KB, and a backend that
# fails single requests or is full: those fail in the guest, and no other. One
# guest with two links, the first with four disks.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo bridge fio"
TIMEOUT=500

# --- how the guest gets its two links; other scenarios have it otherwise ---------

DISK_GUEST=("cfg=virtio = [ 'type=virtio,device2,backend=0' ]")
# Parts of the devices' paths in sysfs
FIRST_LINK=virtio-0
SECOND_LINK=virtio-argo

find_links()
{
	check "modules load, with a second link of 16 KB" \
		modprobe virtio_argo link=0:0x56410001:16320
}

# --- dom0 ---------------------------------------------------------------------

SOCKETS=/run/lab/sockets
DISKS=/run/lab/disks

start_storage()
{
	local file=$DISKS options=()

	mkdir -p $SOCKETS $DISKS
	mount -t tmpfs -o size=512m disks $DISKS
	mkdir -p $DISKS/small
	mount -t tmpfs -o size=8m small $DISKS/small
	truncate -s 64M $DISKS/plain $DISKS/big-sectors $DISKS/bad $DISKS/small/full $DISKS/narrow

	export_disk()
	{
		options+=(--export "type=vhost-user-blk,id=$1,node-name=$1,writable=on,addr.type=unix,addr.path=$SOCKETS/$1$2")
	}
	for file in plain big-sectors narrow; do
		options+=(--blockdev "driver=file,node-name=$file,filename=$DISKS/$file,discard=unmap")
	done
	options+=(--blockdev "driver=file,node-name=full,filename=$DISKS/small/full")
	options+=(--blockdev "driver=file,node-name=bad-file,filename=$DISKS/bad")
	# Sector 2048, that is byte 1 MB, can be neither read nor written.
	options+=(--blockdev "driver=blkdebug,node-name=bad,image=bad-file,inject-error.0.event=none,inject-error.0.sector=2048,inject-error.0.errno=5")
	export_disk plain ,num-queues=2
	export_disk big-sectors ,logical-block-size=4096
	export_disk bad
	export_disk full
	export_disk narrow
	daemon storage qemu-storage-daemon "${options[@]}"
	wait_for 30 test -S $SOCKETS/narrow
}

dom0_main()
{
	local id

	check "dom0's modules load" load_argo || return
	check "qemu-storage-daemon exports five disks" start_storage || return
	# A second CPU that is possible makes a second queue; one that runs would
	# have the emulated CPUs spin for each other.
	start_guest disk mem=512 cfg=maxvcpus=2 "${DISK_GUEST[@]}" || return
	id=$(guest_id disk)
	daemon bridge virtio-argo-bridge --guest "$id" \
		--device "type=block,socket=$SOCKETS/plain" \
		--device "type=block,socket=$SOCKETS/big-sectors" \
		--device "type=block,socket=$SOCKETS/bad" \
		--device "type=block,socket=$SOCKETS/full"
	daemon bridge-narrow virtio-argo-bridge --guest "$id" --link 1 --ring-size 16K \
		--device "type=block,socket=$SOCKETS/narrow"
	check "the guest ends" wait_gone disk 400
	check "the bridge ends on SIGTERM with status 0" stop_daemon bridge
	check "so does the other" stop_daemon bridge-narrow
	check "and qemu-storage-daemon" stop_daemon storage
	check "discarded blocks are holes in the image" \
		test "$(du -k $DISKS/plain | cut -f1)" -lt 65536
	check "dom0's modules unload" unload_argo
}

# --- guest --------------------------------------------------------------------

# link_disk LINK N: the N-th disk, from 0, of that link.
link_disk()
{
	local disk

	for disk in /sys/block/vd*; do
		case $(readlink -f "$disk/device") in
		*"/$1"*/virtio*) echo "/dev/${disk##*/}" ;;
		esac
	done | sed -n "$(($2 + 1))p"
}

verified()
{
	local what=$1 dev=$2
	shift 2

	# shellcheck disable=SC2086
	check "$what" fio --name=verify --filename="$dev" --direct=1 --verify=crc32c \
		--verify_fatal=1 --do_verify=1 --randrepeat=1 \
		--output=/run/fio.log "$@" || cat /run/fio.log
}

five_disks()
{
	[ "$(find /sys/block -name 'vd*' | wc -l)" = 5 ]
}

two_queues()
{
	[ "$(find "/sys/block/${1##*/}/mq" -mindepth 1 -maxdepth 1 | wc -l)" = 2 ]
}

fio_runs()
{
	local dev=$1

	verified "fio: 4k, depth 1" "$dev" --rw=randwrite --bs=4k --ioengine=psync --size=512k
	verified "fio: 512 bytes to 1 MB, depth 64" "$dev" --rw=randwrite --size=16M \
		--bssplit=512/20:4k/40:64k/20:256k/10:1m/10 --ioengine=libaio --iodepth=64
	verified "fio: 1 MB, depth 4" "$dev" --rw=randwrite --bs=1m --ioengine=libaio --iodepth=4 --size=16M
	verified "fio: 4 jobs, 4k, depth 16, two queues" "$dev" --rw=randwrite --bs=4k \
		--ioengine=libaio --iodepth=16 --numjobs=4 --size=1M --offset_increment=1M
}

ext4_run()
{
	check "mkfs.ext4" mkfs.ext4 -q -F "$1" || return
	check "mount with discard" mount -o discard "$1" /mnt || return
	check "copy a tree" cp -r /usr/sbin /usr/bin /lab /mnt
	(cd /usr && find sbin bin -type f -exec sha256sum {} +) >/run/sums
	sync
	echo 3 >/proc/sys/vm/drop_caches
	check "its $(wc -l </run/sums) programs are read back from ext4" \
		sh -c 'cd /mnt && sha256sum -c /run/sums >/dev/null'
	rm -rf /mnt/sbin /mnt/bin /mnt/lab
	sync
	check "unmount" umount /mnt
	check "e2fsck" e2fsck -fn "$1"
}

discard_and_zeroes()
{
	local dev=$1

	dd if=/dev/urandom of="$dev" bs=1M count=4 oflag=direct 2>/dev/null
	check "write-zeroes" blkdiscard -z -o 1048576 -l 1048576 "$dev" || return
	check "what was zeroed is zero, its neighbours are not" sh -c "
		[ \$(dd if=$dev bs=1M skip=1 count=1 iflag=direct 2>/dev/null | tr -d '\\0' | wc -c) = 0 ] &&
		[ \$(dd if=$dev bs=1M skip=2 count=1 iflag=direct 2>/dev/null | tr -d '\\0' | wc -c) -gt 1000000 ]"
	check "discard" blkdiscard "$dev"
}

errors()
{
	local bad=$1 full=$2

	check "a read of the bad sector fails" \
		sh -c "! dd if=$bad of=/dev/null bs=4k skip=256 count=1 iflag=direct 2>/run/dd" || cat /run/dd
	check "with an I/O error" grep -q 'Input/output error' /run/dd
	check "the sectors beside it can be read" \
		dd if="$bad" of=/dev/null bs=4k count=255 iflag=direct
	check "and written" dd if=/dev/zero of="$bad" bs=4k seek=257 count=16 oflag=direct
	check "a write to a full disk fails" \
		sh -c "! dd if=/dev/zero of=$full bs=1M count=32 oflag=direct 2>/run/dd"
	check "with an error of its own" grep -Eq 'Input/output error|No space left' /run/dd
	check "what it holds can be read" dd if="$full" of=/dev/null bs=1M count=4 iflag=direct
}

guest_disk()
{
	local plain sectors bad full narrow

	find_links || return
	check "five disks appear on two links" wait_for 90 five_disks || return
	plain=$(link_disk $FIRST_LINK 0)
	sectors=$(link_disk $FIRST_LINK 1)
	bad=$(link_disk $FIRST_LINK 2)
	full=$(link_disk $FIRST_LINK 3)
	narrow=$(link_disk $SECOND_LINK 0)
	say "plain=$plain sectors=$sectors bad=$bad full=$full narrow=$narrow"

	check "the first has two queues" two_queues "$plain"
	fio_runs "$plain"
	ext4_run "$plain"
	discard_and_zeroes "$plain"
	check "one disk has sectors of 4 KB" test "$(blockdev --getss "$sectors")" = 4096
	verified "fio on 4 KB sectors" "$sectors" --rw=randwrite --bsrange=4k-128k \
		--ioengine=libaio --iodepth=16 --size=8M
	verified "fio: 1 MB requests through a ring of 16 KB" "$narrow" --rw=randwrite \
		--bs=1m --ioengine=libaio --iodepth=8 --size=8M
	errors "$bad" "$full"
	check "no violation, nothing dropped on either link" \
		sh -c "! grep -hE '^(violations|dropped_[a-z_]+|request_timeouts) [1-9]' /sys/kernel/debug/virtio_argo/*/stats"
	cat /sys/kernel/debug/virtio_argo/*/stats
	check "the guest's modules unload" unload_argo
}
