# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# virtio-argo attach and detach: a link that is attached to a paused guest is found
# at its boot, one that is attached to a running guest at once; detach takes the link
# away while another is under verified load, waits for a guest that does not answer,
# and leaves neither ring nor node; attached again, the disk is there again. What
# cannot be is refused in words. xl destroys a guest with attached links, and no node
# is left.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo argo-dev bridge fio"
TIMEOUT=900

# --- dom0 ---------------------------------------------------------------------

SAID=/run/lab/said

# says TEXT ARGS...: virtio-argo succeeds, and says that
says()
{
	local text=$1
	shift
	virtio-argo "$@" >$SAID 2>&1 && [ "$(cat $SAID)" = "$text" ] && return
	say "$(head -n 1 $SAID)"
	return 1
}

# refuses STATUS PATTERN COMMAND...: it ends so, with one line that matches
refuses()
{
	local status=$1 pattern=$2 rc=0
	shift 2
	"$@" >$SAID 2>&1 || rc=$?
	[ $rc = "$status" ] && [ "$(wc -l <$SAID)" = 1 ] &&
		grep -qE "^virtio-argo: .*$pattern" $SAID && return
	say "status $rc: $(head -n 1 $SAID)"
	return 1
}

link()
{
	echo "link $1 of guest attach (domain $(guest_id attach)) to domain 0"
}

# Before it runs.
attach_paused()
{
	check "attach to a paused guest" says "$(link 0)" attach attach
}

# Nodes of the guest's links, of the kind "virtio" and its own
nodes()
{
	local id
	id=$(guest_id attach)

	xenstore-ls -f 2>/dev/null |
		grep -E "^(/local/domain/$id/device/virtio|/libxl/$id/device/virtio|/local/domain/0/backend/virtio/$id)(/| )"
}

# Owner and readers of both halves, as xenstore has them
permissions()
{
	local id
	id=$(guest_id attach)

	xenstore-ls -fp 2>/dev/null >/run/lab/nodes
	[ "$(grep -c "^/local/domain/$id/device/virtio/1.*(n$id,r0)" /run/lab/nodes)" = 4 ] &&
		[ "$(grep -c "^/local/domain/0/backend/virtio/$id/1.*(n0,r$id)" /run/lab/nodes)" = 10 ]
}

no_nodes()
{
	! nodes
}

no_link()
{
	! nodes | grep -E "/(device|backend/virtio/$(guest_id attach))(/virtio)?/$1(/| )"
}

xl_knows_virtio()
{
	[ "$(printf '%s\n' 4.18 "$(xl info xen_version)" | sort -V | head -n 1)" = 4.18 ]
}

what_is_wrong()
{
	local id
	id=$(guest_id attach)

	check "refused: what is attached already" refuses 3 'link 0 .* is there already' \
		virtio-argo attach attach
	check "refused: a link that is there" refuses 3 'link 1 .* is there already' \
		virtio-argo attach "$id" --link 1
	check "refused: a name that no domain has" refuses 1 'there is no domain none' \
		virtio-argo attach none
	check "refused: a number that no domain has" refuses 1 'there is no domain of the number 99' \
		virtio-argo attach 99
	check "refused: a backend that is not there" refuses 1 "start the backend's domain first" \
		virtio-argo attach attach --backend 99
	check "refused: a name for a backend that no domain has" refuses 1 'there is no domain none' \
		virtio-argo attach attach --backend none
	check "refused: a user who may not" refuses 1 'not permitted: this is for root' \
		setpriv --reuid 65534 --regid 65534 --clear-groups virtio-argo attach attach
	check "refused: without xenstore" refuses 1 'there is no xenstore here' \
		env XENSTORED_PATH=/none/socket virtio-argo attach attach
	check "refused: detach of what is not attached" refuses 3 'no such link; it has: 0' \
		virtio-argo detach attach --link 5
	check "refused: detach without saying which" refuses 2 'which one' \
		virtio-argo detach attach
}

