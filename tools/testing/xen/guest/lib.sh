# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# What a scenario's guest_<name> can use beside what is in domain.sh. Bash.
#
#   mark MARK          lets dom0's wait_mark return
#   wait_told WORD SECONDS; told WORD prints the value that came with it
#   cmdline KEY        value of KEY on the kernel's command line
#   load_argo, unload_argo   the project's guest modules
#   leave_argo               the same in three steps, of which the second asks Xen
#                            for all rings; needs argo-dev
#   start_load NAME FILE [OPTION...]   fio writes FILE and reads it back, checked,
#                            again and again until
#   stop_load NAME           which fails if any byte was wrong or any request failed
#   load_turns NAME          how often it has come round
#   load_runs NAME           it has not failed so far
#   load_goes_on NAME        it comes round once more
#   disk_waits DEVICE        requests are under way there, and none is answered
#   start_records FILE       appends numbers to FILE, each synced, and says in xenstore
#                            how far it has come, see dom0's recorded
#   no_record_lost FILE N    they are there, and up to N at least
#   kunit_results      one result for each case of every KUnit suite loaded
# shellcheck shell=bash

# Results go through the kernel log: its lines reach the console whole, however
# many processes and printks write at the same time.
kmsg()
{
	printf '<5>%s\n' "$*" >/dev/kmsg
}

# report TEXT: TEXT as a line of the lab's, see domain.sh.
report()
{
	kmsg "lab: $*"
}

cmdline()
{
	sed -n "s/.*\(^\| \)$1=\([^ ]*\).*/\2/p" /proc/cmdline
}

# A dom0less guest has no xenstore: dom0 reads its marks on Xen's console, and
# can tell it nothing.
mark()
{
	if [ -n "$LAB_DOM0LESS" ]; then
		kmsg "lab: mark $1"
		return
	fi
	xenstore-write "data/lab/$1" 1 || not_ok "xenstore takes the mark $1"
}

wait_told()
{
	[ -z "$LAB_DOM0LESS" ] || return 0
	wait_for "$2" told "$1" >/dev/null
}

# told WORD: prints what came with the word
told()
{
	[ -z "$LAB_DOM0LESS" ] || return 0
	xenstore-read "data/told/$1" 2>/dev/null
}

load_argo()
{
	modprobe xen-argo && modprobe virtio_argo
}

# The xenbus of Linux holds the driver's module as long as it has a device, for
# xen-blkfront as for us: take the device away first. Not by modprobe, which would
# unload xen-argo, too, and with it its counters and rings that it still has.
unload_transport()
{
	local device

	for device in /sys/bus/xen/devices/virtio-*; do
		[ ! -e "$device/driver" ] ||
			echo "${device##*/}" >"$device/driver/unbind"
	done
	rmmod virtio_argo virtio_argo_core && return
	lsmod
	return 1
}

unload_argo()
{
	unload_transport && modprobe -r xen-argo
}

leave_argo()
{
	check "the transport unloads" unload_transport || return
	check "Xen has all rings to give" no_ring_lost
	check "the guest's modules unload" modprobe -r xen-argo-dev xen-argo
}

# KUnit leaves each suite's results in debugfs, indented by nesting: report the
# innermost lines, under suite and case.
kunit_results()
{
	local suite line

	for suite in /sys/kernel/debug/kunit/*/; do
		suite=${suite%/}
		while read -r line; do
			kmsg "lab: $line"
		done < <(awk -v suite="${suite##*/}" '
			/^    (not )?ok / {
				result = $1 == "not" ? "not ok" : "ok"
				sub(/^ *(not )?ok [0-9]+ */, "")
				if ($0 ~ /# SKIP/)
					result = "skip"
				print result " - " suite "." $0
			}' "$suite/results")
	done
}

# With the debug kernel, see init: what was lost between these two. What a module that
# has gone has left behind bears no name of ours: so everything that is new is taken.
KMEMLEAK=/sys/kernel/debug/kmemleak

forget_leaks()
{
	[ -e $KMEMLEAK ] || return 0
	echo scan >$KMEMLEAK
	echo clear >$KMEMLEAK
}

check_leaks()
{
	[ -e $KMEMLEAK ] || return 0
	check "no memory was leaked" no_leaks
}

no_leaks()
{
	echo scan >$KMEMLEAK
	sleep 6
	echo scan >$KMEMLEAK
	[ ! -s $KMEMLEAK ] && return
	cat $KMEMLEAK
	return 1
}

# --- verified load ------------------------------------------------------------------

start_load()
{
	local name=$1 file=$2 state=/run/load-$1 turn=0
	shift 2

	case $file in
	/dev/*)	# fio would make a file where there is no disk any more
		set -- --allow_file_create=0 "$@" ;;
	esac
	rm -f "$state.stop" "$state.failed"
	echo 0 >"$state.turns"
	while [ ! -e "$state.stop" ]; do
		turn=$((turn + 1))
		fio --name="$name" --filename="$file" --direct=1 --rw=randwrite --bs=16k \
			--size=8M --ioengine=libaio --iodepth=32 --verify=crc32c \
			--verify_fatal=1 --randseed=$turn --eta=never --output="$state.log" "$@" || {
			: >"$state.failed"
			exit 1
		}
		echo $turn >"$state.turns"
	done &
	echo $! >"$state.pid"
}

load_turns()
{
	cat "/run/load-$1.turns"
}

# more_turns NAME N: has it come round more than N times?
more_turns()
{
	[ "$(load_turns "$1")" -gt "$2" ]
}

load_goes_on()
{
	wait_for 120 more_turns "$1" "$(load_turns "$1")"
}

disk_waits()
{
	local answered sys=/sys/block/${1#/dev/}

	answered=$(awk '{ print $1, $5 }' "$sys/stat")
	sleep 2
	[ "$(awk '{ print $1, $5 }' "$sys/stat")" = "$answered" ] &&
		awk '{ exit !($1 + $2) }' "$sys/inflight"
}

load_runs()
{
	[ ! -e "/run/load-$1.failed" ]
}

stop_load()
{
	: >"/run/load-$1.stop"
	if wait "$(cat "/run/load-$1.pid")"; then
		say "load $1: $(load_turns "$1") turns, each byte was checked"
		more_turns "$1" 0
		return
	fi
	cat "/run/load-$1.log"
	return 1
}

# --- what was synced must be there after a crash ------------------------------------

start_records()
{
	local file=$1 n=0

	[ ! -e "$file" ] || n=$(wc -l <"$file")
	while :; do
		n=$((n + 1))
		echo $n | dd of="$file" oflag=append conv=notrunc,fsync status=none || break
		xenstore-write data/lab/records $n
	done &
}

no_record_lost()
{
	local n

	n=$(wc -l <"$1")
	say "records: $n, of which $2 were known to be synced"
	[ "$n" -ge "$2" ] && seq "$n" | cmp -s - "$1"
}
