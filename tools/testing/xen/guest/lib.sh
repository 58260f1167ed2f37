# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# What a scenario's guest_<name> can use. Bash.
#
#   ok, not_ok, skip, check, say, fact, wait_for   as in dom0/lib.sh
#   mark MARK          lets dom0's wait_mark return
#   wait_told WORD SECONDS
#   cmdline KEY        value of KEY on the kernel's command line
#   load_argo, unload_argo   the project's guest modules
#   kunit_results      one result for each case of every KUnit suite loaded
# shellcheck shell=bash

# Results go through the kernel log: its lines reach the console whole, however
# many processes and printks write at the same time.
kmsg()
{
	printf '<5>%s\n' "$*" >/dev/kmsg
}

say()
{
	kmsg "lab: # $*"
}

# fact KEY VALUE: a figure for the report, see fact in host/run.sh.
fact()
{
	kmsg "lab: = $*"
}

ok()
{
	kmsg "lab: ok - $*"
}

not_ok()
{
	kmsg "lab: not ok - $*"
}

skip()
{
	kmsg "lab: skip - $*"
}

check()
{
	local what=$1
	shift
	if "$@"; then
		ok "$what"
	else
		not_ok "$what"
		return 1
	fi
}

wait_for()
{
	local end=$(($(cut -d. -f1 /proc/uptime) + $1 * LAB_PATIENCE))
	shift

	until "$@"; do
		[ "$(cut -d. -f1 /proc/uptime)" -lt "$end" ] || return 1
		sleep 0.5
	done
}

cmdline()
{
	sed -n "s/.*\(^\| \)$1=\([^ ]*\).*/\2/p" /proc/cmdline
}

mark()
{
	xenstore-write "data/lab/$1" 1 || not_ok "xenstore takes the mark $1"
}

wait_told()
{
	wait_for "$2" told "$1"
}

told()
{
	xenstore-read "data/told/$1" >/dev/null 2>&1
}

load_argo()
{
	modprobe xen-argo && modprobe virtio_argo
}

# The xenbus of Linux holds the driver's module as long as it has a device, for
# xen-blkfront as for us: take the device away first.
unload_transport()
{
	local device

	for device in /sys/bus/xen/devices/virtio-*; do
		[ ! -e "$device/driver" ] ||
			echo "${device##*/}" >"$device/driver/unbind"
	done
	modprobe -r virtio_argo && return
	lsmod
	return 1
}

unload_argo()
{
	unload_transport && modprobe -r xen-argo
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

check_leaks()
{
	local leaks=/sys/kernel/debug/kmemleak

	[ -e $leaks ] && [ -e /sys/module/xen_argo ] || return 0
	echo scan >$leaks
	sleep 6
	echo scan >$leaks
	grep -q argo $leaks && cat $leaks
	return 0
}
