# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# What a disk must stand, on Arm: as in the scenario disk, with a dom0less guest
# whose device tree has both links, the second with a ring of 16 KB.
# shellcheck shell=bash disable=SC2034

BASE=disk
ARCH=arm64
DOM0LESS=disk
DOM0LESS_MEMORY=512
# A second CPU that is possible makes a second queue. One that ran made the guest
# stand still in two runs of four: also a process in it that only slept did not
# wake, and no CPU of the machine was busy.
DOM0LESS_CPUS=2
GUEST_CMDLINE=maxcpus=1

LINKS="--backend 0 --backend 0 --port 0x56410001 --ring-size 16K"
DISK_GUEST=()
FIRST_LINK=passthrough:virtio-argo-0
SECOND_LINK=passthrough:virtio-argo-1

find_links()
{
	local links=/sys/bus/platform/devices/${FIRST_LINK%0}

	check "the guest has no xenstore" sh -c '! xenstore-ls / >/dev/null 2>&1'
	check "its device tree has two links" test -e "${links}0" -a -e "${links}1" || return
	check "the module loads by the node's modalias" \
		modprobe "$(cat "${links}0/modalias")" || return
	check "its driver has taken both links" test -e "${links}0/driver" -a -e "${links}1/driver"
}
