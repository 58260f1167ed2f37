# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# A disk stays itself. Disks of one size on two links are under load, each with bytes
# of its own that are read back. Their bridges end in every way and come back with the
# disks in other orders and with a line dropped and added; SIGHUP changes the order and
# adds a disk; two disks of the two links have one identity. Each disk goes on with its
# own image, one that is missing waits, and in the end no image holds a byte of another.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo argo-dev bridge"
ARCH=arm64
TIMEOUT=500

# --- dom0 ---------------------------------------------------------------------

# Of the second disk of each link
TWIN=uuid=5ca1ab1e-0000-4000-8000-000000000001

# configure LINK NAME...: these disks, in this order
configure()
{
	local link=$1 name
	shift

	{
		echo "guest $(guest_id identity)"
		echo "link $link"
		for name; do
			case $name in
			[bf]) echo "device $(disk_option "$name"),serial=disk-$name,$TWIN" ;;
			*) echo "device $(disk_option "$name"),serial=disk-$name" ;;
			esac
		done
	} >"/run/lab/bridge$link.conf"
}

# begin LINK NAME...: a bridge with these disks
begin()
{
	configure "$@"
	daemon "bridge$1" virtio-argo-bridge --config "/run/lab/bridge$1.conf"
	wait_for 30 grep -q ready: "/run/lab/daemon/bridge$1.log"
}

# again SIGNAL LINK NAME...: the bridge ends by the signal; another comes
again()
{
	local signal=$1 rc
	shift

	stop_daemon "bridge$1" "$signal"
	rc=$?
	case $signal:$rc in
	TERM:0 | KILL:137) begin "$@" ;;
	*) say "the bridge ended with status $rc"; return 1 ;;
	esac
}

# reload ANSWER LINK NAME...: SIGHUP
reload()
{
	local answer=$1
	shift

	configure "$@"
	kill -HUP "$(daemon_pid "bridge$1")"
	wait_for 30 grep -q "$answer" "/run/lab/daemon/bridge$1.log"
}

turns()
{
	xenstore-read "/local/domain/$(guest_id identity)/data/lab/turns-$1" 2>/dev/null || echo 0
}

more_turns()
{
	[ "$(turns "$1")" -gt "$2" ]
}

# Twice: the first time may be of what was answered before.
go_on()
{
	local name turn

	for turn in 1 2; do
		for name; do
			wait_for 120 more_turns "$name" "$(turns "$name")" || {
				say "disk $name does not go on"
				return 1
			}
		done
	done
}

# stays NAME OTHER...: while the others go on twice, it does not
stays()
{
	local name=$1 before
	shift

	go_on "$1" || return
	before=$(turns "$name")
	go_on "$@" && [ "$(turns "$name")" = "$before" ]
}

# Nothing but its own bytes, and what was never written
is_pure()
{
	[ "$(tr -d "\\0$1" <"$DISKS/$1.img" | wc -c)" = 0 ] &&
		[ "$(tr -cd "$1" <"$DISKS/$1.img" | wc -c)" != 0 ]
}

dom0_main()
{
	local name

	. /lab/dom0/disk.sh
	check "dom0's modules load" load_argo || return
	for name in a b c d e f; do
		start_storage $name 16 || return
	done
	start_guest identity mem=384 \
		"cfg=virtio = [ 'type=virtio,device2,backend=0', 'type=virtio,device2,backend=0' ]" ||
		return
	begin 0 a b c && begin 1 e f || return
	check "five disks are under load" wait_mark identity running 200 || return
	check "and go on" go_on a b c e f

	check "killed, and back in another order" again KILL 0 c b a
	check "each goes on" go_on a b c e f
	check "ended, and back in another order" again TERM 0 b c a
	check "each goes on" go_on a b c
	check "the other link's is killed, and back in another order" again KILL 1 f e
	check "each goes on" go_on a b c e f

	check "killed, and back without one" again KILL 0 c a
	check "that one waits, and the others go on" stays b a c
	check "SIGHUP adds it again" reload "devices: 1 added, 0 removed, 2 as before" 0 b c a
	check "each goes on" go_on a b c
	check "SIGHUP with another order changes nothing" \
		reload "devices: 0 added, 0 removed, 3 as before" 0 a b c
	check "each goes on" go_on a b c

	check "SIGHUP adds a fourth, before the others" \
		reload "devices: 1 added, 0 removed, 3 as before" 0 d a b c
	tell identity add
	check "it is under load" wait_mark identity added 120 || return
	check "killed, and back in the order of the file" again KILL 0 d a b c
	check "each goes on" go_on a b c d
	check "both are killed" again KILL 1 e f
	check "and back in other orders" again KILL 0 b d c a
	check "each goes on" go_on a b c d e f

	tell identity stop
	check "the guest ends" wait_gone identity 200
	check "the bridges end on SIGTERM with status 0" stop_daemon bridge0
	check "both" stop_daemon bridge1
	for name in a b c d e f; do
		stop_daemon storage-$name
		check "image $name holds what its disk was given, and nothing else" is_pure $name
	done
	check "no ring is left" test "$(ring_count)" = 0
	check "dom0's modules unload" unload_argo
}

# --- guest --------------------------------------------------------------------

disk_of()
{
	local disk

	for disk in /sys/block/vd*; do
		[ "$(cat "$disk/serial")" != "disk-$1" ] || echo "/dev/${disk##*/}"
	done
}

all_there()
{
	local name

	for name; do
		[ -b "$(disk_of "$name")" ] || return
	done
}

# A disk's bytes are its name. What was written the time before is read back, so a disk
# that was exchanged in between is found out.
load()
{
	local name=$1 disk turn=0
	disk=$(disk_of "$1")

	head -c 524288 /dev/zero | tr '\0' "$name" >"/run/$name.bytes"
	dd if="/run/$name.bytes" of="$disk" bs=512k count=1 oflag=direct status=none || return
	while [ ! -e /run/stop ]; do
		if ! dd if="/run/$name.bytes" of="$disk" bs=512k seek=$(((turn + 1) % 32)) \
				oflag=direct status=none ||
			! dd if="$disk" bs=512k skip=$((turn % 32)) count=1 iflag=direct status=none |
				cmp -s - "/run/$name.bytes"; then
			exit 1
		fi
		turn=$((turn + 1))
		echo $turn >"/run/$name.turns"
	done &
	pids[$name]=$!
}

guest_identity()
{
	local name turns added=0
	local -A pids=() seen=()

	check "modules load" load_argo || return
	check "five disks appear, each with its serial" wait_for 90 all_there a b c e f || return
	for name in a b c e f; do
		load $name
	done
	mark running
	until told stop; do
		for name in "${!pids[@]}"; do
			turns=$(cat "/run/$name.turns" 2>/dev/null)
			[ "${seen[$name]:-}" = "$turns" ] ||
				xenstore-write "data/lab/turns-$name" "$turns"
			seen[$name]=$turns
		done
		if [ $added = 0 ] && told add; then
			added=1
			check "a sixth appears" wait_for 60 all_there d && load d
			mark added
		fi
		sleep 0.5
	done
	: >/run/stop
	for name in "${!pids[@]}"; do
		check "disk $name: no error, every byte is its own" wait "${pids[$name]}"
	done
	check "no violation" \
		sh -c "! grep -hE '^violations [1-9]' /sys/kernel/debug/virtio_argo/*/stats"
	leave_argo
}
