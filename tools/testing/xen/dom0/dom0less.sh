# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# What of lib.sh is different for guests that Xen made itself at boot (DOM0LESS):
# they run already, no toolstack knows them, and there is no xenstore between
# them and dom0. Marks come through Xen's console, where the guests' lines are;
# nothing can be told to them, so their wait_told does not wait.
# shellcheck shell=bash

# start_guest NAME [key=value...]: the guest has come with the machine; its
# domain id is its place in DOM0LESS. What else an xl would want is passed over.
start_guest()
{
	local name=$1 n=0 other end=yes

	case " $* " in
	*" end=no "*) end=no ;;
	esac
	for other in $LAB_DOM0LESS; do
		n=$((n + 1))
		[ "$other" != "$name" ] || echo $n >"/run/lab/$name.id"
	done
	[ -e "/run/lab/$name.id" ] || {
		not_ok "start_guest: Xen has made no guest $name"
		return 1
	}
	[ "$end" = no ] || event dom0 "lab: expect $name"
	say "guest $name is domain $(guest_id "$name")"
}

# Each turn of waiting starts an xl, on the CPU that the bridge wants too.
TURN=2

# The state of a guest as xl prints it, empty when there is no such domain.
guest_state()
{
	xl list 2>/dev/null | awk -v id="$(guest_id "$1")" '$2 == id { print $5 }'
}

# Xen leaves a domain that has shut down to the toolstack.
guest_gone()
{
	case $(guest_state "$1") in
	'') return 0 ;;
	???s*) xl destroy "$(guest_id "$1")" >"/run/lab/$1.destroyed" 2>&1 ;;
	esac
	return 1
}

wait_gone()
{
	wait_every $TURN "$2" guest_gone "$1"
}

kill_guest()
{
	xl destroy "$(guest_id "$1")"
}

leftover_guests()
{
	local name

	for name in $LAB_DOM0LESS; do
		[ -e "/run/lab/$name.id" ] && guest_gone "$name" && continue
		event dom0 "lab: # guest $name is still there"
	done
}

marked()
{
	xl dmesg | grep -q "DOM$(guest_id "$1"): .*lab: mark $2[[:space:]]*$"
}

wait_mark()
{
	wait_every $TURN "$3" marked "$1" "$2"
}

tell()
{
	:
}
