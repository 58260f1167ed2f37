# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# virtio-argo attach and detach on a libxenstore that is none (fake-xenstore.c), for
# cli.sh: the nodes, owners and readers that libxl would write, and every error.
# shellcheck shell=bash disable=SC2154,SC2317

tree=$work/tree

fake_xenstore()
{
	gcc -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Werror -O1 -shared -fPIC \
		-o "$work/libxenstore.so.4" "$TOP_DIR/tools/testing/cli/fake-xenstore.c" 2>"$log"
}

# domains: dom0, guest "web" (3) by libxl, backend "storage" (5), guest "other" (6)
# of another toolstack, and what a guest that is gone has left with dom0.
domains()
{
	{
		printf '%s\tn0\t\n' /local /local/domain /libxl /libxl/3
		printf '%s\tn0\t%s\n' /local/domain/0/name Domain-0 \
			/local/domain/3/name web /local/domain/5/name storage \
			/local/domain/6/name other /local/domain/0/backend/virtio/2/0/state 1
		printf '%s\tn0\t\n' /local/domain/0 /local/domain/3 /local/domain/5 \
			/local/domain/6 /local/domain/9 /local/domain/0/backend \
			/local/domain/0/backend/virtio /local/domain/0/backend/virtio/2 \
			/local/domain/0/backend/virtio/2/0
		printf '%s\tn3\t\n' /local/domain/3/device /local/domain/3/device/vif
	} >"$tree"
}

# with_xenstore [NAME=VALUE...] COMMAND ARGS...: virtio-argo there
with_xenstore()
{
	local settings=()

	while [[ $1 == *=* ]]; do
		settings+=("$1")
		shift
	done
	env FAKE_TREE="$tree" FAKE_DOMAINS=" 0 3 5 6 " LD_LIBRARY_PATH="$work" "${settings[@]}" \
		"$TOP_DIR/tools/virtio-argo/cli/virtio-argo.py" "$@" >"$work/out" 2>"$log"
}

# changes WHAT TEXT ARGS...: done, and TEXT is what it says
changes()
{
	local what=$1 text=$2
	shift 2
	changed()
	{
		with_xenstore "$@" && [ "$(cat "$work/out")" = "$text" ] && [ ! -s "$log" ] &&
			return
		cat "$work/out" >>"$log"
		return 1
	}
	ktap_check "$what" "$log" changed "$@"
}

# declines STATUS WHAT PATTERN ARGS...: one line that says so, and nothing changes
declines()
{
	local status=$1 what=$2 pattern=$3
	shift 3
	declined()
	{
		local rc=0

		cp "$tree" "$work/before"
		with_xenstore "$@" || rc=$?
		echo "status $rc" >>"$log"
		[ "$rc" = "$status" ] && [ ! -s "$work/out" ] &&
			[ "$(sed '/^status/d' "$log" | grep -c '^virtio-argo')" = 1 ] &&
			grep -qE "^virtio-argo[^:]*: .*$pattern" "$log" &&
			diff "$work/before" "$tree" >>"$log"
	}
	ktap_check "refused: $what" "$log" declined "$@"
}

# nodes PATH: those below it, with their owners
nodes()
{
	grep "^$1\(/\|	\)" "$tree" | LC_ALL=C sort
}

# What libxl of Xen 4.20 writes for a guest 3 and "type=virtio,device2,backend=5"
link_of_libxl()
{
	local common='frontend-id 3:grant_usage 1:irq 0:online 1:state 1:transport unknown:type virtio,device2:base 0'
	local front=/local/domain/3/device/virtio/0 back=/local/domain/5/backend/virtio/3/0
	local note=/libxl/3/device/virtio/0 pair

	{
		printf '%s\t%s\t%s\n' $front n3,r5 '' $front/backend n3,r5 $back \
			$front/backend-id n3,r5 5 $front/state n3,r5 1
		printf '%s\t%s\t%s\n' $back n5,r3 '' $back/frontend n5,r3 $front
		printf '%s\t%s\t%s\n' $note n0 '' $note/frontend n0 $front $note/backend n0 $back
		while read -r -d : pair; do
			printf '%s\t%s\t%s\n' "$back/${pair% *}" n5,r3 "${pair#* }" \
				"$note/${pair% *}" n0 "${pair#* }"
		done <<<"$common:"
	} | LC_ALL=C sort >"$work/libxl"
	{ nodes $front; nodes $back; nodes $note; } | LC_ALL=C sort | diff "$work/libxl" - >"$log"
}

