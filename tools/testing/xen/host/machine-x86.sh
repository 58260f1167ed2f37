# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The x86 machine of host/run.sh, which sources this: QEMU's q35, Xen by
# multiboot, guests made by xl. What a machine tells run.sh:
#
#   machine_device blk|serial   QEMU's name of that virtio device for dom0
#   machine_disk_order N        the order in which QEMU is to be told of N disks
#                               so that Linux counts them from 0 on
#   machine_image KDIR          what Xen and libxl boot of a kernel
#   machine_dom0_linux KDIR     dom0's kernel, if the guests have KDIR
#   machine_qemu                adds to the array qemu, from xen_cmdline,
#                               dom0_cmdline and what run.sh has built
# shellcheck shell=bash disable=SC2154

[ -z "$DOM0LESS" ] || die "DOM0LESS: only Arm has guests that Xen makes itself"

machine_device()
{
	echo "virtio-$1-pci"
}

machine_disk_order()
{
	seq 0 $(($1 - 1))
}

machine_image()
{
	local image=$1/lab-vmlinux

	[ -e "$image" ] || image=$1/vmlinux
	echo "$image"
}

# Linux cannot run KASAN as a PV domain: nobody sets up the shadow memory before
# xen_start_kernel() uses it. So with the debug kernel dom0 keeps the fast one,
# and the guests, which are PVH, are what is looked at.
machine_dom0_linux()
{
	[ "$KERNEL" != debug ] || DOM0_KERNEL=fast
	if [ -n "$DOM0_KERNEL" ]; then
		"$LAB_DIR/host/build-linux.sh" "$DOM0_KERNEL"
	else
		echo "$1"
	fi
}

machine_qemu()
{
	local initrd

	initrd="$(machine_image "$dom0_linux") ${dom0_cmdline//,/,,}"
	# A kernel of modules, see stock-linux.sh
	[ ! -e "$dom0_linux/lab-initramfs" ] || initrd+=,$dom0_linux/lab-initramfs
	[ -z "$policy" ] || initrd+=,$policy
	# Each missing CPU flag has its reason, see README: TCG's SVM lacks what Xen
	# expects of RDTSCP and XSAVE in guests, SMAP and MWAIT fail in dom0 and Xen.
	# LAB_QEMU, LAB_CPU: another program and other flags, see scenarios/emulator.sh.
	qemu+=("${LAB_QEMU:-qemu-system-x86_64}" -M q35
		-cpu "${LAB_CPU:-EPYC,-smap,-smep,-monitor,-rdtscp,-xsave}"
		-kernel "$xen/xen"
		-append "console=com1 com1=115200,8n1 cpuidle=0 $xen_cmdline $XEN_CMDLINE"
		-initrd "$initrd")
}
