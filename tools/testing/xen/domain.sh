# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# What a scenario can use in dom0 and in a guest alike. The lib.sh of each has
# report, which takes a line to the host. Bash.
#
#   ok WHAT, not_ok WHAT, skip WHAT    one result each, shown at once
#   check WHAT COMMAND...              ok if COMMAND succeeds
#   say TEXT                           a line of progress
#   fact KEY VALUE                     a figure for the report, see fact in host/run.sh
#   wait_for SECONDS COMMAND...        until COMMAND succeeds
#   wait_every TURN SECONDS COMMAND... the same, with that many seconds in between
#   watch_calls FUNCTION...            count calls of these functions of the kernel
#   watched_calls                      their number since then, of all together
# shellcheck shell=bash

say()
{
	report "# $*"
}

fact()
{
	report "= $*"
}

ok()
{
	report "ok - $*"
}

not_ok()
{
	report "not ok - $*"
}

skip()
{
	report "skip - $*"
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

# The seconds are those of an idle machine with the fast kernel; LAB_PATIENCE is
# how many times that may be. It only bounds a failure; nothing asserts speed.
wait_every()
{
	local turn=$1 end=$(($(cut -d. -f1 /proc/uptime) + $2 * LAB_PATIENCE))
	shift 2

	until "$@"; do
		[ "$(cut -d. -f1 /proc/uptime)" -lt "$end" ] || return 1
		sleep "$turn"
	done
	return 0
}

wait_for()
{
	wait_every 0.5 "$@"
}

# A function that this kernel does not have is not called.
watch_calls()
{
	local function

	for function; do
		grep -qw "$function" /proc/kallsyms || continue
		echo "p:lab/$function $function" >>/sys/kernel/tracing/kprobe_events || return
	done
	echo 1 >/sys/kernel/tracing/events/lab/enable
}

watched_calls()
{
	awk '{ n += $2 } END { print n + 0 }' /sys/kernel/tracing/kprobe_profile
}
