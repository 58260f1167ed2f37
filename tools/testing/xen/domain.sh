# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# What a scenario can use in dom0 and in a guest alike. The lib.sh of each has
# report, which takes a line to the host. Bash.
#
#   ok WHAT, not_ok WHAT, skip WHAT    one result each, shown at once
#   check WHAT COMMAND...              ok if COMMAND succeeds
#   results COMMAND...                 lines "ok - what" of a program are results, see ok.h
#   say TEXT                           a line of progress
#   fact KEY VALUE                     a figure for the report, see fact in host/run.sh
#   wait_for SECONDS COMMAND...        until COMMAND succeeds
#   wait_every TURN SECONDS COMMAND... the same, with that many seconds in between
#   no_ring_lost                       this domain has no ring, says Xen; needs argo-dev
#   suspend_devices                    suspend to idle, all but its last step, and resume
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

# Status 1 says again that a result was not ok; any other is one of its own.
results()
{
	local line

	{ "$@" 2>&1; echo "= $?"; } | while read -r line; do
		case $line in
		'ok - '*) ok "${line#ok - }" ;;
		'not ok - '*) not_ok "${line#not ok - }" ;;
		'# '*) say "${line#\# }" ;;
		'= '[01]) ;;
		'= '*) not_ok "$* ends with ${line#= }" ;;
		*) not_ok "$line" ;;
		esac
	done
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

# As many rings can be made as Xen gives a domain; so none is left over from before,
# and none may be in use. Nor did the driver find one in the place of a new one.
no_ring_lost()
{
	local rc usual limit=/sys/module/xen_argo_core/parameters/max_user_rings

	modprobe xen-argo-dev || return
	usual=$(cat $limit)
	echo 128 >$limit
	/lab/files/argo-dev rings 0 128 >/run/rings.out 2>&1
	rc=$?
	echo "$usual" >$limit
	grep -E '^rings_(leaked|evicted) [1-9]' /sys/kernel/debug/xen-argo/stats >>/run/rings.out &&
		rc=1
	[ $rc = 0 ] || say "$(paste -sd ';' /run/rings.out)"
	return $rc
}

suspend_devices()
{
	local rc=0

	echo devices >/sys/power/pm_test || return
	echo freeze >/sys/power/state || rc=1
	echo none >/sys/power/pm_test
	return $rc
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
