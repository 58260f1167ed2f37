#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# What judges the other tests: the lab's monitor.py and ktap.sh, with machine.py in
# place of QEMU, and check.py; and choose-xen.sh, with an archive that lacks files. A
# run that is broken in one way each must not pass.
# shellcheck disable=SC2317 # called through ktap_check
cd "$(dirname "$0")/../../.." || exit
. tools/testing/ktap.sh

here=tools/testing/harness
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
ktap_start harness
# shellcheck source=tools/testing/harness/archive.sh
. "$here/archive.sh"

# --- monitor.py -------------------------------------------------------------------

# play [OPTION...] <PLAY: runs it. What came of it is in $dir/run and $dir/out.
play()
{
	rm -rf "$dir/run"
	mkdir "$dir/run"
	cat >"$dir/play"
	python3 -B tools/testing/xen/host/monitor.py --dir "$dir/run" --timeout 20 --cpus 0 "$@" \
		-- "$here/machine.py" "$dir/play" "$dir/run/events" >"$dir/out" 2>&1
}

# A run as it should be, with more steps before its end
good()
{
	cat <<-PLAY
		xen (XEN) Xen version 4.17.7
		event dom0 lab: # starting
		event dom0 lab: expect a
		event dom0 lab: begin a 1
		event a Linux version 6.12
		event a lab: # process 1
		event a lab: ok - it works
		event dom0 lab: = speed 42
		$1
		event a lab: end
		event dom0 lab: end
	PLAY
}

passes()
{
	play "$@"
}

# fails_with STATUS TEXT [OPTION...] <PLAY: ends so, and TEXT is in what it printed
fails_with()
{
	local status=$1 text=$2 rc=0
	shift 2

	play "$@" || rc=$?
	[ "$rc" = "$status" ] && grep -qF "$text" "$dir/out" && return
	echo "ended with status $rc, and said:"
	cat "$dir/out"
	return 1
}

# without REGEX: that run without these steps
without()
{
	good "" | grep -v "$1"
}

test_monitor()
{
	local log=$dir/log line

	ktap_check "monitor: a good run passes" "$log" \
		passes < <(good "")
	ktap_check "monitor: its results are kept" /dev/null \
		grep -qx $'ok\ta\tit works' "$dir/run/results"
	ktap_check "monitor: and its figures" /dev/null \
		grep -qx $'dom0\tspeed\t42' "$dir/run/facts"
	ktap_check "monitor: each console has a file" /dev/null \
		grep -q "Linux version" "$dir/run/a.log"
	ktap_check "monitor: one result failed" "$log" \
		fails_with 1 "not ok 2 a: it breaks" < <(good "event a lab: not ok - it breaks")
	ktap_check "monitor: dom0 does not reach its end" "$log" \
		fails_with 1 "all but dom0" < <(without "dom0 lab: end")
	ktap_check "monitor: nor does a guest" "$log" \
		fails_with 1 "all but a" < <(without "a lab: end")
	ktap_check "monitor: no console was kept of a guest" "$log" \
		fails_with 1 "a console was kept of b" < <(good "event dom0 lab: expect b")
	ktap_check "monitor: QEMU ends with an error" "$log" \
		fails_with 1 "with status 0, not 3" < <(good ""; echo exit 3)
	ktap_check "monitor: the run takes too long" "$log" \
		fails_with 1 "the run ends within 1 s" --timeout 1 < <(good hang)
	ktap_check "monitor: then the machine's state is kept" /dev/null \
		test -s "$dir/run/hang"

	while IFS= read -r line; do
		[[ $line != '#'* ]] || continue
		ktap_check "monitor: a complaint: ${line#* }" "$log" \
			fails_with 1 "not ok 3 lab: no complaint" < <(good "$line")
	done <"$here/complaints"
	ktap_check "monitor: a complaint that the scenario expects" "$log" \
		passes --allow "BUG: planned" < <(good "event a [ 1.0] BUG: planned")
	ktap_check "monitor: excuses no other" "$log" \
		fails_with 1 "BUG: unplanned" --allow "BUG: planned" < <(
			good "event a [ 1.0] BUG: unplanned")
}

