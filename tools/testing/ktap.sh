# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# KTAP for tests that are shell scripts; see ktap.h for those in C. Sourced, Bash.
#
#   ktap_start NAME                 results go to build/ktap/NAME.ktap too
#   ktap_ok WHAT, ktap_not_ok WHAT  one result, printed when it is known
#   ktap_skip WHY WHAT
#   ktap_diag FILE                  the end of FILE as diagnostic lines
#   ktap_check WHAT LOG COMMAND...  ok if COMMAND succeeds. Its output goes to LOG
#                                   unless it is /dev/null or COMMAND is a
#                                   function, which writes it itself; if it fails
#                                   the end of LOG is shown
#   ktap_finish                     the plan, the sum, and exit
# shellcheck shell=bash

ktap_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

ktap_line()
{
	printf '%s\n' "$*"
	printf '%s\n' "$*" >>"$ktap_file"
}

ktap_start()
{
	ktap_file=${BUILD_DIR:-$ktap_top/build}/ktap/$1.ktap
	ktap_passed=0 ktap_failed=0 ktap_skipped=0
	mkdir -p "${ktap_file%/*}"
	: >"$ktap_file"
	ktap_line "KTAP version 1"
}

ktap_n()
{
	printf '%d' $((ktap_passed + ktap_failed + ktap_skipped))
}

ktap_ok()
{
	ktap_passed=$((ktap_passed + 1))
	ktap_line "ok $(ktap_n) $*"
}

ktap_not_ok()
{
	ktap_failed=$((ktap_failed + 1))
	ktap_line "not ok $(ktap_n) $*"
}

ktap_skip()
{
	ktap_skipped=$((ktap_skipped + 1))
	ktap_line "ok $(ktap_n) $2 # SKIP $1"
}

ktap_diag()
{
	[ -s "$1" ] || return 0
	while IFS= read -r ktap_text; do
		ktap_line "# $ktap_text"
	done < <(tail -n "${2:-20}" "$1")
}

# Functions see their caller's variables: hence the names.
ktap_check()
{
	local ktap_what=$1 ktap_log=$2 ktap_rc=0
	shift 2

	if [ "$ktap_log" = /dev/null ] || declare -F "$1" >/dev/null; then
		"$@" || ktap_rc=$?
	else
		"$@" >"$ktap_log" 2>&1 </dev/null || ktap_rc=$?
	fi
	if [ "$ktap_rc" = 0 ]; then
		ktap_ok "$ktap_what"
	else
		[ "$ktap_log" = /dev/null ] || ktap_diag "$ktap_log"
		ktap_not_ok "$ktap_what"
	fi
	return 0
}

ktap_finish()
{
	local sum

	if [ "$(ktap_n)" = 0 ]; then
		ktap_line "# no test has run"
		ktap_failed=1
	fi
	ktap_line "1..$(ktap_n)"
	sum="$ktap_passed passed, $ktap_failed failed"
	[ "$ktap_skipped" = 0 ] || sum="$sum, $ktap_skipped skipped"
	ktap_line "$sum"
	[ "$ktap_failed" = 0 ]
	exit
}
