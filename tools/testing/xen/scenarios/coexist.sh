# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Three transports in one HVM guest: a virtio-argo disk whose link comes by
# xenbus, a virtio-pci disk of the guest's own QEMU and a xen-blkfront disk, all
# written and read back by fio at the same time. Under that load the bridge is
# killed: only the virtio-argo disk waits for the next one.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo argo-dev bridge fio hvm"
TIMEOUT=500

host_prepare()
{
	truncate -s 64M "$run/blkback.img"
	add_disk blkback "$run/blkback.img"
}

# --- dom0 ---------------------------------------------------------------------

dom0_main()
{
	local dev drive=/run/lab/pci.img

	. /lab/dom0/disk.sh
	dev=$(disk blkback) || return
	truncate -s 64M $drive
	check "dom0's modules load" load_argo || return
	check "Xen has all rings to give" no_ring_lost
	start_storage argo || return
	# When the PV drivers take over, QEMU unplugs all that is of the class of
	# SCSI controllers, which virtio-blk-pci usually is.
	start_guest coexist type=hvm mem=512 \
		"cfg=virtio = [ 'type=virtio,device2,backend=0' ]" \
		"cfg=disk = [ 'format=raw, vdev=xvde, access=rw, backendtype=phy, script=/lab/dom0/block, target=$dev' ]" \
		"cfg=device_model_args_hvm = [ '-drive', 'if=none,id=pci,format=raw,file=$drive', '-device', 'virtio-blk-pci,drive=pci,disable-legacy=on,class=0x0180' ]" ||
		return
	start_bridge coexist argo || return
	if check "the guest has load on all three" wait_mark coexist load 120; then
		say "killing the bridge"
		kill -KILL "$(daemon_pid bridge)"
		tell coexist killed
		check "the other two go on without it" wait_mark coexist others 90
		start_bridge coexist argo
	fi
	check "the guest ends" wait_gone coexist 200
	check "the bridge ends on SIGTERM with status 0" stop_daemon bridge
	stop_daemon storage-argo
	check "no ring is left" test "$(ring_count)" = 0
	check "Xen has all rings to give" no_ring_lost
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

load()
{
	start_load "$1" "$2" --bssplit=4k/60:64k/30:256k/10 --iodepth=16 --size=4M
}

guest_coexist()
{
	local what argo pci

	check "the modules load" load_argo || return
	check "three disks appear" wait_for 60 all_disks || return
	argo=$(disk_below /virtio-0)
	pci=$(disk_below /pci)
	say "argo=$argo pci=$pci blkfront=/dev/xvde"

	load argo "$argo"
	load pci "$pci"
	load blkfront /dev/xvde
	for what in argo pci blkfront; do
		check "under load: $what" load_goes_on $what
	done
	mark load
	wait_told killed 60
	check "virtio-pci goes on" load_goes_on pci
	check "xen-blkfront goes on" load_goes_on blkfront
	check "the disk without a bridge waits" disk_waits "$argo"
	mark others
	for what in argo pci blkfront; do
		check "once more, all three: $what" load_goes_on $what
	done
	for what in argo pci blkfront; do
		check "$what: no error, every byte is right" stop_load $what
	done
	check "no violation" \
		sh -c "! grep -hE '^violations [1-9]' /sys/kernel/debug/virtio_argo/*/stats"
	say "and now without virtio-argo"
	leave_argo
	check "virtio-pci's disk can still be read" \
		dd if="$pci" of=/dev/null bs=1M count=8 iflag=direct
}
