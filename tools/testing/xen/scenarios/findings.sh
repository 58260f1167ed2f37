# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# What Xen's Argo does that its users must know of, seen with the bare hypercall:
# Documentation/driver-api/xen-argo-findings.rst. It asserts what the distribution's
# Xen does; findings-fixed is the same for one with patches/xen.
# shellcheck shell=bash disable=SC2034,SC2154

TIMEOUT=400
FIXED=0
# So many guests live and die: 128 records of 48 bytes each are 1.5 pages.
MORTALS=8

host_prepare()
{
	local src=$LAB_DIR/findings rings

	cp -r "$src" "$run/findings"
	make -s -C "$linux" M="$run/findings" TOP="$TOP_DIR" modules >"$run/findings.out" 2>&1 ||
		{ cat "$run/findings.out"; die "the module argo-raw does not build"; }
	add_file "$run/findings/argo-raw.ko"
	for rings in 0 128; do
		gcc -m32 -nostdlib -static -DRINGS=$rings -Wl,-N,-Ttext=0x100000 \
			-Wl,--section-start=.note=0x110000,--build-id=none,-e,start \
			-Wl,--no-warn-rwx-segments -o "$run/mortal-$rings" "$src/mortal.S"
		add_file "$run/mortal-$rings"
	done
}

# raw COMMAND...: the hypercall's result, see findings/argo-raw.c.
raw()
{
	echo "$*" >/sys/kernel/debug/argo-raw && cat /sys/kernel/debug/argo-raw
}

# expect WANT WHAT COMMAND...: the raw command has this result.
expect()
{
	local want=$1 what=$2 got
	shift 2

	got=$(raw "$@")
	if [ "$got" = "$want" ]; then
		ok "$what ($* gives $got)"
	else
		not_ok "$what ($* gives $got, not $want)"
		return 1
	fi
}

# either BROKEN FIXED: what holds for this Xen.
either()
{
	if [ $FIXED = 1 ]; then echo "$2"; else echo "$1"; fi
}

# --- dom0 ---------------------------------------------------------------------

# Free memory in pages, as Xen prints it.
free_pages()
{
	local before

	sync
	xl debug-keys m
	sleep 0.5
	xl dmesg | awk '/Physical memory information/ { kb = 0 }
		/heap\[[0-9]+\]: [0-9]+kB free/ { sub(/.*\]: /, ""); kb += $0 }
		END { print kb / 4 }'
}

no_guest()
{
	[ "$(xl list | wc -l)" = 2 ]
}

# live_and_die RINGS: so many guests register so many rings for dom0 and end.
live_and_die()
{
	local i

	for ((i = 0; i < MORTALS; i++)); do
		cat >/run/lab/mortal.cfg <<-CFG
		name = "mortal"
		type = "pvh"
		kernel = "/lab/files/mortal-$1"
		memory = 16
		vcpus = 1
		on_poweroff = "destroy"
		on_crash = "preserve"
		CFG
		xl create -q /run/lab/mortal.cfg 9>&- >/run/lab/mortal.log 2>&1 || {
			cat /run/lab/mortal.log >&9
			return 1
		}
		wait_for 20 no_guest || { xl list >&9; return 1; }
	done
	sleep 1
}

death_of_owners()
{
	local pages=() rings i lost base

	for rings in 0 128 0 128; do
		pages+=("$(free_pages)")
		live_and_die $rings || { not_ok "guests with $rings rings live and die"; return; }
	done
	pages+=("$(free_pages)")
	say "free pages before and after each lot: ${pages[*]}"
	# The first two lots have warmed up whatever Xen keeps.
	base=$((pages[2] - pages[3]))
	lost=$((pages[3] - pages[4]))
	say "$MORTALS guests without rings cost $base pages, with 128 rings each $lost"
	if [ $FIXED = 1 ]; then
		check "what guests had registered is freed with them" test $((lost - base)) -le 2
	else
		check "each ring of a guest leaves something with Xen when the guest ends" \
			test $((lost - base)) -ge 8
	fi
}

# What brings down a Xen with assertions: a ring that was registered again, when
# its partner ends, and one whose partner is its own domain, when that ends.
start_offender()
{
	start_guest partner mem=256 end=no || return
	start_guest offender mem=256 end=no "cmdline=lab.peer=$(guest_id partner)" || return
	wait_mark offender again 60 && wait_mark offender self 20
}

survive_offender()
{
	check "a guest has its rings for another and for itself" start_offender || return
	check "Xen survives the other's end" kill_guest partner
	check "and the guest's" kill_guest offender
	check "it is still there" xl info
}

dom0_main()
{
	local turn

	check "argo-raw loads in dom0" insmod /lab/files/argo-raw.ko || return
	start_guest rings mem=256 || return
	check "the guest with the counted rings ends" wait_gone rings 120
	start_guest failing mem=256 || return
	check "the guest whose registrations fail ends" wait_gone failing 120

	start_guest waiter mem=256 cfg=maxvcpus=2 || return
	expect 0 "dom0 has a ring for the guest" register 20 "$(guest_id waiter)" 4032
	tell waiter ring
	for turn in plain query larger cancel; do
		wait_mark waiter "$turn" 60 || return
		if [ $turn = larger ]; then
			raw consume 20 1024 >/dev/null
			raw serve >/dev/null
			tell waiter "some-$turn"
			turn=larger-more
			wait_mark waiter $turn 60 || return
		fi
		raw consume 20 0 >/dev/null
		raw serve >/dev/null
		tell waiter "$turn"
	done
	check "the guest that waits for room ends" wait_gone waiter 120
	death_of_owners
	[ $FIXED = 0 ] || survive_offender
	check "argo-raw unloads" rmmod argo_raw
}