dom0_main()
{
	local id

	. /lab/dom0/disk.sh
	check "dom0's modules load" load_argo || return
	check "Xen has all rings to give" no_ring_lost
	start_storage first 32 && start_storage second 48 || return
	start_guest attach mem=320 end=no before=attach_paused || return
	id=$(guest_id attach)
	start_bridge attach first
	daemon second virtio-argo-bridge --guest "$id" --link 1 --device "$(disk_option second)"
	check "the guest finds it at its boot" wait_mark attach running 120 || return

	check "attach to a running guest" says "$(link 1)" attach attach --link 1
	check "owners and readers are as xl makes them" permissions
	check "the guest finds it at once" wait_mark attach second 60 || return
	what_is_wrong
	check "detach" says "$(link 1) is removed" detach attach --link 1
	check "no node is left of it" no_link 1
	tell attach detached
	check "the guest has lost it, and no ring" wait_mark attach lost 60 || return

	check "attach again, to the lowest free number" says "$(link 1)" attach attach --link 1
	check "the guest has it again" wait_mark attach again 60 || return
	xl pause attach
	check "detach from a guest that does not run: says so" \
		refuses 4 'does not let go of it within 2 s .its state is Connected' \
		virtio-argo detach attach --link 1 --timeout 2
	xl unpause attach
	check "detach once more when it runs" says "$(link 1) is removed" detach attach --link 1

	check "attach again" says "$(link 1)" attach attach --link 1
	tell attach attached
	check "the guest has it again" wait_mark attach third 60 || return
	check "detach --force" says "$(link 1) is removed" detach attach --link 1 --force
	check "no node is left of it" no_link 1
	tell attach forced
	check "the guest has lost it" wait_mark attach forced 60 || return
	check "detach of a disk under load" says "$(link 0) is removed" detach attach
	check "no node is left" no_nodes
	tell attach last
	check "the guest has no link and no ring" wait_mark attach none 120 || return

	check "attach both once more" says "$(link 0)" attach attach
	check "and" says "$(link 1)" attach attach --link 1
	tell attach both
	check "the guest has both" wait_mark attach both 60 || return
	kill_guest attach
	check "xl destroys it" wait_gone attach 60
	xl_knows_virtio ||
		check "xl before 4.18 leaves a half, which detach removes" says \
			"domain $id is gone: what was left of its links is removed" detach "$id"
	check "no node is left" no_nodes
	check "refused: detach of a guest that is gone" \
		refuses 1 "there is no domain of the number $id" virtio-argo detach "$id"
	check "the first bridge ends on SIGTERM with status 0" stop_daemon bridge
	check "the second too" stop_daemon second
	stop_daemon storage-first
	stop_daemon storage-second
	check "no ring is left" test "$(ring_count)" = 0
	check "Xen has all rings to give" no_ring_lost
	check "dom0's modules unload" unload_argo
}

# --- guest --------------------------------------------------------------------

# disk_of MB: the disk of that size
disk_of()
{
	local disk

	for disk in /sys/block/vd*; do
		[ "$(cat "$disk/size" 2>/dev/null)" != $(($1 * 2048)) ] || echo "/dev/${disk##*/}"
	done
}

there()
{
	[ -b "$(disk_of "$1")" ]
}

gone()
{
	[ -z "$(disk_of "$1")" ]
}

rings()
{
	[ "$(wc -l </sys/kernel/debug/xen-argo/rings)" = "$1" ]
}

read_second()
{
	dd if="$(disk_of 48)" of=/dev/null bs=1M count=8 iflag=direct
}

load_failed()
{
	! stop_load "$1"
}

guest_attach()
{
	check "modules load" load_argo || return
	check "the disk appears" wait_for 90 there 32 || return
	start_load first "$(disk_of 32)"
	check "and has load" load_goes_on first
	mark running

	check "the second appears" wait_for 60 there 48 || return
	check "it can be read" read_second
	check "there are two rings" rings 2
	mark second
	wait_told detached 200
	check "it is gone" gone 48
	check "its ring, too" rings 1
	mark lost

	check "it appears again" wait_for 60 there 48
	check "it can be read" read_second
	mark again
	wait_told attached 200
	check "it appears again" wait_for 60 there 48
	check "it can be read" read_second
	mark third
	wait_told forced 100
	check "it is gone" wait_for 30 gone 48
	check "its ring, too" wait_for 30 rings 1
	check "the first goes on" load_goes_on first
	check "and saw no error in all this" load_runs first
	mark forced

	wait_told last 100
	check "the first is gone under its load" gone 32
	check "which has failed" load_failed first
	check "no ring is left" rings 0
	check "Xen has all rings to give" no_ring_lost
	mark none
	wait_told both 100
	check "both appear again" wait_for 60 there 32
	check "and can be read" wait_for 60 there 48
	check "the second" read_second
	mark both
	wait_told never 300
}