absent()
{
	! grep -E "$1" "$tree" >"$log"
}

present()
{
	grep -qE "$1" "$tree" || { cp "$tree" "$log"; return 1; }
}

closing()
{
	present '/local/domain/5/backend/virtio/3/0/state	n5,r3	5' &&
		present '/local/domain/5/backend/virtio/3/0/online	n5,r3	0' &&
		present '/local/domain/3/device/virtio/0/state'
}

connect()
{
	sed -i "s|^\(/local/domain/3/device/virtio/$1/state	[^	]*\)	.*|\1	4|" "$tree"
}

check_links()
{
	local web='guest web (domain 3)'

	ktap_check "a libxenstore for tests is built" "$log" fake_xenstore || return
	domains
	changes "attach: says which link" "link 0 of $web to domain 5" attach web --backend storage
	ktap_check "attach: nodes, owners and readers are libxl's" "$log" link_of_libxl
	connect 0
	changes "detach: of a guest whose driver closes the link" \
		"link 0 of $web to domain 5 is removed" FAKE_GUEST=6 detach web

	domains
	changes "attach: dom0 is the backend if none is said" "link 0 of $web to domain 0" attach 3
	ktap_check "attach: what a guest left that is gone is removed" "$log" \
		absent /local/domain/0/backend/virtio/2
	ktap_check "attach: dom0 is granted nothing" "$log" \
		present '/local/domain/0/backend/virtio/3/0/grant_usage	n0,r3	0'
	changes "attach: the lowest free number" "link 1 of $web to domain 5" attach web --backend 5
	changes "attach: a number that is said" "link 7 of $web to domain 5" \
		attach web --backend 5 --link 7 --port 16 --ring-size 64K --outage-timeout 30
	ktap_check "attach: port" "$log" present '/device/virtio/7/port	n3,r5	16$'
	ktap_check "attach: ring size" "$log" present '/device/virtio/7/ring-size	n3,r5	65472$'
	ktap_check "attach: outage timeout" "$log" present \
		'/device/virtio/7/outage-timeout	n3,r5	30$'
	changes "attach: others come between, and it begins again" "link 2 of $web to domain 0" \
		FAKE_AGAIN=3 attach web --link 2
	ktap_check "attach: what others wrote is there" "$log" present '^/other	'
	declines 1 "others come between for ever" '50 transactions in vain' \
		FAKE_AGAIN=999 attach web --link 3
	changes "attach: to a guest of another toolstack" "link 0 of guest other (domain 6) to domain 0" \
		attach other
	ktap_check "attach: nothing is left there for libxl" "$log" absent '^/libxl/6'

	declines 3 "a link that is there" "link 1 of guest web .domain 3. to domain 5 is there" \
		attach web --backend 5
	declines 3 "a number that is taken" "link 7 .* is there already" attach web --link 7
	declines 1 "a guest that there is not, by name" 'no domain none: xl list' attach none
	declines 1 "a guest that there is not, by number" 'no domain of the number 4' attach 4
	declines 1 "a number that only has nodes" 'no domain of the number 9' attach 9
	declines 1 "a backend that there is not, by name" 'no domain none' attach web --backend none
	declines 1 "a backend that there is not yet" "start the backend's domain first" \
		attach web --backend 9
	declines 2 "a guest that is its own backend" 'its own backend' attach web --backend web
	declines 2 "no guest" 'required: GUEST' attach
	declines 2 "a reserved number" 'not a domain id' attach 32752
	declines 2 "a path for a name" "'a/b' is not the name" attach a/b
	declines 2 "link 65536" 'not the number of a link' attach web --link 65536
	declines 1 "no xenstore" 'there is no xenstore here.*No such file' FAKE_OPEN=2 attach web
	declines 1 "xenstored does not run" 'no xenstore here.*refused' FAKE_OPEN=111 attach web
	declines 1 "a user who may not open it" 'cannot open it: not permitted' FAKE_OPEN=13 attach web
	declines 1 "a domain that may not write" 'not permitted: this is for root, in the domain' \
		FAKE_DENY=13 attach other --link 5
	declines 1 "a quota" 'quota of the domain' FAKE_DENY=28 attach other --link 5
	declines 1 "a quota that ends in the middle of a link" 'quota of the domain' \
		FAKE_DENY=28 FAKE_WRITES=9 attach web --link 5

	declines 2 "detach without saying which of several" \
		'which one\? .* 0 .domain 0., 1 .domain 5., 2 .domain 0., 7 .domain 5.: say --link' \
		detach web
	declines 2 "the same, of one backend" 'which one' detach web --backend storage
	declines 3 "detach of what is not attached" 'no such link; it has: 0 .domain 0., 1' \
		detach web --link 4
	declines 3 "detach of a guest without links" 'no such link; it has: none' detach storage
	declines 1 "detach of a domain that there is not" 'no domain of the number 4' detach 4
	declines 1 "detach by a domain that may not" 'not permitted' FAKE_DENY=13 detach other
	changes "detach: no driver has the link: at once" \
		"link 7 of $web to domain 5 is removed" detach web --link 7 --timeout 0
	changes "detach: by its backend" "link 1 of $web to domain 5 is removed" \
		detach web --backend 5
	changes "detach: one of two" "link 2 of $web to domain 0 is removed" detach web --link 2
	ktap_check "detach: the other is there" "$log" present '/domain/3/device/virtio/0/state'
	changes "detach: the last" "link 0 of $web to domain 0 is removed" detach web
	changes "detach: of another toolstack's guest" \
		"link 0 of guest other (domain 6) to domain 0 is removed" detach other
	ktap_check "detach: nothing is left of any of them" "$log" absent '/virtio'

	domains
	with_xenstore attach web --backend 5
	sed -i 's|^\(/local/domain/3/device/virtio/0/backend-id	[^	]*\)	.*|\1	6|' "$tree"
	changes "detach: of a guest that names another backend than its own" \
		"link 0 of $web to domain 6 is removed" detach web
	ktap_check "detach: its own is left with nothing" "$log" absent '/virtio/(3/)?0'
	with_xenstore attach web --backend 5
	connect 0
	guest_stays()
	{
		local rc=0

		with_xenstore detach web --timeout 0 || rc=$?
		[ "$rc" = 4 ] && grep -q 'does not let go of it within 0 s (its state is Connected)' "$log"
	}
	ktap_check "refused: detach of what the guest keeps; it is told how to go on" "$log" guest_stays
	ktap_check "detach: the driver was asked, the nodes are there" "$log" closing
	changes "detach --force: they are removed" "link 0 of $web to domain 5 is removed" \
		detach web --force
	ktap_check "detach --force: all" "$log" absent '/virtio/(3/)?0'
	changes "detach: what a domain left that is gone" \
		"domain 2 is gone: what was left of its links is removed" detach 2
	ktap_check "detach: all of it" "$log" absent '/backend/virtio'

	no_library()
	{
		local rc=0 lib

		mkdir "$work/none"
		for lib in libxenstore.so.4 libxenstore.so.3.0; do
			echo "no library" >"$work/none/$lib"
		done
		with_xenstore "LD_LIBRARY_PATH=$work/none" attach web || rc=$?
		[ "$rc" = 1 ] && grep -q 'apt-get install libxenstore4' "$log"
	}
	ktap_check "refused: no libxenstore, with the package's name" "$log" no_library
}
