# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Sourced by scenarios that serve disks the plain way: one qemu-storage-daemon for
# each, one bridge for a guest.
#
#   start_storage NAME [MB]    exports $DISKS/NAME.img, made if it is not there,
#                              at $DISKS/NAME.sock; the daemon is storage-NAME.
#                              QUEUES: of the disk, 1 if not said
#   disk_option NAME           what --device takes for it
#   start_bridge GUEST NAME... the daemon "bridge" serves these disks to the guest;
#                              BRIDGE_OPTIONS: more options; LINK: the link's number,
#                              and then the daemon is "bridge$LINK"
#   bridge_gone                it has ended because its guest had, as --exit-with-guest
#                              wants it
#   replay IMAGE               e2fsck as at boot: it must find a journal to replay, and
#                              nothing that only a human can decide
#   recorded GUEST             how many records it has synced at least, see guest/lib.sh
#   ring_count                 this domain's rings, by xen-argo
# shellcheck shell=bash

DISKS=/run/lab/disks

start_storage()
{
	local name=$1

	mkdir -p $DISKS
	[ -e "$DISKS/$name.img" ] || truncate -s "${2:-64}M" "$DISKS/$name.img"
	rm -f "$DISKS/$name.sock"
	daemon "storage-$name" qemu-storage-daemon \
		--blockdev "driver=file,node-name=disk,filename=$DISKS/$name.img" \
		--export "type=vhost-user-blk,id=disk,node-name=disk,writable=on,num-queues=${QUEUES:-1},addr.type=unix,addr.path=$DISKS/$name.sock"
	wait_for 30 test -S "$DISKS/$name.sock"
}

disk_option()
{
	echo "type=block,socket=$DISKS/$1.sock"
}

start_bridge()
{
	local guest=$1 name options=()
	shift

	for name; do
		options+=(--device "$(disk_option "$name")")
	done
	# shellcheck disable=SC2086 # several words
	daemon "bridge${LINK:-}" virtio-argo-bridge --guest "$(guest_id "$guest")" \
		--link "${LINK:-0}" "${options[@]}" ${BRIDGE_OPTIONS:-}
	wait_for 30 grep -q ready: "/run/lab/daemon/bridge${LINK:-}.log"
}

bridge_gone()
{
	daemon_status bridge 60
	[ $? = 5 ]
}

replay()
{
	e2fsck -fp "$1" >/run/lab/e2fsck.out 2>&1
	[ $? -le 1 ] && grep -q "recovering journal" /run/lab/e2fsck.out && return
	cat /run/lab/e2fsck.out
	return 1
}

recorded()
{
	xenstore-read "/local/domain/$(guest_id "$1")/data/lab/records"
}

ring_count()
{
	wc -l </sys/kernel/debug/xen-argo/rings
}
