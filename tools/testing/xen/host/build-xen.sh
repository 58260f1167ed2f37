#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# build-xen.sh [argo|noargo]: builds the hypervisor from the Debian source
# package with hypervisor/<flavour>.config and answers with the directory that
# holds it: xen (what QEMU's -kernel takes), xen-syms, config, policy.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/apt.sh"

# Raise it when this script builds something else from the same input.
recipe=1
flavour=${1:-argo}
fragments=("$LAB_DIR/hypervisor/base.config" "$LAB_DIR/hypervisor/$flavour.config")
[ -r "${fragments[1]}" ] || die "no hypervisor flavour '$flavour' (hypervisor/*.config)"

build()
{
	local dir=$1 tmp=$1/tmp src=$1/tmp/src opt

	apt_source "$tmp" xen
	apt_unpack "$tmp" "$src"
	cat "$src/debian/xen-kconfig" "${fragments[@]}" >"$src/xen/.config"
	make -s -C "$src/xen" olddefconfig >"$tmp/config.log" 2>&1 </dev/null ||
		die "Xen's configuration failed: $(tail -n 3 "$tmp/config.log")"
	while read -r opt; do
		case $opt in
		*=n) ! grep -q "^${opt%=n}=" "$src/xen/.config" ;;
		*) grep -qx "$opt" "$src/xen/.config" ;;
		esac || die "Xen's configuration refused $opt"
	done < <(options)
	watch "building Xen $version ($flavour)" 717 "$BUILD_DIR/log/xen-$flavour.log" \
		make -C "$src/xen" -j"$JOBS"
	cp "$src/xen/xen" "$src/xen/xen-syms" "$dir/"
	cp "$src/xen/.config" "$dir/config"
	rm -rf "$tmp"
}

options()
{
	grep -h ^CONFIG_ "${fragments[@]}"
}

apt_setup
version=$(apt_version libxen-dev) || die "no Xen in this Debian"
out=$CACHE_DIR/xen-$flavour-$(key "$version" "$(options | sha256sum)" "recipe $recipe" \
	"$(gcc -dumpfullversion)")
cached "$out" build
printf '%s\n' "$out"
