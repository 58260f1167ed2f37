# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The scenario disk in a PVH guest that finds both links in ACPI: an SSDT in its
# initrd. xl and xenstore know of no link. The module is loaded by the modalias of
# the ACPI device, as udev does it.
# shellcheck shell=bash disable=SC2034

BASE=disk
DISK_GUEST=(acpi=links)
FIRST_LINK=PRP0001:00
SECOND_LINK=PRP0001:01

host_prepare()
{
	"$TOP_DIR/tools/virtio-argo/cli/virtio-argo.py" acpi --backend 0 \
		--backend 0 --port 0x56410001 --ring-size 16320 | add_ssdt links
}

find_links()
{
	local link=/sys/bus/platform/devices/PRP0001:00

	check "ACPI has two links" test -e $link -a -e ${link%0}1 || return
	check "xl wrote none" sh -c '! xenstore-read device/virtio/0/backend-id' || return
	check "the module loads by the device's modalias" modprobe "$(cat $link/modalias)" || return
	check "its driver has taken both links" test -e $link/driver -a -e ${link%0}1/driver
}
