#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# stock-linux.sh 12|13|13-rt|sid: the kernel of that Debian release as the lab's: the
# package linux-image-amd64 as it is (rt: linux-image-rt-amd64, with PREEMPT_RT),
# nothing is built. Answers with a directory like build-linux.sh's, with lab-vmlinux
# as Debian's compressed image. Beyond that it has what such a kernel needs, because
# its drivers are modules:
#   lab-modules/     those that the lab uses, and what they need
#   lab-load         their names, in the order of loading
#   lab-initramfs    for dom0: loads them and goes on with the root on disk
kind=amd64
case ${1:-} in
12) suite=bookworm ;;
13) suite=trixie ;;
13-rt) suite=trixie kind=rt-amd64 ;;
sid) suite=sid ;;
*) echo "usage: stock-linux.sh 12|13|13-rt|sid" >&2; exit 2 ;;
esac
export LAB_SUITES=$suite LAB_PROBE=linux-image-amd64
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/apt.sh"

# Raise it when this script builds something else from the same input.
recipe=2
inputs=("$LAB_DIR/packages/stock-modules" "$LAB_DIR/dom0/initramfs")

unpack()
{
	dpkg-deb --fsys-tarfile "$1" | tar -C "$2" -x --no-same-owner -p -f - "${@:3}"
}

# Modules in the order of loading, each once: path below root. What is built in
# or not there is passed over.
load_order()
{
	local root=$1 release=$2 name

	while read -r name; do
		modprobe -d "$root" -S "$release" --show-depends "$name" 2>/dev/null || true
	done < <(grep -v '^#' "$LAB_DIR/packages/stock-modules") |
		awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

fetch()
{
	say "fetching $package $version of Debian $suite"
	apt_deb "$1" "$package"
	apt_deb "$1" busybox-static
}

build()
{
	local dir=$1 tmp=$1/tmp root=$1/tmp/root headers=$2 release file name

	mkdir -p "$root"
	release=${package#linux-image-}
	unpack "$dir.fetched"/linux-image-*.deb "$root" --exclude=./usr/share
	# Its modules are below /lib or, since Debian 13, below /usr/lib.
	[ -e "$root/lib" ] || ln -s usr/lib "$root/lib"
	depmod -b "$root" "$release"
	cp "$root/boot/vmlinuz-$release" "$dir/lab-vmlinux"

	mkdir -p "$dir/lab-modules" "$tmp/initramfs"/{bin,dev,proc,sys,new}
	while read -r file; do
		name=${file##*/}
		name=${name%%.ko*}
		case $file in
		*.xz) xz -dc "$file" >"$dir/lab-modules/$name.ko" ;;
		*) cp "$file" "$dir/lab-modules/" ;;
		esac
		printf '%s\n' "$name" >>"$dir/lab-load"
	done < <(load_order "$root" "$release")
	[ -s "$dir/lab-load" ] || die "none of the modules in packages/stock-modules is in $package"

	unpack "$dir.fetched"/busybox-static*.deb "$root"
	find "$root" -path '*/bin/busybox' -exec install -m 755 {} "$tmp/initramfs/bin/" \;
	cp -r "$dir/lab-modules" "$dir/lab-load" "$tmp/initramfs/"
	install -m 755 "$LAB_DIR/dom0/initramfs" "$tmp/initramfs/init"
	(cd "$tmp/initramfs" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) \
		>"$dir/lab-initramfs"
	rm -rf "$tmp"

	# The rest of a build directory is the headers'.
	cp "$headers/Makefile" "$dir/"
	for file in .config .kernelvariables Module.symvers arch include scripts tools; do
		ln -s "$headers/$file" "$dir/$file"
	done
}

apt_setup
package=$(apt_lab apt-cache depends "linux-image-$kind" |
	sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
version=$(apt_version "$package") || die "no linux-image-$kind in Debian $suite"
headers=$("$LAB_DIR/host/debian-headers.sh" "$suite" "$kind")
out=$CACHE_DIR/linux-stock-$suite-$(key "$package" "$version" "$headers" "$(file_key "${inputs[@]}")" \
	"recipe $recipe")
stock()
{
	build "$1" "$headers"
}
fetched "$out" fetch
fetched_all
cached "$out" stock
printf '%s\n' "$out"
