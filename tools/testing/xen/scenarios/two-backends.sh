# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Backends in two domains at once: a guest has two links to dom0 and one to a
# driver domain, a PVH guest that serves its own disk with qemu-storage-daemon and
# the bridge. The driver domain is destroyed under load: dom0's disks do not mind,
# and when there is a new one the lost disk goes on where it was: xenstore tells
# the guest the new domain's number. A fourth link was made, by the module
# parameter, for the number of a domain that did not exist then.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo bridge fio"
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
		storage+=(--export "type=vhost-user-blk,id=$name,node-name=$name,writable=on,num-queues=1,addr.type=unix,addr.path=$SOCKETS/$name")
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
	local dev user
	local -a storage

	dev=$(disk driver) || return
	truncate -s 48M /run/lab/first /run/lab/second
	check "dom0's modules load" load_argo || return
	initramfs_with /run/lab/driver.initramfs qemu-storage-daemon virtio-argo-bridge || return
	storage /run/lab/first /run/lab/second
	daemon storage qemu-storage-daemon "${storage[@]}"
	wait_for 30 test -S $SOCKETS/second || return
	check "a driver domain starts" start_driver driver1 "$dev" || return
	start_guest user \
		"cfg=virtio = [ 'type=virtio,device2,backend=0', 'type=virtio,device2,backend=driver1', 'type=virtio,device2,backend=0' ]" ||
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
	xenstore-write "/local/domain/$user/device/virtio/1/backend-id" "$(guest_id driver2)"
	tell user returned
	check "the guest ends" wait_gone user 200
	check "the bridges in dom0 end on SIGTERM with status 0" stop_daemon bridge-first
	check "both" stop_daemon bridge-second
	stop_daemon storage
	tell driver2 bye
	check "the driver domain ends" wait_gone driver2 60
	check "dom0's modules unload" unload_argo
}

# --- the driver domains -----------------------------------------------------------

# Disks on ports of their own: the second one is for a link that waits for this
# very domain.
driver()
{
	local guest
	local -a storage daemons

	check "/dev/xen/argo is there" modprobe xen-argo-dev || return
	truncate -s 16M /run/extra
	mkdir -p /run/lab
	storage /dev/xvda /run/extra
	qemu-storage-daemon "${storage[@]}" &
	daemons=($!)
	check "qemu-storage-daemon runs here" wait_for 60 test -S $SOCKETS/extra || return
	mark up
	wait_told guest 120 || return
	guest=$(told guest)
	virtio-argo-bridge --guest "$guest" --link 1 --device "type=block,socket=$SOCKETS/xvda" &
	daemons+=($!)
	virtio-argo-bridge --guest "$guest" --link 7 --device "type=block,socket=$SOCKETS/extra" &
	daemons+=($!)
	wait_told bye 400
	kill "${daemons[1]}" "${daemons[2]}"
	check "one bridge ends on SIGTERM with status 0" wait "${daemons[1]}"
	check "the other too" wait "${daemons[2]}"
	kill "${daemons[0]}"
	wait "${daemons[0]}"
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

three_disks()
{
	{ disk_of virtio-0 && disk_of virtio-1 && disk_of virtio-2; } >/dev/null
}

later_disk()
{
	disk_of virtio-argo.0 >/dev/null
}

load()
{
	fio --name="$1" --filename="$2" --direct=1 --rw=randwrite --ioengine=libaio \
		--iodepth=16 --bssplit=4k/60:64k/30:256k/10 --size=8M --loops="${3:-1}" \
		--verify=crc32c --verify_fatal=1 --output="/run/fio.$1" &
	pids[$1]=$!
}

done_well()
{
	check "$2: fio saw no error, every byte is right" wait "${pids[$1]}" ||
		cat "/run/fio.$1"
}

guest_user()
{
	local first driver second later
	local -A pids

	# The next domain, which there is not yet.
	later=$(($(xenstore-read domid) + 1))
	check "the module loads, with a link for domain $later" \
		modprobe virtio_argo "link=$later:0x56410007" || return
	check "three disks appear" wait_for 90 three_disks || return
	first=$(disk_of virtio-0)
	driver=$(disk_of virtio-1)
	second=$(disk_of virtio-2)
	say "first=$first second=$second driver=$driver"
	check "the link for a domain that is not there has no disk" \
		test "$(find /sys/block -name 'vd*' | wc -l)" = 3

	load first "$first" 2
	load second "$second" 2
	load driver "$driver" 4
	sleep 3
	mark load
	wait_told destroyed 60
	done_well first "first link to dom0, the driver domain being destroyed"
	done_well second "second link to dom0"
	check "the driver domain's disk waits" kill -0 "${pids[driver]}"
	check "dom0's disk can be written again" dd if=/dev/zero of="$first" bs=1M count=16 oflag=direct
	mark others
	wait_told returned 200
	done_well driver "the driver domain's disk, through its death"
	check "the link that waited for this domain has its disk" \
		wait_for 90 later_disk || return
	load extra "$(disk_of virtio-argo.0)"
	load first "$first"
	done_well extra "its disk"
	done_well first "dom0's disk beside it"
	check "no violation" \
		sh -c "! grep -hE '^violations [1-9]' /sys/kernel/debug/virtio_argo/*/stats"
	check "the guest's modules unload" unload_argo
}
