# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# When storage is away: a guest has a link without and one with an outage timeout,
# each to a backend of its own, and of each a leg of a RAID by md and of one by Btrfs.
# The backend with the timeout dies under load: both RAIDs lose a leg and go on, and
# are whole again when it is back. Without a timeout requests wait, also through an xl
# save, and the log says what waits; all that is ended by a timeout that is set then: the
# requests, a CPU that goes offline, an unbind, a shutdown. (On Arm Xen saves no guest,
# and the guest has one CPU: see arm64-disk.)
# shellcheck shell=bash disable=SC2034,SC2153,SC2154

NEEDS="argo argo-dev bridge fio"
TIMEOUT=900
# A guest whose CPU waits for I/O sees that as a task that hangs.
GUEST_CMDLINE="rcupdate.rcu_cpu_stall_timeout=300"
# The disks' errors are what is tested.
ALLOW='blk_update_request: I/O error|I/O error, dev vd|Buffer I/O error on dev vd|lost async page write'

OUTAGE=8
CPU1=/sys/devices/system/cpu/cpu1

# --- dom0 -----------------------------------------------------------------------

# begin LINK NAME...: its bridge
begin()
{
	LINK=$1 start_bridge raid "${@:2}"
}

kill_bridge()
{
	stop_daemon "bridge$1" KILL
	[ $? = 137 ]
}

give_timeout()
{
	xenstore-write "/local/domain/$(guest_id raid)/device/virtio/1/outage-timeout" $OUTAGE
}

is_x86()
{
	[ "$(uname -m)" = x86_64 ]
}

save()
{
	xl save -c raid /dev/null 9>&- >/run/lab/xl.log 2>&1
}

# After a save -c nobody waits for the domain's end: xl took the suspend for that.
has_ended()
{
	guest_gone raid || xl list raid | awk 'NR == 2 { exit $5 !~ /s/ }'
}

dom0_main()
{
	local name vcpus=1

	. /lab/dom0/disk.sh
	QUEUES=2
	check "dom0's modules load" load_argo || return
	for name in md0 btrfs0 plain0 md1 btrfs1 plain1; do
		start_storage $name 160 || return
	done
	is_x86 && vcpus=2
	start_guest raid mem=512 "vcpus=$vcpus" before=give_timeout \
		"cfg=virtio = [ 'type=virtio,device2,backend=0', 'type=virtio,device2,backend=0' ]" ||
		return
	begin 0 md0 btrfs0 plain0 && begin 1 md1 btrfs1 plain1 || return
	check "the guest has load on two RAIDs" wait_mark raid load 200 || return

	check "the backend with a timeout dies" kill_bridge 1
	check "the guest has lost a leg of each" wait_mark raid degraded 200 || return
	check "that backend is back" begin 1 md1 btrfs1 plain1
	check "the guest has all legs again" wait_mark raid whole 200 || return

	is_x86 && check "the guest is saved and goes on" save
	tell raid saved
	check "it has load without RAID" wait_mark raid plain 120 || return
	check "the backend without a timeout dies" kill_bridge 0
	tell raid dead
	check "the guest's requests wait" wait_mark raid waits 120 || return
	is_x86 && check "it can be saved meanwhile, with its requests in hand" save
	tell raid saved-waiting
	check "what waits has ended, by a timeout" wait_mark raid failed 200 || return
	check "the backend is back" begin 0 md0 btrfs0 plain0
	check "the guest goes on" wait_mark raid again 120 || return
	is_x86 && check "and can be saved" save
	tell raid saved-again

	check "both have a file system mounted" wait_mark raid mounted 120 || return
	check "the backend with a timeout dies again" kill_bridge 1
	check "the guest shuts down (xl shutdown)" xl shutdown raid
	check "and ends" wait_for 120 has_ended
	guest_gone raid || kill_guest raid
	stop_daemon bridge0
	for name in md0 btrfs0 plain0 md1 btrfs1 plain1; do
		stop_daemon storage-$name
	done
	check "no file system needs more than its journal" replay "$DISKS/plain1.img"
	check "dom0's modules unload" unload_argo
}

# --- the guest --------------------------------------------------------------------

