#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# kunit.sh [--kernel FLAVOUR]: the KUnit suites on the lab's kernel under plain
# QEMU, without Xen; FLAVOUR is debug (KASAN, lockdep, kmemleak) if not said.
# Results in build/ktap/kunit.ktap, the console in build/kunit/console.
#
# LAB_KDIR, as in run.sh: the build directory of a kernel of one's own.
. "$(dirname "$0")/../xen/host/common.sh"
. "$TOP_DIR/tools/testing/ktap.sh"

flavour=debug
[ "${1:-}" != --kernel ] || flavour=$2
here=$TOP_DIR/tools/testing/kunit
work=$BUILD_DIR/kunit
console=$work/console
timeout=900

"$LAB_DIR/host/deps.sh" lab build
linux=${LAB_KDIR:-}
[ -n "$linux" ] || linux=$("$LAB_DIR/host/build-linux.sh" "$flavour")

rm -rf "$work"
mkdir -p "$work/root/dev"
say "building the modules (kernel flavour $flavour)"
"${MAKE:-make}" -s -C "$TOP_DIR" modules KDIR="$linux" >"$work/modules.out" 2>&1 ||
	{ tail -n 20 "$work/modules.out" >&2; die "make modules failed"; }
built=$("$TOP_DIR/tools/modules.sh" --where "$linux")

# In this order. 19 is ENODEV: without Xen the live instance must not load.
modules="xen-argo-core:0 xen-argo:19 xen-argo-fake:0 xen-argo-test:0"
for m in "$built"/virtio*test*.ko; do
	[ ! -e "$m" ] || tests="${tests:-} $(basename "$m" .ko)"
done
for m in ${tests:-}; do
	# What the transport's tests link to comes before them.
	for dep in $(modinfo -F depends "$built/$m.ko" | tr , ' '); do
		file=$(basename "$(find "$built" -maxdepth 1 -name "${dep//_/[-_]}.ko")" .ko)
		case " $modules " in
		*" ${file:-none}:"*) ;;
		*) [ -z "$file" ] || modules="$modules $file:0" ;;
		esac
	done
	modules="$modules $m:0"
done
for m in $modules; do
	cp "$built/${m%:*}.ko" "$work/root/"
	echo "${m%:*}.ko ${m#*:}" >>"$work/root/modules"
done
gcc -std=gnu11 -Wall -Wextra -Werror -O1 -static -o "$work/root/init" "$here/init.c"
(cd "$work/root" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) >"$work/initramfs"

say "booting QEMU (TCG) with the suites"
qemu=(qemu-system-x86_64 -M q35 -accel "tcg,thread=multi" -smp 2 -m 1024 -cpu max
	-nodefaults -display none -no-reboot -serial "file:$console"
	-kernel "$linux/arch/x86/boot/bzImage" -initrd "$work/initramfs"
	-append "console=ttyS0 panic=1 kunit.enable=1 printk.time=0 ignore_loglevel loglevel=8")
timeout "$timeout" "${qemu[@]}" </dev/null || true

ktap_start kunit
# shellcheck disable=SC2034 # read through process substitution
while IFS=$'\t' read -r verdict what why; do
	case $verdict in
	ok) ktap_ok "$what" ;;
	skip) ktap_skip "$why" "$what" ;;
	diag) ktap_line "# $what" ;;
	*) ktap_not_ok "$what" ;;
	esac
done < <(python3 "$here/parse.py" "$console" "$(wc -l <"$work/root/modules")")
ktap_finish
