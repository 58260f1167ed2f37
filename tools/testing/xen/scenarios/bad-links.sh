# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# ACPI tables of a PVH guest that describe impossible links beside a good one: each
# wrong one is named in one line, and the disk of the good one works.
# shellcheck shell=bash disable=SC2034,SC2154

NEEDS="argo argo-dev bridge fio"
TIMEOUT=300

# --- host ---------------------------------------------------------------------

# node COMPATIBLE [PROPERTY VALUE]...: the next device
node()
{
	printf 'Device (VL%02d) {\n Name (_HID, "PRP0001")\n Name (_UID, %d)\n' "$nodes" "$nodes"
	nodes=$((nodes + 1))
	printf ' Name (_DSD, Package () {\n  ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"),\n'
	printf '  Package () {\n   Package () { "compatible", "xen,virtio-argo" },\n'
	while [ $# -gt 0 ]; do
		printf '   Package () { "xen,%s", %s },\n' "$1" "$2"
		shift 2
	done
	printf '  }\n })\n}\n'
}

# The number of a node is that of its device PRP0001:<number>, in hexadecimal.
host_prepare()
{
	local nodes=0

	{
		echo 'DefinitionBlock ("", "SSDT", 2, "VARGO", "BADLINKS", 1) {'
		echo 'Scope (\_SB) {'
		node argo-port 0x56410001
		node backend-domid '"dom0"'
		node backend-domid 'Package () {}' argo-port 0x56410002
		node backend-domid 0x7ff4
		node backend-domid 0 argo-port 0
		node backend-domid 0 argo-port '"best"'
		node backend-domid 0 argo-port 0x56410006 ring-size 0
		node backend-domid 0 argo-port 0x56410007 ring-size 1
		node backend-domid 0 argo-port 0x56410008 ring-size 0x40000000
		node backend-domid 0 argo-port 0x56410009 ring-size 0x100000000
		# This guest is the first, domain 1.
		node backend-domid 1 argo-port 0x5641000a
		node backend-domid 0 argo-port 0x5641000b
		node backend-domid 0
		node backend-domid 0
		echo '}}'
	} | add_ssdt links
}

# --- dom0 ---------------------------------------------------------------------

SOCKET=/run/lab/disk.sock

dom0_main()
{
	truncate -s 32M /run/lab/image
	check "dom0's modules load" load_argo || return
	daemon storage qemu-storage-daemon \
		--blockdev "driver=file,node-name=disk,filename=/run/lab/image" \
		--export "type=vhost-user-blk,id=disk,node-name=disk,writable=on,num-queues=1,addr.type=unix,addr.path=$SOCKET"
	wait_for 30 test -S $SOCKET || return
	start_guest bad acpi=links || return
	check "the guest is domain 1, as its tables say" test "$(guest_id bad)" = 1
	daemon bridge virtio-argo-bridge --guest "$(guest_id bad)" \
		--device "type=block,socket=$SOCKET"
	check "the guest ends" wait_gone bad 120
	check "the bridge ends on SIGTERM with status 0" stop_daemon bridge
	stop_daemon storage
	check "dom0's modules unload" unload_argo
}

# --- guest --------------------------------------------------------------------

# named NODE WHAT PATTERN: the kernel says PATTERN about that node, in one line.
# A link that was made is known by its own name.
named()
{
	local about=$1 what=$2 pattern=$3

	dmesg | grep -F "$about: " | grep -v 'lab:' >/run/about
	[ "$(wc -l </run/about)" = 1 ] && grep -qF "$pattern" /run/about && {
		ok "one line names $what"
		return
	}
	not_ok "one line names $what"
	say "expected one line with: $pattern"
	while read -r pattern; do say "$pattern"; done </run/about
}

has_driver()
{
	test -e "/sys/bus/platform/devices/PRP0001:$1/driver"
}

guest_bad()
{
	local dev='virtio-argo PRP0001:' n server

	check "all nodes are devices" test -e /sys/bus/platform/devices/PRP0001:0d
	check "another program takes a port" modprobe xen-argo-dev || return
	/lab/files/argo-dev serve 0 $((0x5641000b)) >/run/server 2>&1 &
	server=$!
	check "of the guest's" wait_for 10 \
		grep -q "^port $((0x5641000b)) " /sys/kernel/debug/xen-argo/rings
	check "the module loads" load_argo || return
	check "the good link's disk appears" wait_for 60 test -b /dev/vda || return
	sleep 2

	named "${dev}00" "the property that is missing" "xen,backend-domid is missing"
	named "${dev}01" "the domain that is a string" "xen,backend-domid is not one 32-bit number"
	named "${dev}02" "the domain that is an empty list" "xen,backend-domid is not one 32-bit number"
	named "${dev}03" "the domain that cannot be" "32756 is not the id of a backend domain"
	named "${dev}04" "port 0" "0 is not a port"
	named "${dev}05" "the port that is a string" "xen,argo-port is not one 32-bit number"
	named "${dev}06" "a ring of 0" "a ring of 0 bytes is not possible"
	named "${dev}07" "a ring of 1" "a ring of 1 bytes is not possible"
	named "${dev}08" "a ring of 1 GB" "a ring of 1073741824 bytes is not possible"
	named "${dev}09" "a ring of 4 GB" "xen,ring-size is not one 32-bit number"
	named "virtio_argo: argo-1-5641000a" "the backend that is this domain" "is this domain itself"
	named "virtio_argo: argo-0-5641000b" "the port that is in use" "is in use by another program"
	named "${dev}0d" "the second node for one link" "another link has port 0x56410000 to domain 0 already"
	for n in 00 01 02 03 04 05 06 07 08 09 0b 0d; do
		has_driver $n && not_ok "node $n has no driver"
	done
	check "the good one has a driver" has_driver 0c
	check "there is one disk" test "$(find /sys/block -name 'vd*' | wc -l)" = 1
	check "it works: fio --verify" fio --name=verify --filename=/dev/vda --direct=1 \
		--rw=randwrite --bsrange=4k-256k --ioengine=libaio --iodepth=16 --size=16M \
		--verify=crc32c --verify_fatal=1 --output=/run/fio.log || cat /run/fio.log
	check "nothing more was said of the others" \
		test "$(dmesg | grep -c 'PRP0001:0.: ')" = 11
	kill $server
	wait
	leave_argo
}
