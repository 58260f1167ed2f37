#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# build-guest-fio.sh: fio for the guests, with its libraries, as an archive to
# put behind their initramfs; answers with its directory: fio.cpio. It is apart
# because the packaged fio needs the libraries of several network file systems,
# more than the rest of a guest, and few scenarios use it.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/apt.sh"

# Raise it when this script builds something else from the same input.
recipe=2

fetch()
{
	say "fetching fio and what it needs, for the guests"
	apt_debs "$1" base-files fio
}

build()
{
	local dir=$1 tmp=$1/tmp deb

	mkdir -p "$tmp/root" "$tmp/fio"
	for deb in "$dir.fetched"/base-files_*.deb "$dir.fetched"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -C "$tmp/root" -x --keep-directory-symlink --no-same-owner -p -f - \
				--exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
				--exclude='./usr/share/locale/*'
	done
	echo /usr/bin/fio | python3 "$LAB_DIR/host/guest-root.py" \
		"$tmp/root" "$tmp/fio" "$DEB_TRIPLET"
	# The initramfs has these as links to /usr already.
	mkdir -p "$tmp/fio/usr"
	for deb in lib lib64; do
		[ ! -d "$tmp/fio/$deb" ] || {
			mkdir -p "$tmp/fio/usr/$deb"
			cp -a "$tmp/fio/$deb/." "$tmp/fio/usr/$deb/"
			rm -rf "${tmp:?}/fio/$deb"
		}
	done
	(cd "$tmp/fio" && find . -mindepth 1 ! -path ./usr | LC_ALL=C sort |
		cpio --quiet -o -H newc -R 0:0) >"$dir/fio.cpio"
	rm -rf "$tmp"
}

apt_arch "$DEB_ARCH"
apt_setup
version=$(apt_version fio) || die "no fio in this Debian"
out=$CACHE_DIR/guest-fio-$ARCH_TAG$(key "$version" "recipe $recipe")
fetched "$out" fetch
fetched_all
cached "$out" build
printf '%s\n' "$out"
