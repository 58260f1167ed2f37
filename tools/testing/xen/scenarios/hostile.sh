# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Peers that break the protocol, over a real Xen: a backend does to a guest's
# driver, and a guest to the bridge, all that a correct one never does, and sends
# some thousand frames at random; each is counted as the specification has it and
# ends at most its own session. Beside that a well-behaved link of the same guest
# has verified load all the time.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo bridge fio"
TIMEOUT=900

SEED=20261
BACKEND_NOISE=500		# frames that are spoiled or added
GUEST_NOISE=1500
HOSTILE=/lab/files/hostile

host_prepare()
{
	local lib=$TOP_DIR/tools/testing/lib

	gcc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -O1 -static \
		"-I$TOP_DIR/include/uapi" "-I$TOP_DIR/drivers/virtio" \
		"-I$TOP_DIR/tools/virtio-argo/lib" "-I$lib" "-I$LAB_DIR" \
		-o "$run/hostile" "$LAB_DIR"/hostile/*.c "$LAB_DIR/ok.c" \
		"$lib/guest.c" "$lib/blk.c" "$lib/drive.c" "$lib/noise.c" "$lib/guest_crimes.c" \
		"$BUILD_DIR/tools/libvirtio-argo.a"
	add_file "$run/hostile"
}

# --- dom0 ---------------------------------------------------------------------

start_storage()
{
	local name options=()

	for name in calm target; do
		truncate -s 32M "/run/lab/$name"
		options+=(--blockdev "driver=file,node-name=$name,filename=/run/lab/$name"
			--export "type=vhost-user-blk,id=$name,node-name=$name,writable=on,num-queues=2,addr.type=unix,addr.path=/run/lab/$name.sock")
	done
	daemon storage qemu-storage-daemon "${options[@]}"
	wait_for 30 test -S /run/lab/target.sock
}

# bridge_stats: the counters of the intruder's bridge, one "name":value a line.
bridge_stats()
{
	local lines

	lines=$(grep -c ' stats {\|>stats {' /run/lab/daemon/bridge-target.log)
	kill -USR1 "$(daemon_pid bridge-target)"
	wait_for 10 sh -c "test \$(grep -c ' stats {\|>stats {' /run/lab/daemon/bridge-target.log) -gt $lines" ||
		return 1
	grep 'stats {' /run/lab/daemon/bridge-target.log | tail -n 1 | grep -o '"[a-z_]*":[0-9]*'
}

# Each crime was counted once, where it belongs, and no other.
intrusions_counted()
{
	local name want got

	bridge_stats >/run/lab/stats || return
	$HOSTILE intrusions | sort | uniq -c >/run/lab/wanted
	while read -r want name; do
		got=$(sed -n "s/^\"$name\"://p" /run/lab/stats)
		# What was under way when a session ended is stale.
		if [ "$name" = drop_stale ]; then
			check "the bridge has counted at least $want times: $name" test "$got" -ge "$want"
		else
			check "the bridge has counted $want times: $name" test "$got" = "$want" ||
				say "$name is $got"
		fi
	done </run/lab/wanted
}

dom0_main()
{
	check "dom0's modules load" load_argo || return
	start_storage || return
	start_guest good "cfg=virtio = [ 'type=virtio,device2,backend=0' ]" || return
	daemon backend $HOSTILE backend "$(guest_id good)" $SEED $BACKEND_NOISE
	daemon bridge-calm virtio-argo-bridge --guest "$(guest_id good)" --link 1 \
		--device "type=block,socket=/run/lab/calm.sock"
	check "the backend's crimes are done" wait_mark good crimes 300
	check "its noise is over" wait_mark good noise 200 || return

	start_guest bad || return
	daemon bridge-target virtio-argo-bridge --guest "$(guest_id bad)" \
		--device "type=block,socket=/run/lab/target.sock"
	check "the guest's crimes are done" wait_mark bad crimes 200
	intrusions_counted
	tell bad noise
	check "its noise is over" wait_gone bad 300
	check "the intruder's bridge is still there" daemon_alive bridge-target
	check "it ends on SIGTERM with status 0" stop_daemon bridge-target
	tell good stop
	check "the well-behaved guest ends" wait_gone good 120
	check "its bridge ends on SIGTERM with status 0" stop_daemon bridge-calm
	check "the hostile backend was alive all the time" daemon_alive backend
	stop_daemon backend
	stop_daemon storage
	check "dom0's modules unload" unload_argo
}

# --- the guest with a hostile backend -------------------------------------------

# link_disk PATH: the disk of the link whose device has PATH in its path.
link_disk()
{
	local disk

	for disk in /sys/block/vd*; do
		case $(readlink -f "$disk/device") in
		*"$1"*/virtio*) echo "/dev/${disk##*/}" ;;
		esac
	done | head -n 1
}

there()
{
	[ -b "$(link_disk "$1")" ]
}

stat_of()
{
	sed -n "s/^$1 //p" /sys/kernel/debug/virtio_argo/argo-0-56410000/stats
}

# The other link's load, until somebody makes /run/stop.
calm_load()
{
	local rounds=0

	while [ ! -e /run/stop ]; do
		fio --name=calm --filename="$1" --direct=1 --rw=randwrite --bs=16k --size=2M \
			--ioengine=libaio --iodepth=4 --rate_iops=100 --verify=crc32c \
			--verify_fatal=1 --eta=never --randseed=$rounds --output=/run/calm.log || return
		rounds=$((rounds + 1))
	done
	echo $rounds >/run/rounds
}

