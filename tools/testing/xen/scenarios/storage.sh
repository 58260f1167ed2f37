# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# What qemu-storage-daemon may do under a guest: it makes a disk larger under a file
# system with load, and smaller while nobody uses it; a disk has another size when the
# bridge comes back, larger or smaller; requests are throttled so much that a driver
# that leaves cannot wait for them; it stands still for a minute; a second one wants the
# same image. No byte is wrong and no wait without an end. And a bridge with a small
# --max-chain: the largest requests that the guest can make still fit.
# shellcheck shell=bash disable=SC2034,SC2153,SC2154

NEEDS="argo argo-dev bridge fio"
ARCH=arm64
TIMEOUT=600
STILL=60
# resize2fs opens the device of a mounted file system for writing.
GUEST_CMDLINE="bdev_allow_write_mounted=1"

# --- dom0 -----------------------------------------------------------------------

# start_qsd NAME [OPTION...]: disk NAME of 64 MB, with a monitor at $DISKS/NAME.qmp
start_qsd()
{
	local name=$1 node=file
	shift

	mkdir -p "$DISKS"
	[ -e "$DISKS/$name.img" ] || truncate -s 64M "$DISKS/$name.img"
	rm -f "$DISKS/$name.sock" "$DISKS/$name.qmp"
	[ $# = 0 ] || node=top
	daemon "storage-$name" qemu-storage-daemon \
		--chardev "socket,id=qmp,path=$DISKS/$name.qmp,server=on,wait=off" \
		--monitor chardev=qmp "${@:1:2}" \
		--blockdev "driver=file,node-name=file,filename=$DISKS/$name.img,discard=unmap" \
		"${@:3}" \
		--export "type=vhost-user-blk,id=disk,node-name=$node,writable=on,num-queues=1,addr.type=unix,addr.path=$DISKS/$name.sock"
	wait_for 30 test -S "$DISKS/$name.sock"
}

# resize NAME MB: through the monitor
resize()
{
	python3 - "$DISKS/$1.qmp" $(($2 << 20)) <<-'PY'
	import json, socket, sys
	s = socket.socket(socket.AF_UNIX)
	s.settimeout(60)
	s.connect(sys.argv[1])
	f = s.makefile("rw")
	json.loads(f.readline())
	for command, arguments in (("qmp_capabilities", {}), ("block_resize", {
	        "node-name": "file", "size": int(sys.argv[2])})):
	    print(json.dumps({"execute": command, "arguments": arguments}), file=f, flush=True)
	    answer = {}
	    while "return" not in answer and "error" not in answer:
	        answer = json.loads(f.readline())
	    if "error" in answer:
	        sys.exit(answer["error"]["desc"])
	PY
}

# An image in the format qcow2: raw ones are not locked
qcow2()
{
	qemu-storage-daemon --blockdev "driver=file,node-name=file,filename=$DISKS/locked.qcow2" \
		--blockdev driver=qcow2,node-name=disk,file=file \
		--export "type=vhost-user-blk,id=disk,node-name=disk,writable=on,addr.type=unix,addr.path=$DISKS/$1.sock"
}

second_is_refused()
{
	local first rc=0

	qemu-img create -q -f qcow2 "$DISKS/locked.qcow2" 16M || return
	qcow2 first 2>/run/lab/first.log &
	first=$!
	wait_for 20 test -S "$DISKS/first.sock"
	qcow2 second >/run/lab/second.log 2>&1 && rc=1
	grep -q 'Failed to get "write" lock' /run/lab/second.log || rc=1
	kill $first
	wait $first
	[ $rc = 0 ] || cat /run/lab/second.log
	return $rc
}

stand_still()
{
	kill -STOP "$(daemon_pid storage-used)" || return
	sleep $STILL
	kill -CONT "$(daemon_pid storage-used)"
}

all_disks()
{
	start_bridge storage used idle slow
}

dom0_main()
{
	. /lab/dom0/disk.sh
	check "dom0's modules load" load_argo || return
	start_qsd used && start_qsd idle &&
		start_qsd slow --object throttle-group,id=tg,limits.iops-total=10 \
			--blockdev driver=throttle,node-name=top,throttle-group=tg,file=file ||
		return
	start_guest storage mem=384 "cfg=virtio = [ 'type=virtio,device2,backend=0' ]" || return
	all_disks || return
	check "a file system is under load" wait_mark storage load 120 || return

	check "its disk becomes larger" resize used 96
	tell storage larger
	check "the guest makes use of that" wait_mark storage resized 120
	check "a disk that nobody uses becomes smaller" resize idle 32
	tell storage smaller
	check "the guest sees that" wait_mark storage shrunk 60
	check "a second qemu-storage-daemon is refused the image" second_is_refused
	check "the first stands still for $STILL s" stand_still
	tell storage still
	check "the guest goes on" wait_mark storage went-on 120

	stop_daemon bridge
	check "without a bridge a disk becomes larger" resize idle 48
	all_disks
	tell storage larger-away
	check "the guest sees that" wait_mark storage seen-larger 60
	stop_daemon bridge
	check "and smaller" resize idle 40
	all_disks
	tell storage smaller-away
	check "for the guest it is away then" wait_mark storage seen-away 60
	check "the bridge has heard why" \
		wait_for 10 grep -q 'the guest cannot use it (FAILED)' /run/lab/daemon/bridge.log
	check "it becomes as it was" resize idle 48
	check "the guest has it again" wait_mark storage seen-back 60

	tell storage slow
	check "a driver leaves a disk that is too slow for it, and comes back" \
		wait_mark storage rebound 120
	tell storage end-of-load
	check "the load was right in all this" wait_mark storage right 120

	stop_daemon bridge
	BRIDGE_OPTIONS="--max-chain 64K --memory 1M"
	check "a bridge with a small --max-chain: the guest does not take it for the old one" \
		all_disks
	tell storage small
	check "the guest has found it smaller" wait_mark storage small-away 60
	check "the guest ends" wait_gone storage 120
	stop_daemon bridge

	start_guest small mem=384 "cfg=virtio = [ 'type=virtio,device2,backend=0' ]" || return
	start_bridge small used idle
	check "a guest that knows nothing else makes large requests" wait_gone small 120
	check "the bridge ends on SIGTERM with status 0" stop_daemon bridge
	stop_daemon storage-used
	stop_daemon storage-idle
	stop_daemon storage-slow
	check "no ring is left" test "$(ring_count)" = 0
	check "dom0's modules unload" unload_argo
}

# --- guest ------------------------------------------------------------------------

has_size()
{
	[ "$(cat "/sys/block/$1/size")" = $(($2 * 2048)) ]
}

three_disks()
{
	[ -b /dev/vda ] && [ -b /dev/vdb ] && [ -b /dev/vdc ]
}

is_away()
{
	dmesg | grep -q "virtio_blk virtio1: the backend's device .* is smaller: requests wait"
}

# Many more requests than are answered while anybody waits for a reset
rebind()
{
	local device

	device=$(basename "$(readlink -f /sys/block/vdc/device)")
	fio --name=slow --filename=/dev/vdc --direct=1 --rw=randread --bs=4k --size=16M \
		--ioengine=libaio --iodepth=128 --time_based --runtime=1000 --eta=never \
		--allow_file_create=0 --output=/run/slow.log &
	sleep 3
	echo "$device" >/sys/bus/virtio/drivers/virtio_blk/unbind
	wait $!
	echo "$device" >/sys/bus/virtio/drivers/virtio_blk/bind
	wait_for 60 dd if=/dev/vdc of=/dev/null bs=4k count=1 iflag=direct
}

guest_storage()
{
	check "modules load" load_argo || return
	check "three disks appear" wait_for 90 three_disks || return
	check "a file system on the first" mke2fs -q -t ext4 /dev/vda
	check "mount" mount /dev/vda /mnt || return
	start_load fs /mnt/load
	check "it has load" load_goes_on fs
	mark load
	wait_told larger 120
	check "the first is larger" wait_for 30 has_size vda 96
	check "its file system can be made so" resize2fs /dev/vda
	check "there is room for more" dd if=/dev/zero of=/mnt/more bs=1M count=40 conv=fsync
	check "the load goes on" load_goes_on fs
	mark resized
	wait_told smaller 60
	check "the second is smaller" wait_for 30 has_size vdb 32
	mark shrunk
	wait_told still 200
	check "the load goes on" load_goes_on fs
	mark went-on
	wait_told larger-away 60
	check "the second is larger" wait_for 30 has_size vdb 48
	mark seen-larger
	wait_told smaller-away 60
	check "the second is away, and the log says why" wait_for 30 is_away
	dd if=/dev/vdb of=/run/read bs=1M count=48 iflag=direct 2>/dev/null &
	check "a read of it waits" wait_for 30 disk_waits /dev/vdb
	mark seen-away
	check "it is back, and the read ends well" wait $!
	mark seen-back
	wait_told slow 60
	check "a driver leaves the throttled disk, and is bound again" rebind
	mark rebound
	wait_told end-of-load 60
	check "no error, every byte is right" stop_load fs
	check "unmount" umount /mnt
	mark right
	wait_told small 60
	check "a bridge with smaller requests has less" wait_for 60 sh -c \
		"dmesg | grep -q 'virtio0: the backend.s device .* takes .*: requests wait'"
	mark small-away
	leave_argo
}

all_memory()
{
	fio --name=large --filename=/dev/vda --allow_file_create=0 --direct=1 --rw=write --bs="$1" \
		--size=32M --ioengine=libaio --iodepth=4 --verify=crc32c --verify_fatal=1 \
		--eta=never --output=/run/large.log "${@:2}" || { cat /run/large.log; return 1; }
}

guest_small()
{
	check "modules load" load_argo || return
	check "two disks appear" wait_for 90 test -b /dev/vdb || return
	cat /sys/block/vda/queue/max_hw_sectors_kb >/sys/block/vda/queue/max_sectors_kb
	say "requests of up to $(cat /sys/block/vda/queue/max_sectors_kb) KB, $(cat /sys/block/vda/queue/max_segments) segments of $(cat /sys/block/vda/queue/max_segment_size) bytes"
	check "requests of 1 MB" all_memory 1M
	check "of 4 MB" all_memory 4M
	echo 24 >/proc/sys/vm/nr_hugepages
	check "of 4 MB, from huge pages" all_memory 4M --mem=mmaphuge
	check "discard of all" blkdiscard /dev/vda
	check "zeroes to all" blkdiscard -z /dev/vda
	check "what is there is zeroes" test "$(tr -d '\0' </dev/vda | wc -c)" = 0
	leave_argo
}
