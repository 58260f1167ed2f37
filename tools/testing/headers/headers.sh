#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# headers.sh: `make modules` against the linux-headers packages of Debian 12,
# Debian 13 and sid, for x86-64 and arm64, each with the compiler that its kernel
# was made with; W=1, and no warning in a file of ours. Results in
# build/ktap/headers.ktap.
# shellcheck disable=SC2317 # functions that ktap_check calls
. "$(dirname "$0")/../xen/host/common.sh"
. "$TOP_DIR/tools/testing/ktap.sh"

wanted="xen-argo-core xen-argo xen-argo-dev virtio_argo_core virtio_argo"

headers()
{
	set_arch "$2"
	kdir=$("$LAB_DIR/host/debian-headers.sh" "$1")
	release=$(sed -n 's/^#define UTS_RELEASE "\(.*\)"$/\1/p' "$kdir/include/generated/utsrelease.h")
}

build()
{
	# What was compiled already would not be warned about again.
	rm -rf "$out"
	KMAKE="W=1${CROSS:+ ARCH=$LAB_ARCH CROSS_COMPILE=$CROSS}" \
		"$TOP_DIR/tools/modules.sh" "$kdir" "${out##*/}" >"$log" 2>&1 </dev/null
}

# Each module is there, for that kernel, and its needs are exported.
complete()
{
	local name

	for name in $wanted; do
		modinfo -F vermagic "$out/$name.ko" |
			grep -q "^$release " || echo "$name.ko: not there, or for another kernel"
	done >"$log.missing" 2>&1
	grep -E 'undefined!' "$log" >>"$log.missing"
	[ ! -s "$log.missing" ]
}

quiet()
{
	grep -q '^  CC \[M\] ' "$log" || return
	! grep -E "^[^ ]*(drivers|compat|include)/[^ ]*:[0-9]+(:[0-9]+)?: (warning|error)|^WARNING: modpost" \
		"$log" >"$log.ours"
}

ktap_start headers
"$LAB_DIR/host/deps.sh" build
mkdir -p "$BUILD_DIR/log"
for suite in bookworm trixie sid; do
	for arch in x86 arm64; do
		log=$BUILD_DIR/log/headers-$suite-$arch.log
		out=$BUILD_DIR/modules/headers-$suite-$arch
		headers "$suite" "$arch"
		say "building the modules for $release"
		ktap_check "Debian $suite, $release: the modules build" "$log" build
		ktap_check "Debian $suite, $release: all of them, and nothing is missing" \
			"$log.missing" complete
		ktap_check "Debian $suite, $release: W=1: no warning in a file of ours" \
			"$log.ours" quiet
	done
done
ktap_finish