# disks_of LINK: into $md, $btrfs and $plain, in the order of the bridge's options
disks_of()
{
	local disks=() disk

	for disk in /sys/block/vd*; do
		[[ $(readlink -f "$disk/device") == */virtio-$1/virtio* ]] &&
			disks+=("/dev/${disk##*/}")
	done
	[ ${#disks[@]} = 3 ] || return
	md=${disks[0]} btrfs=${disks[1]} plain=${disks[2]}
}

all_disks()
{
	disks_of 0 && disks_of 1
}

outage_of()
{
	echo "/sys/bus/xen/devices/virtio-$1/outage_timeout"
}

md_is()
{
	[ "$(cat /sys/block/md0/md/degraded)" = "$1" ] &&
		[ "$(cat /sys/block/md0/md/sync_action)" = idle ]
}

# A write to the link that has no backend, and what waits with it
says_what_waits()
{
	dmesg | grep -q 'virtio_blk.*requests wait for the backend, and with them unmount'
}

fails()
{
	! wait "$1"
}

make_raids()
{
	mkdir -p /run/mdadm
	check "md: a RAID 1 over both links" mdadm --create /dev/md0 --run --level=1 \
		--raid-devices=2 --bitmap=internal --assume-clean "${md[@]}" || return
	check "md: a file system" mke2fs -q -t ext4 /dev/md0
	check "Btrfs: a RAID 1 over both links" mkfs.btrfs -q -f -d raid1 -m raid1 "${btrfs[@]}" ||
		return
	mkdir -p /md /btrfs /plain0 /plain1
	check "md: mount" mount /dev/md0 /md || return
	modprobe btrfs && btrfs device scan >/dev/null
	check "Btrfs: mount" mount "${btrfs[0]}" /btrfs
}

raids_lose_a_leg()
{
	start_load md /md/load --size=4M
	start_load btrfs /btrfs/load --size=4M
	check "md has load" load_goes_on md
	check "Btrfs has load" load_goes_on btrfs
	mark load
	check "md has lost a leg" wait_for 90 md_is 1
	check "md goes on" load_goes_on md
	check "Btrfs goes on" load_goes_on btrfs
	check "the log says that requests fail" sh -c "dmesg | grep -q 'requests fail until it is back'"
	mark degraded
	check "the timeout's backend is back" wait_for 60 is_connected 1
	check "md: the leg is put in again" \
		mdadm /dev/md0 --remove "${md[1]}" --re-add "${md[1]}"
	check "md: it is whole" wait_for 120 md_is 0
	check "md: no error, every byte is right" stop_load md
	check "Btrfs: no error, every byte is right" stop_load btrfs
	check "Btrfs: what was missed is mended" btrfs scrub start -B /btrfs
	umount /btrfs
	check "Btrfs: and all is right now" btrfs check "${btrfs[1]}"
	check "md: unmount" umount /md
	check "md: both legs are the same" md_check
	mdadm --stop /dev/md0
	mark whole
}

md_check()
{
	echo check >/sys/block/md0/md/sync_action
	wait_for 90 md_is 0 && [ "$(cat /sys/block/md0/md/mismatch_cnt)" = 0 ]
}

is_connected()
{
	grep -qx 'connected 1' /sys/kernel/debug/virtio_argo/argo-0-5641000"$1"/stats
}

# Everything that waits for requests: one on each CPU, so that both queues have some
waits_and_fails()
{
	local writer cpu offline unbind driver cpus=(0)

	[ ! -e $CPU1 ] || cpus+=(1)
	for cpu in "${cpus[@]}"; do
		fio --name="plain$cpu" --filename="${plain[0]}" --allow_file_create=0 --direct=1 \
			--rw=randwrite --bs=4k --size=4M --offset=$((cpu * 4))M --time_based \
			--runtime=1000 --cpus_allowed="$cpu" --ioengine=libaio --iodepth=8 \
			--eta=never --output="/run/plain$cpu.log" &
		writer[cpu]=$!
	done
	sleep 2
	mark plain
	wait_told dead 120
	check "the disk waits" disk_waits "${plain[0]}"
	check "the log says what waits with it" wait_for 60 says_what_waits
	mark waits
	wait_told saved-waiting 200
	check "the disk still waits" disk_waits "${plain[0]}"
	if [ -e $CPU1 ]; then
		echo 0 >$CPU1/online &
		offline=$!
		sleep 3
		check "a CPU that goes offline waits" kill -0 $offline
	fi
	driver=$(readlink -f "/sys/block/${btrfs[0]#/dev/}/device")
	dd if="${btrfs[0]}" of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null &
	echo "${driver##*/}" >/sys/bus/virtio/drivers/virtio_blk/unbind &
	unbind=$!
	sleep 1
	say "now a timeout"
	echo 1 >"$(outage_of 0)"
	for cpu in "${cpus[@]}"; do
		check "requests of CPU $cpu fail" fails "${writer[cpu]}"
	done
	[ ! -e $CPU1 ] || check "the CPU has gone offline" wait $offline
	check "the unbind has ended" wait $unbind
	check "new requests fail at once" fails_at_once
	mark failed
	check "the backend is back" wait_for 60 is_connected 0
	[ ! -e $CPU1 ] || check "the CPU comes back" sh -c "echo 1 >$CPU1/online"
	echo 0 >"$(outage_of 0)"
	check "the disk goes on" wait_for 60 dd if="${plain[0]}" of=/dev/null bs=1M count=4 iflag=direct
	mark again
	wait_told saved-again 200
}

fails_at_once()
{
	! dd if="${plain[0]}" of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null
}

# What an init does, in short: the kernel calls it for xl shutdown.
shut_down_while_away()
{
	cat >/sbin/poweroff <<-'END'
	#!/usr/bin/bash
	sync
	if umount /plain0 /plain1; then
		echo "lab: ok - the guest has unmounted" >/dev/kmsg
	else
		echo "lab: not ok - the guest has unmounted" >/dev/kmsg
	fi
	echo "lab: end" >/dev/kmsg
	sleep 1
	exec busybox reboot -f
	END
	chmod 755 /sbin/poweroff
	mke2fs -q -t ext4 "${plain[0]}" && mount "${plain[0]}" /plain0 || return
	mke2fs -q -t ext4 "${plain[1]}" && mount "${plain[1]}" /plain1 || return
	start_records /plain1/records
	mark mounted
	sleep 1000
}

guest_raid()
{
	local md btrfs plain all_md all_btrfs all_plain

	check "modules load" load_argo || return
	check "six disks appear" wait_for 90 all_disks || return
	check "the link without a timeout says so" test "$(cat "$(outage_of 0)")" = 0
	check "the other says that of its description" test "$(cat "$(outage_of 1)")" = $OUTAGE
	disks_of 0
	all_md=("$md") all_btrfs=("$btrfs") all_plain=("$plain")
	disks_of 1
	md=("${all_md[0]}" "$md") btrfs=("${all_btrfs[0]}" "$btrfs") plain=("${all_plain[0]}" "$plain")
	make_raids || return
	raids_lose_a_leg
	wait_told saved 200
	waits_and_fails
	shut_down_while_away
}
