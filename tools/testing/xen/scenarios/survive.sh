# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# A guest under verified load outlives its backends: the guest is there before
# the backend, the bridge and qemu-storage-daemon are killed with SIGKILL and
# started again while fio writes and reads back, and the guest sees a pause but no
# error. Then the guest's driver is unloaded and loaded while the bridge stays.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo bridge fio"
TIMEOUT=500

SOCKET=/run/lab/disk.sock
IMAGE=/run/lab/image

start_storage()
{
	rm -f $SOCKET
	daemon storage qemu-storage-daemon \
		--blockdev "driver=file,node-name=disk,filename=$IMAGE" \
		--export "type=vhost-user-blk,id=disk,node-name=disk,writable=on,num-queues=1,addr.type=unix,addr.path=$SOCKET"
	wait_for 30 test -S $SOCKET
}

start_bridge()
{
	daemon bridge virtio-argo-bridge --guest "$(guest_id survive)" \
		--device "type=block,socket=$SOCKET"
}

# The guest sets a mark each time fio has begun again.
kill_backends()
{
	local turn

	for turn in 1 2; do
		wait_mark survive "load$turn" 120 || return
		say "killing the bridge"
		kill -KILL "$(daemon_pid bridge)"
		sleep 2
		start_bridge
		sleep 4
		say "killing qemu-storage-daemon"
		kill -KILL "$(daemon_pid storage)"
		sleep 2
		start_storage || return
		tell survive "killed$turn"
	done
}

dom0_main()
{
	truncate -s 64M $IMAGE
	check "dom0's modules load" load_argo || return
	start_guest survive mem=320 \
		"cfg=virtio = [ 'type=virtio,device2,backend=0' ]" || return
	check "the guest waits for a backend" wait_mark survive waiting 90 || return
	start_storage || return
	start_bridge
	check "both backends are killed twice under load and come back" kill_backends
	check "the guest ends" wait_gone survive 300
	check "the bridge is still there" daemon_alive bridge
	check "the bridge ends on SIGTERM with status 0" stop_daemon bridge
	stop_daemon storage
	check "dom0's modules unload" unload_argo
}


guest_survive()
{
	local turn pid

	check "modules load without a backend" load_argo || return
	mark waiting
	check "the disk appears when the backend comes" wait_for 90 test -b /dev/vda || return
	for turn in 1 2; do
		fio --name=load --filename=/dev/vda --direct=1 --rw=randwrite --bs=16k --size=32M \
			--ioengine=libaio --iodepth=32 --verify=crc32c --verify_fatal=1 \
			--randseed=$turn --output=/run/fio.$turn &
		pid=$!
		sleep 2
		mark "load$turn"
		check "the backends were killed and started while fio ran (turn $turn)" \
			wait_told "killed$turn" 120
		check "fio saw no error, every byte is right (turn $turn)" wait $pid ||
			cat /run/fio.$turn
	done
	check "the link had more than one session" \
		test "$(cat /sys/kernel/debug/virtio_argo/*/stats | sed -n 's/^sessions //p')" -gt 1
	check "no violation" \
		sh -c "! grep -hE '^violations [1-9]' /sys/kernel/debug/virtio_argo/*/stats"
	check "the transport unloads" unload_transport
	check "the disk is gone" test ! -b /dev/vda
	check "the transport loads again" modprobe virtio_argo
	check "the disk is back" wait_for 60 test -b /dev/vda
	check "it can be read" dd if=/dev/vda of=/dev/null bs=1M count=8 iflag=direct
	check "the guest's modules unload" unload_argo
}
