#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# build-fio.sh: builds fio from the Debian source package as one static program
# and answers with its directory. The packaged one needs the libraries of three
# network file systems, 50 MB that every guest would have to unpack.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/apt.sh"

# Raise it when this script builds something else from the same input.
recipe=1

build()
{
	local dir=$1 tmp=$1/tmp

	apt_source "$tmp" fio
	apt_unpack "$tmp" "$tmp/src"
	(cd "$tmp/src" && ./configure --build-static --disable-native --disable-rados \
		--disable-rbd --disable-http --disable-gfapi --disable-libnfs \
		--disable-numa --disable-rdma --disable-pmem --disable-tls) \
		>"$tmp/configure.log" 2>&1 </dev/null ||
		die "fio's configure failed: $(tail -n 3 "$tmp/configure.log")"
	watch "building fio $version" 330 "$BUILD_DIR/log/fio.log" \
		make -C "$tmp/src" -j"$JOBS" fio
	strip -o "$dir/fio" "$tmp/src/fio"
	rm -rf "$tmp"
}

apt_setup
version=$(apt_version fio) || die "no fio in this Debian"
out=$CACHE_DIR/fio-$(key "$version" "recipe $recipe" "$(gcc -dumpfullversion)")
cached "$out" build
printf '%s\n' "$out"