# counted COUNTER BEFORE: it has been raised by one; sessions may be more.
counted()
{
	local now

	now=$(stat_of "$1")
	[ "$now" = $(($2 + 1)) ] || { [ "$1" = sessions ] && [ "$now" -gt "$2" ]; }
}

# ended ENDS BEFORE: a session has ended and the next begun, or it goes on.
ended()
{
	if [ "$1" = 1 ]; then
		[ "$(stat_of sessions)" -gt "$2" ]
	else
		[ "$(stat_of sessions)" = "$2" ]
	fi
}

# one_crime NUMBER COUNTER ENDS NAME SAID: orders it, see hostile/backend.c.
one_crime()
{
	local before sessions violations disk

	# The kernel says at most ten lines of a link in five seconds.
	[ -z "$5" ] || sleep 5
	disk=$(link_disk virtio-0)
	before=$(stat_of "$2")
	sessions=$(stat_of sessions)
	violations=$(stat_of violations)
	dmesg -c >/run/dmesg
	timeout 60 dd if="$disk" of=/dev/null bs=4096 skip=$((1024 + $1)) count=1 \
		iflag=direct 2>/run/dd || { not_ok "$4: the disk answers"; cat /run/dd; return 1; }
	wait_for 10 counted "$2" "$before" || {
		not_ok "$4: $2 is raised by one (from $before to $(stat_of "$2"))"
		return 1
	}
	wait_for 20 ended "$3" "$sessions" || {
		not_ok "$4: sessions go from $sessions to $(stat_of sessions)"
		return 1
	}
	[ "$2" = violations ] || [ "$(stat_of violations)" = "$violations" ] || {
		not_ok "$4: is no violation"
		return 1
	}
	if [ -n "$5" ]; then
		dmesg | grep -q "$5" || { not_ok "$4: the kernel says: $5"; return 1; }
	fi
	timeout 60 dd if="$disk" of=/dev/null bs=4096 count=1 iflag=direct 2>/run/dd || {
		not_ok "$4: the disk answers afterwards"
		return 1
	}
	ok "$4: $2"
}

all_crimes()
{
	local number counter ends name said

	$HOSTILE crimes >/run/crimes
	while IFS='|' read -r number counter ends name said; do
		one_crime "$number" "$counter" "$ends" "$name" "$said" </dev/null
	done </run/crimes
}

honest()
{
	timeout 20 dd if="$1" bs=512 count=1 iflag=direct 2>/dev/null | grep -q '^honest'
}

# Reads and writes that may fail, until the backend is honest again.
noise_load()
{
	local disk turn=0

	while [ $turn -lt 5000 ]; do
		turn=$((turn + 1))
		disk=$(link_disk virtio-0)
		[ -b "$disk" ] || { sleep 0.2; continue; }
		honest "$disk" && return
		timeout 20 dd if="$disk" of=/dev/null bs=32k skip=$((turn % 32)) count=8 iflag=direct 2>/dev/null
		# The disk may have gone just now: do not make a file in its place.
		timeout 20 dd if=/dev/zero of="$disk" bs=16k seek=$((turn % 64 + 8)) count=4 \
			oflag=direct conv=nocreat,notrunc 2>/dev/null
	done
	return 1
}

guest_good()
{
	local calm disk

	forget_leaks
	check "the modules load, with two links" \
		modprobe virtio_argo link=0:0x56410001 || return
	echo 1000 >/sys/module/virtio_argo_core/parameters/request_timeout_ms
	check "the disk of the hostile backend appears" wait_for 60 there virtio-0 || return
	check "and that of the other" wait_for 60 there virtio-argo || return
	calm_load "$(link_disk virtio-argo)" &
	calm=$!
	all_crimes
	mark crimes

	disk=$(link_disk virtio-0)
	dd if="$disk" of=/dev/null bs=4096 skip=$((1024 + 256)) count=1 iflag=direct 2>/dev/null
	check "noise ends, and the disk is there" noise_load
	sed -n 's/^/noise: /p' /sys/kernel/debug/virtio_argo/argo-0-56410000/stats |
		while read -r disk; do say "$disk"; done
	disk=$(link_disk virtio-0)
	dd if=/dev/urandom of=/run/data bs=64k count=16 2>/dev/null
	check "it can be written" dd if=/run/data of="$disk" bs=64k seek=16 oflag=direct
	check "and read back" \
		sh -c "dd if=$disk bs=64k skip=16 count=16 iflag=direct 2>/dev/null | cmp - /run/data"
	mark noise

	check "the other peers are done" wait_told stop 600
	touch /run/stop
	check "the other link's load saw no error" wait $calm || cat /run/calm.log
	check "it has run $(cat /run/rounds) times" test "$(cat /run/rounds)" -gt 3
	check "nothing was dropped there, no session lost" \
		sh -c "! grep -E '^(violations|dropped_[a-z_]+|request_timeouts) [1-9]' /sys/kernel/debug/virtio_argo/argo-0-56410001/stats"
	check "the guest's modules unload" unload_argo
	[ ! -e "$KMEMLEAK" ] || check "no memory was leaked" no_leaks
}

# --- the hostile guest --------------------------------------------------------------

guest_bad()
{
	check "only /dev/xen/argo is loaded" modprobe xen-argo-dev || return
	results $HOSTILE guest 0 $SEED 0
	mark crimes
	wait_told noise 120 || return
	results $HOSTILE guest 0 $SEED $GUEST_NOISE
	check "the modules unload" modprobe -r xen-argo-dev xen-argo
}