# --- guests ---------------------------------------------------------------------

guest_rings()
{
	local i failed=0

	insmod /lab/files/argo-raw.ko || return
	expect 0 "a ring of 16 MiB - 64 bytes can be registered" register 1 0 16777152
	expect "$(either -22 0)" "one of 16 MiB $(either cannot can)" register 2 0 16777216
	expect 0 "the first is unregistered" unregister 1 0
	[ $FIXED = 0 ] || expect 0 "and the second" unregister 2 0

	expect 0 "one ring is registered" register 30 0 4032
	for ((i = 0; i < 127; i++)); do
		[ "$(raw register 30 0 4032)" = 0 ] || failed=$((failed + 1))
	done
	check "and registered again 127 times, in place" test $failed = 0
	expect "$(either -28 0)" "for Xen those are $(either "128 rings, and there is no place for a second" "one ring")" \
		register 31 0 4032
	[ $FIXED = 0 ] || expect 0 "the second is unregistered" unregister 31 0
	expect 0 "the first is unregistered" unregister 30 0
	expect -2 "it is gone" unregister 30 0
	expect 0 "then there is place for one" register 32 0 4032
	expect "$(either -28 0)" "$(either "and no more" "and for another")" register 33 0 4032
	if [ $FIXED = 1 ]; then
		failed=0
		for ((i = 34; i < 160; i++)); do
			[ "$(raw register $i 0 4032)" = 0 ] || failed=$((failed + 1))
		done
		check "for 128 in all" test $failed = 0
		expect -28 "and no more" register 160 0 4032
		expect 0 "with all of them, one can still be registered again" register 32 0 4032
	fi
	check "argo-raw unloads" rmmod argo_raw
}

guest_failing()
{
	local i

	insmod /lab/files/argo-raw.ko || return
	expect 0 "a ring is registered" register 40 0 4032
	expect -22 "with a page that is not the guest's it cannot be registered again" \
		register 40 0 4032 bad
	expect -2 "and is gone" unregister 40 0
	for ((i = 1; i < 160; i++)); do
		raw register 40 0 4032 >/dev/null
		raw register 40 0 4032 bad >/dev/null
		raw unregister 40 0 >/dev/null
	done
	# With 127 that are no more Xen refuses a second one, in place or not.
	expect 0 "after 160 of those one ring can be registered" register 41 0 4032
	expect "$(either -28 0)" "$(either "but there is no place for a second" "and a second")" \
		register 42 0 4032
	check "argo-raw unloads" rmmod argo_raw
}

# fill: sends to dom0's ring until Xen says EAGAIN, and notes that we wait.
fill()
{
	local i got

	for ((i = 0; i < 10; i++)); do
		got=$(raw send 5 0 20 1008)
		[ "$got" != -11 ] || return 0
		[ "$got" = 1008 ] || break
	done
	say "send gives $got"
	return 1
}

# wait_room TURN WANT WHAT: dom0 makes room, and the VIRQ comes so often.
wait_room()
{
	local got

	raw heard >/dev/null
	mark "$1"
	wait_told "$1" 60 || return
	sleep 0.3
	got=$(raw heard)
	if [ "$got" = "$2" ]; then
		ok "$3"
	else
		not_ok "$3 (VIRQs: $got, not $2)"
	fi
}

guest_waiter()
{
	local got

	insmod /lab/files/argo-raw.ko || return
	expect -22 "Xen refuses to bind VIRQ_ARGO on vCPU 1" bind 11 1
	expect 0 "but binds a VIRQ of each vCPU there" bind 0 1
	expect 0 "and VIRQ_ARGO on vCPU 0" bind 11 0
	expect 0 "the guest listens" listen
	wait_told ring 60 || return

	check "the ring is filled" fill
	wait_room plain 1 "when there is room one VIRQ comes"

	check "the ring is filled again" fill
	expect "0 9" "a query without space_required is answered: exists, sufficient" \
		query 0 20 0
	wait_room query "$(either 0 1)" \
		"and $(either "has cancelled the VIRQ" "the VIRQ comes all the same")"

	check "the ring is filled again" fill
	expect "0 1" "somebody asks for room for 3000 bytes: exists" query 0 20 3000
	expect -11 "somebody else's message of 1008 bytes does not fit" send 5 0 20 1008
	raw heard >/dev/null
	mark larger
	wait_told some-larger 60
	sleep 0.3
	expect 0 "room for the smaller one brings no VIRQ: there is one entry, with the larger size" \
		heard
	wait_room larger-more 1 "room for both does"
	check "the ring is filled again" fill
	expect "0 9" "somebody asks for room for 16 bytes, and has it" query 0 20 16
	wait_room cancel 0 "which has cancelled the VIRQ that somebody else waits for"
	check "argo-raw unloads" rmmod argo_raw
}

guest_partner()
{
	sleep 600
}

guest_offender()
{
	local self

	insmod /lab/files/argo-raw.ko || return
	expect 0 "a ring for the other guest" register 50 "$(cmdline lab.peer)" 4032
	expect 0 "again" register 50 "$(cmdline lab.peer)" 4032
	mark again
	self=$(xenstore-read domid)
	expect 0 "a ring for the guest itself" register 51 "$self" 4032
	mark self
	sleep 600
}
