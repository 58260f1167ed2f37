#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# build-sysroot.sh: with LAB_ARCH=arm64, headers and libraries of the machine in
# QEMU, to cross-build the tools against; answers with the directory. They come
# from the same Debian as dom0's root, unpacked, so that nothing foreign is
# installed here.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/apt.sh"

# Raise it when this script builds something else from the same input.
recipe=1
packages=(base-files libc6-dev libsystemd-dev libjson-c-dev)

fetch()
{
	say "fetching ${packages[*]:1} for $DEB_ARCH"
	apt_debs "$1" "${packages[@]}"
}

build()
{
	local dir=$1 deb

	for deb in "$dir.fetched"/base-files_*.deb "$dir.fetched"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -C "$dir" -x --keep-directory-symlink --no-same-owner -f - \
				--exclude='./usr/share/*' --exclude='./etc/*' --exclude='./var/*'
	done
}

apt_arch "$DEB_ARCH"
apt_setup
out=$CACHE_DIR/sysroot-$ARCH_TAG$(key "$(apt_versions "${packages[@]}")" "recipe $recipe")
fetched "$out" fetch
fetched_all
cached "$out" build
printf '%s\n' "$out"
