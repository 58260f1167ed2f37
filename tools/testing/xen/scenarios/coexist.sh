# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Three transports in one HVM guest: a virtio-argo disk whose link comes by
# xenbus, a virtio-pci disk of the guest's own QEMU and a xen-blkfront disk, all
# written and read back by fio at the same time. Under that load the bridge is
# killed: only the virtio-argo disk waits for the next one.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo bridge fio hvm"
TIMEOUT=500

host_prepare()
{
	truncate -s 64M "$run/blkback.img"
	add_disk blkback "$run/blkback.img"
}

# --- dom0 ---------------------------------------------------------------------

SOCKET=/run/lab/argo.sock

start_bridge()
{
	daemon bridge virtio-argo-bridge --guest "$(guest_id coexist)" \
		--device "type=block,socket=$SOCKET"
}

dom0_main()
{
	local dev drive=/run/lab/pci.img

	dev=$(disk blkback) || return
	truncate -s 64M /run/lab/argo.img $drive
	check "dom0's modules load" load_argo || return
	daemon storage qemu-storage-daemon \
		--blockdev "driver=file,node-name=disk,filename=/run/lab/argo.img" \
		--export "type=vhost-user-blk,id=disk,node-name=disk,writable=on,num-queues=1,addr.type=unix,addr.path=$SOCKET"
	wait_for 30 test -S $SOCKET || return
	# When the PV drivers take over, QEMU unplugs all that is of the class of
	# SCSI controllers, which virtio-blk-pci usually is.
	start_guest coexist type=hvm mem=512 \
		"cfg=virtio = [ 'type=virtio,device2,backend=0' ]" \
		"cfg=disk = [ 'format=raw, vdev=xvde, access=rw, backendtype=phy, script=/lab/dom0/block, target=$dev' ]" \
		"cfg=device_model_args_hvm = [ '-drive', 'if=none,id=pci,format=raw,file=$drive', '-device', 'virtio-blk-pci,drive=pci,disable-legacy=on,class=0x0180' ]" ||
		return
	start_bridge
	if check "the guest has load on all three" wait_mark coexist load 120; then
		say "killing the bridge"
		kill -KILL "$(daemon_pid bridge)"
		tell coexist killed
		check "the other two go on without it" wait_mark coexist others 90
		start_bridge
	fi
	check "the guest ends" wait_gone coexist 200
	check "the bridge ends on SIGTERM with status 0" stop_daemon bridge
	stop_daemon storage
	check "dom0's modules unload" unload_argo
}

# --- guest --------------------------------------------------------------------

# disk_below PATTERN: the virtio disk whose path in sysfs has that in it.
disk_below()
{
	local disk

	for disk in /sys/block/vd*; do
		[[ $(readlink -f "$disk/device") == *$1*/virtio* ]] &&
			echo "/dev/${disk##*/}" && return
	done
	return 1
}

all_disks()
{
	{ disk_below /pci && disk_below /virtio-0; } >/dev/null && test -b /dev/xvde
}

# load WHAT DEVICE: verified writes, in the background, for as long as it takes
# to write 16 MB twice.
load()
{
	fio --name="$1" --filename="$2" --direct=1 --rw=randwrite --ioengine=libaio \
		--iodepth=16 --bssplit=4k/60:64k/30:256k/10 --size=16M --loops=2 \
		--verify=crc32c --verify_fatal=1 --output="/run/fio.$1" &
	pids[$1]=$!
}

guest_coexist()
{
	local what argo pci
	local -A pids

	check "the modules load" load_argo || return
	check "three disks appear" wait_for 60 all_disks || return
	argo=$(disk_below /virtio-0)
	pci=$(disk_below /pci)
	say "argo=$argo pci=$pci blkfront=/dev/xvde"

	load argo "$argo"
	load pci "$pci"
	load blkfront /dev/xvde
	sleep 2
	mark load
	wait_told killed 60
	check "fio on virtio-pci saw no error, every byte is right" wait "${pids[pci]}" ||
		cat /run/fio.pci
	check "fio on xen-blkfront saw no error, every byte is right" \
		wait "${pids[blkfront]}" || cat /run/fio.blkfront
	check "the disk without a bridge still waits" kill -0 "${pids[argo]}"
	mark others
	check "fio on virtio-argo saw no error, every byte is right" wait "${pids[argo]}" ||
		cat /run/fio.argo
	load argo "$argo"
	load pci "$pci"
	load blkfront /dev/xvde
	for what in argo pci blkfront; do
		check "once more, all three to their end: $what" wait "${pids[$what]}" ||
			cat "/run/fio.$what"
	done
	check "no violation" \
		sh -c "! grep -hE '^violations [1-9]' /sys/kernel/debug/virtio_argo/*/stats"
	check "the guest's modules unload while the other disks are there" unload_argo
	check "virtio-pci's disk can still be read" \
		dd if="$pci" of=/dev/null bs=1M count=8 iflag=direct
}
