#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# build-tools.sh: the library and the programs on it, for the machine in QEMU;
# answers with the directory. What make tools does, or the same cross-built.
. "$(dirname "$0")/common.sh"

out=$BUILD_DIR/tools
log=$BUILD_DIR/log/tools-$LAB_ARCH.log
make=("${MAKE:-make}" -s -C "$TOP_DIR" tools)
if [ "$LAB_ARCH" = x86 ]; then
	"$LAB_DIR/host/deps.sh" tools
else
	sysroot=$("$LAB_DIR/host/build-sysroot.sh")
	out+=-$LAB_ARCH
	export PKG_CONFIG_LIBDIR=$sysroot/usr/lib/$DEB_TRIPLET/pkgconfig
	export PKG_CONFIG_SYSROOT_DIR=$sysroot
	make=("${MAKE:-make}" -s -C "$TOP_DIR/tools/virtio-argo" O="$out"
		CC="${CROSS}gcc --sysroot=$sysroot" AR="${CROSS}ar")
fi
say "building the tools"
mkdir -p "${log%/*}"
"${make[@]}" >"$log" 2>&1 || { tail -n 20 "$log" >&2; die "make tools failed"; }
printf '%s\n' "$out"