# Guests on a serial port that they share with Xen
test_serial()
{
	local log=$dir/log long

	long=$(printf 'x%.0s' {1..126})
	ktap_check "serial port: lines of a dom0less guest" "$log" \
		passes --dom0less b < <(good "xen (XEN) DOM1: lab: ok - on Arm
			xen (XEN) DOM1: $long
			xen (XEN) DOM1: yz
			xen (XEN) DOM1: lab: end" | sed 's/^[[:space:]]*//')
	ktap_check "serial port: are results" /dev/null \
		grep -qx $'ok\tb\ton Arm' "$dir/run/results"
	ktap_check "serial port: what Xen has cut is whole again" /dev/null \
		grep -qx "${long}yz" "$dir/run/b.log"
	ktap_check "serial port: the rest is Xen's" /dev/null \
		sh -c "grep -q 'Xen version' '$dir/run/xen.log' && ! grep -q DOM1 '$dir/run/xen.log'"
	ktap_check "serial port: a guest's complaint" "$log" \
		fails_with 1 "not ok 3 lab: no complaint" --dom0less b < <(good "xen (XEN) DOM1: Kernel panic")
}

# A guest dies of the emulator; see boots.py.
test_boots()
{
	local log=$dir/log fault="xen (XEN) d1v0 Triple fault - invoking HVM shutdown action 1."

	ktap_check "boots: a guest dies before it speaks" "$log" \
		fails_with 75 "a died without a word" --silence 2 < <(
			without "a lab:" | sed "/begin a/a $fault\nhang")
	ktap_check "boots: or says nothing for too long" "$log" \
		fails_with 75 "a died without a word, or stood still" --silence 2 < <(
			without "a lab:" | sed "/begin a/a hang")
	ktap_check "boots: one that is slow, but prints, stands not still" "$log" \
		passes --silence 3 < <(
			good "" | sed "/Linux version/s/.*/sleep 2\n&\nsleep 2\n&\nsleep 2/")
	ktap_check "boots: which is another's death, and no excuse" "$log" \
		fails_with 1 "the run ends within 4 s" --silence 60 --timeout 4 < <(
			without "a lab:" | sed "/begin a/a ${fault/d1v0/d2v0}\nhang")
	ktap_check "boots: or dies later, and nobody counts what followed" "$log" \
		fails_with 75 "a died without a word" --silence 2 < <(
			without "a lab: end" | sed "/it works/a $fault\nevent dom0 lab: not ok - it waits\nhang")
	ktap_check "boots: of what dom0 saw then nothing is shown" /dev/null \
		sh -c "! grep -q 'it waits' '$dir/out' '$dir/run/results'"
	ktap_check "boots: QEMU's end is no excuse to look away" "$log" \
		fails_with 75 "a died without a word" --silence 2 < <(
			without "a lab: end" | sed "/it works/a $fault")
	ktap_check "boots: a guest that restarts of its own will was not lost" "$log" \
		fails_with 1 "all but a" --silence 1 < <(
			without "a lab: end" | sed "/it works/a event a reboot: Restarting system\n$fault\nsleep 3")
	ktap_check "boots: nor was one that its kernel's fault ended" "$log" \
		fails_with 1 "all but a" --silence 1 < <(
			without "a lab: end" | sed "/it works/a event a Kernel panic - not syncing\n$fault\nsleep 3")
	ktap_check "boots: nor is one excused after a result that failed" "$log" \
		fails_with 1 "all but a" --silence 1 < <(
			without "a lab: end" | sed "/it works/a event a lab: not ok - it breaks\n$fault\nsleep 3")
	ktap_check "boots: what waits for its last word is shown behind it" "$log" \
		fails_with 1 "not ok 2 dom0: it waits" --silence 30 < <(
			without "a lab: end" | sed "/it works/a $fault\nevent dom0 lab: not ok - it waits\nsleep 1\nevent a lab: end")
	ktap_check "boots: what it said before it died may come late" "$log" \
		passes --silence 30 < <(
			good "" | sed "/begin a/a $fault\nsleep 1")
	ktap_check "boots: the last attempt has no excuse" "$log" \
		fails_with 1 "the run ends within 3 s" --timeout 3 < <(
			without "a lab:" | sed "/begin a/a $fault\nhang")
}

# A run that is begun again does not show again what the lost one has shown.
test_again()
{
	local log=$dir/log

	printf '%s\n' $'ok\ta\tit works' $'ok\ta\tit worked' >"$dir/told"
	ktap_check "again: a run whose forerunner has shown two results passes" "$log" \
		passes --told "$dir/told" < <(good "event a lab: ok - it works")
	ktap_check "again: one that was shown is kept" /dev/null \
		grep -qx $'ok\ta\tit works' "$dir/run/results"
	ktap_check "again: but shown no more, another of that name is, and counted on" /dev/null \
		sh -c "[ \"\$(grep -c 'it works' '$dir/out')\" = 1 ] && grep -qx 'ok 3 a: it works' '$dir/out'"
	ktap_check "again: what has not come again is left" /dev/null \
		sh -c "[ \"\$(cat '$dir/run/told')\" = \"\$(sed 1d '$dir/told')\" ]"
	ktap_check "again: the plan counts all that was shown" "$log" again_plan
	ktap_check "again: a result that passed before and fails now" "$log" \
		fails_with 1 "not ok 3 a: it works" --told "$dir/told" < <(good "" | sed "s/lab: ok/lab: not ok/")
}

again_plan()
{
	tools/testing/xen/host/ktap.sh "$dir/run/results" "$dir/lab.ktap" "$dir/run/told" >"$dir/out2"
	[ "$(head -n 1 "$dir/out2")" = "1..$(grep -oE '^(not )?ok [0-9]+' "$dir/out" | tail -n 1 | grep -oE '[0-9]+')" ] && return
	cat "$dir/out" "$dir/out2"
	return 1
}

# --- ktap.sh ----------------------------------------------------------------------

# sums TEXT STATUS <RESULTS: the lab's ktap.sh makes that of them
sums()
{
	local rc=0

	cat >"$dir/results"
	tools/testing/xen/host/ktap.sh "$dir/results" "$dir/lab.ktap" >"$dir/out" || rc=$?
	cat "$dir/out"
	[ "$(tail -n 1 "$dir/lab.ktap")" = "$1" ] && [ "$rc" = "$2" ]
}

test_ktap()
{
	ktap_check "ktap: results are summed" "$dir/log" \
		sums "2 passed, 0 failed, 1 skipped" 0 < <(printf '%s\ta\tb\n' ok ok skip)
	ktap_check "ktap: one failed" "$dir/log" \
		sums "1 passed, 1 failed" 1 < <(printf '%s\ta\tb\n' ok 'not ok')
	ktap_check "ktap: nothing passed" "$dir/log" sums "0 passed, 0 failed" 1 </dev/null
}

# --- check.py ---------------------------------------------------------------------

# one STATUS TEXT LIMIT COMMAND: a target of that command is judged so
one()
{
	local rc=0

	mkdir -p "$dir/top/tools/testing"
	echo "it | $3 | $4 | a test" >"$dir/top/tools/testing/checks"
	: >"$dir/top/tools/testing/checks-all"
	python3 -B tools/testing/check.py "$dir/top" "$dir/top/build" >"$dir/out" 2>&1 || rc=$?
	[ "$rc" = "$1" ] && grep -qF "$2" "$dir/out" && return
	echo "ended with status $rc, and said:"
	cat "$dir/out"
	return 1
}

unknown()
{
	! python3 -B tools/testing/check.py "$PWD" "$dir/top/build" no-such >"$dir/out" 2>&1 &&
		grep -q "no such check: no-such; there are: lint " "$dir/out"
}

test_check()
{
	local log=$dir/log sum='echo 1 passed, 0 failed' some='echo ok 1 works'

	ktap_check "check: a target that passes" "$log" \
		one 0 "ok 1 it: works" 10 "$some; $sum"
	ktap_check "check: the whole has a sum" /dev/null \
		grep -qx "1 passed, 0 failed" "$dir/top/build/ktap/check.ktap"
	ktap_check "check: a test fails" "$log" \
		one 1 "not ok 1 it: breaks" 10 "echo not ok 1 breaks; echo 0 passed, 1 failed; false"
	ktap_check "check: a test fails, and the status hides it" "$log" \
		one 1 "ended with status 0 although" 10 "echo not ok 1 breaks; echo 0 passed, 1 failed"
	ktap_check "check: a status that no result explains" "$log" \
		one 1 "ended with status 7" 10 "$some; $sum; exit 7"
	ktap_check "check: no sum" "$log" \
		one 1 "without its sum" 10 "$some"
	ktap_check "check: no test" "$log" \
		one 1 "tested nothing" 10 "echo 0 passed, 0 failed"
	ktap_check "check: death by a signal" "$log" \
		one 1 "died of signal 9" 10 "$some; kill -9 \$\$"
	ktap_check "check: takes too long" "$log" \
		one 1 "took longer than 1 s" 1 "$some; sleep 60; $sum"
	ktap_check "check: a subtest is named with what it is part of" "$log" \
		one 0 "ok 1 it: suite: case" 10 \
		"echo '    # Subtest: suite'; echo '    ok 1 case'; echo 'ok 1 suite'; $sum"
	ktap_check "check: what fails in a subtest counts once" "$log" \
		one 1 "0 passed, 1 failed in" 10 \
		"echo '    # Subtest: suite'; echo '    not ok 1 case'; echo 'not ok 1 suite'; echo 0 passed, 1 failed; false"
	ktap_check "check: what is skipped is counted apart" "$log" \
		one 0 "1 passed, 0 failed, 1 skipped" 10 \
		"$some; echo 'ok 2 other # SKIP no such machine'; $sum, 1 skipped"
	ktap_check "check: runs that were begun again are counted" "$log" \
		one 0 "# begun again because the emulator lost a guest: 2 runs" 10 \
		"$some; echo '# 2 runs were begun again: the emulator lost a guest'; $sum"
	ktap_check "check: a name that is in no list" "$log" unknown
}

test_monitor
test_serial
test_boots
test_again
test_ktap
test_check
test_choose
ktap_finish
