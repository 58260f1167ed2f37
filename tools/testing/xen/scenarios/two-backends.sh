# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Backends in two domains at once: a guest has two links to dom0 and two to a
# driver domain, a PVH guest that serves its own disk with qemu-storage-daemon and
# the bridge. The driver domain is destroyed under load: dom0's disks do not mind, a
# disk of that domain that nobody uses is missed at once, and when there is a new one
# the lost disks go on where they were: xenstore tells the guest the new domain's
# number, although xenwatch, by which it hears of that, waits for the lost disk itself: it
# takes a CPU offline whose queue has requests there. A fifth link was made, by the module parameter, for the number of a domain
# that did not exist then.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo argo-dev bridge fio"
TIMEOUT=600

host_prepare()
{
	truncate -s 64M "$run/driver.img"
	add_disk driver "$run/driver.img"
}

# --- both backends ---------------------------------------------------------------

SOCKETS=/run/lab/sockets

# storage FILE...: what qemu-storage-daemon exports, as its arguments in $storage
storage()
{
	local file name

	mkdir -p $SOCKETS
	storage=()
	for file; do
		name=${file##*/}
		# What was answered must be with dom0 when the driver domain dies,
		# not in that domain's cache.
		if [ -b "$file" ]; then
			storage+=(--blockdev "driver=host_device,node-name=$name,filename=$file,cache.direct=on")
		else
			storage+=(--blockdev "driver=file,node-name=$name,filename=$file")
		fi
		storage+=(--export "type=vhost-user-blk,id=$name,node-name=$name,writable=on,num-queues=2,addr.type=unix,addr.path=$SOCKETS/$name")
	done
}

# --- dom0 ---------------------------------------------------------------------

# start_driver NAME DEVICE: a driver domain. guest_NAME is its part.
start_driver()
{
	start_guest "$1" mem=512 ramdisk=/run/lab/driver.initramfs end=no \
		"cfg=disk = [ 'format=raw, vdev=xvda, access=rw, backendtype=phy, script=/lab/dom0/block, target=$2' ]" &&
		wait_mark "$1" up 90
}

dom0_main()
{
	local dev user n
	local -a storage

	. /lab/dom0/disk.sh
	dev=$(disk driver) || return
	truncate -s 48M /run/lab/first /run/lab/second
	check "dom0's modules load" load_argo || return
	check "Xen has all rings to give" no_ring_lost
	initramfs_with /run/lab/driver.initramfs qemu-storage-daemon virtio-argo-bridge || return
	storage /run/lab/first /run/lab/second
	daemon storage qemu-storage-daemon "${storage[@]}"
	wait_for 30 test -S $SOCKETS/second || return
	check "a driver domain starts" start_driver driver1 "$dev" || return
	start_guest user vcpus=2 \
		"cfg=virtio = [ 'type=virtio,device2,backend=0', 'type=virtio,device2,backend=driver1', 'type=virtio,device2,backend=0', 'type=virtio,device2,backend=driver1' ]" ||
		return
	user=$(guest_id user)
	tell driver1 guest "$user"
	daemon bridge-first virtio-argo-bridge --guest "$user" \
		--device "type=block,socket=$SOCKETS/first"
	daemon bridge-second virtio-argo-bridge --guest "$user" --link 2 \
		--device "type=block,socket=$SOCKETS/second"

	check "the guest has load on three disks" wait_mark user load 120 || return
	say "destroying the driver domain"
	kill_guest driver1
	tell user destroyed
	check "dom0's disks go on without the other's" wait_mark user others 120 || return
	check "a new driver domain starts" start_driver driver2 "$dev" || return
	check "it has another number: the next one" test "$(guest_id driver2)" = $((user + 1))
	tell driver2 guest "$user"
	check "a CPU of the guest is taken away (xl vcpu-set)" xl vcpu-set user 1
	check "which waits for the lost disk, and xenwatch with it" \
		wait_mark user offline 60
	for n in 1 3; do
		xenstore-write "/local/domain/$user/device/virtio/$n/backend-id" "$(guest_id driver2)"
	done
	tell user returned
	check "the guest ends" wait_gone user 200
	check "the bridges in dom0 end on SIGTERM with status 0" stop_daemon bridge-first
	check "both" stop_daemon bridge-second
	stop_daemon storage
	tell driver2 bye
	check "the driver domain ends" wait_gone driver2 60
	check "no ring is left" test "$(ring_count)" = 0
	check "Xen has all rings to give" no_ring_lost
	check "dom0's modules unload" unload_argo
}

# --- the driver domains -----------------------------------------------------------

# Disks on ports of their own: the last one is for a link that waits for this very
# domain.
driver()
{
	local guest link daemon bridge
	local -a storage bridges

	check "/dev/xen/argo is there" modprobe xen-argo-dev || return
	truncate -s 16M /run/idle /run/extra
	storage /dev/xvda /run/idle /run/extra
	qemu-storage-daemon "${storage[@]}" &
	daemon=$!
	check "qemu-storage-daemon runs here" wait_for 60 test -S $SOCKETS/extra || return
	mark up
	wait_told guest 120 || return
	guest=$(told guest)
	for link in 1:xvda 3:idle 7:extra; do
		virtio-argo-bridge --guest "$guest" --link ${link%:*} \
			--device "type=block,socket=$SOCKETS/${link#*:}" &
		bridges+=($!)
	done
	wait_told bye 400
	kill "${bridges[@]}"
	for bridge in "${bridges[@]}"; do
		check "a bridge ends on SIGTERM with status 0" wait "$bridge"
	done
	kill $daemon
	wait $daemon
	check "Xen has all rings to give" no_ring_lost
	check "the modules unload" modprobe -r xen-argo-dev xen-argo
}

guest_driver1()
{
	driver
}

guest_driver2()
{
	driver
}

# --- the guest ----------------------------------------------------------------

disk_of()
{
	local disk

	for disk in /sys/block/vd*; do
		[[ $(readlink -f "$disk/device") == */$1/virtio* ]] &&
			echo "/dev/${disk##*/}" && return
	done
	return 1
}

all_disks()
{
	{ disk_of virtio-0 && disk_of virtio-1 && disk_of virtio-2 && disk_of virtio-3; } >/dev/null
}

later_disk()
{
	disk_of virtio-argo.0 >/dev/null
}

# counter NAME N: of link N
counter()
{
	sed -n "s/^$1 //p" /sys/kernel/debug/virtio_argo/argo-*-5641000"$2"/stats
}

is_connected()
{
	[ "$(counter connected "$1")" = "$2" ]
}

load()
{
	start_load "$1" "$2" --bssplit=4k/60:64k/30:256k/10 --iodepth=16 --size=4M
}

# It is in there, and stays: what it waits for is the disk.
xenwatch_offlines()
{
	local comm

	comm=$(grep -lx xenwatch /proc/[0-9]*/comm) &&
		grep -q 'vcpu_hotplug\|cpu_down\|device_offline' "${comm%comm}stack"
}

guest_user()
{
	local first driver second later frames pinned

	# The next domain, which there is not yet.
	later=$(($(xenstore-read domid) + 1))
	check "the module loads, with a link for domain $later" \
		modprobe virtio_argo "link=$later:0x56410007" || return
	check "four disks appear" wait_for 90 all_disks || return
	first=$(disk_of virtio-0)
	driver=$(disk_of virtio-1)
	second=$(disk_of virtio-2)
	say "first=$first second=$second driver=$driver idle=$(disk_of virtio-3)"
	check "the link for a domain that is not there has no disk" \
		test "$(find /sys/block -name 'vd*' | wc -l)" = 4

	load first "$first"
	load second "$second"
	load driver "$driver"
	# So that the second CPU's queue has requests when that is taken away
	fio --name=pinned --filename="$driver" --allow_file_create=0 --direct=1 --rw=randread \
		--bs=4k --size=4M --time_based --runtime=2000 --ioengine=libaio --iodepth=16 \
		--cpus_allowed=1 --eta=never --output=/run/pinned.log &
	pinned=$!
	check "the driver domain's disk is under load" load_goes_on driver
	frames=$(counter tx_data_frames 3)
	mark load
	wait_told destroyed 60
	check "first link to dom0: its load goes on" load_goes_on first
	check "second link to dom0: its load goes on" load_goes_on second
	check "and saw no error, every byte is right" stop_load first
	check "neither did that" stop_load second
	check "a link that is not used has noticed" wait_for 60 is_connected 3 0
	check "by itself" test "$(counter tx_data_frames 3)" = "$frames"
	check "the driver domain's disk waits" disk_waits "$driver"
	mark others
	check "xenwatch takes a CPU offline" wait_for 120 xenwatch_offlines
	mark offline
	wait_told returned 200
	check "the driver domain's disk goes on" load_goes_on driver
	check "and saw no error, every byte is right, through that domain's death" stop_load driver
	check "what the second CPU had asked for goes on, too" kill $pinned
	wait $pinned
	check "that CPU is offline" wait_for 60 grep -qx 0 /sys/devices/system/cpu/online
	check "the link that is not used has its backend" wait_for 90 is_connected 3 1
	check "and can be used" dd if="$(disk_of virtio-3)" of=/dev/null bs=1M count=4 iflag=direct
	check "the link that waited for this domain has its disk" \
		wait_for 90 later_disk || return
	load extra "$(disk_of virtio-argo.0)"
	load first "$first"
	check "its disk has load" load_goes_on extra
	check "and dom0's disk beside it" load_goes_on first
	check "its disk: no error, every byte is right" stop_load extra
	check "dom0's disk: no error, every byte is right" stop_load first
	check "no violation" \
		sh -c "! grep -hE '^violations [1-9]' /sys/kernel/debug/virtio_argo/*/stats"
	leave_argo
}
