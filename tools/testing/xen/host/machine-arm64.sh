# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The Arm machine of host/run.sh: QEMU's virt with a GICv3. It offers what
# machine-x86.sh names. Xen is what QEMU boots; it takes dom0 and the guests that
# it makes itself (DOM0LESS) from /chosen of the machine's device tree, which is
# QEMU's own with that added, and their kernels and ramdisks from memory, where
# QEMU's loader puts them. A dom0less guest has no xenstore; its console is an
# emulated UART whose lines Xen prints on its own console as "DOM<id>: ...".
#
# More that a scenario may set here, for all these guests:
#   DOM0LESS_MEMORY=384 DOM0LESS_CPUS=1
#   LINKS="--backend 0"         their links, as virtio-argo dt takes them
# shellcheck shell=bash disable=SC2153,SC2154

[ "$shell" = 0 ] || die "no shell on Arm: a dom0less guest's console is for output"
[ -z "$POLICY" ] || die "POLICY: not on Arm so far"
DOM0LESS_MEMORY=${DOM0LESS_MEMORY:-384}
DOM0LESS_CPUS=${DOM0LESS_CPUS:-1}
LINKS=${LINKS:---backend 0}
[ "$KERNEL" != debug ] || DOM0LESS_MEMORY=$((DOM0LESS_MEMORY + 256))

machine_device()
{
	echo "virtio-$1-device"
}

# The last virtio-mmio device is the first that Linux finds.
machine_disk_order()
{
	seq $(($1 - 1)) -1 0
}

machine_image()
{
	local image=$1/lab-vmlinux

	[ -e "$image" ] || image=$1/arch/arm64/boot/Image
	echo "$image"
}

machine_dom0_linux()
{
	echo "$1"
}

# load FILE: puts FILE into the machine's memory and sets reg to its place, as
# a device tree says it. Clear of Xen at the start of the memory and of QEMU's
# device tree 128 MB behind it.
next_address=$((0x50000000))
load()
{
	local size

	size=$(stat -L -c %s "$1")
	qemu+=(-device "loader,file=$1,addr=$next_address,force-raw=on")
	reg=$(printf '<0x0 0x%x 0x0 0x%x>' "$next_address" "$size")
	next_address=$(((next_address + size + 0x1fffff) & ~0x1fffff))
}

# module KIND REG [PROPERTIES]: a node for Xen.
module()
{
	local address=${2#<0x0 0x}

	cat <<-DTS
	module@${address%% *} {
		compatible = "multiboot,$1", "multiboot,module";
		reg = $2;
		${3:-}
	};
	DTS
}

# chosen: what /chosen says to Xen. The guests share all that is loaded.
chosen()
{
	local name n=0 kernel ramdisk links reg

	load "$(machine_image "$dom0_linux")"
	module kernel "$reg" "bootargs = \"$dom0_cmdline\";"
	[ -n "$DOM0LESS" ] || return 0
	load "$run/guest/kernel"
	kernel=$reg
	load "$run/guest/initramfs"
	ramdisk=$reg
	# shellcheck disable=SC2086 # several words
	python3 "$TOP_DIR/tools/virtio-argo/cli/virtio-argo.py" dt $LINKS -o "$run/guest/links.dtb"
	load "$run/guest/links.dtb"
	links=$reg
	for name in $DOM0LESS; do
		n=$((n + 1))
		cat <<-DTS
		domU$n {
			compatible = "xen,domain";
			#address-cells = <2>;
			#size-cells = <2>;
			memory = <0x0 $((DOM0LESS_MEMORY * 1024))>;
			cpus = <$DOM0LESS_CPUS>;
			vpl011;
			xen,enhanced = "no-xenstore";
		DTS
		module kernel "$kernel" "bootargs = \"console=ttyAMA0 panic=1 printk.devkmsg=on kunit.enable=1 lab.guest=$name $GUEST_CMDLINE\";"
		module ramdisk "$ramdisk"
		module device-tree "$links"
		echo "};"
	done
}

machine_qemu()
{
	local machine=(qemu-system-aarch64 -M "virt,virtualization=on,gic-version=3"
		-cpu cortex-a57)

	[ -z "$DOM0LESS" ] || monitor+=(--dom0less "${DOM0LESS// /,}")
	# The tree describes the CPUs and the memory too.
	"${machine[@]}" -M "dumpdtb=$run/qemu.dtb" -smp "$CPUS" -m "$MEMORY" \
		-nodefaults -display none >"$run/dumpdtb.log" 2>&1 ||
		die "QEMU gives no device tree: $(cat "$run/dumpdtb.log")"
	qemu+=("${machine[@]}" -global virtio-mmio.force-legacy=false
		-kernel "$xen/xen")
	# Not in a subshell: load adds to qemu.
	chosen >"$run/chosen.dts"
	{
		dtc -q -I dtb -O dts "$run/qemu.dtb"
		printf '/ {\nchosen {\n#address-cells = <2>;\n#size-cells = <2>;\n'
		printf 'xen,xen-bootargs = "%s";\n' \
			"console=dtuart dtuart=/pl011@9000000 conring_size=1m bootscrub=0 $xen_cmdline $XEN_CMDLINE"
		cat "$run/chosen.dts"
		printf '};\n};\n'
	} | dtc -q -I dts -O dtb -o "$run/machine.dtb" || die "the device tree is wrong, see $run/chosen.dts"
	qemu+=(-dtb "$run/machine.dtb")
}
