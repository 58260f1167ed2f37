#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# debian-headers.sh SUITE [KIND]: the packages linux-headers-amd64 (linux-headers-KIND)
# of a Debian release (bookworm, trixie, sid), unpacked for building modules on this
# machine, with the compiler that they ask for. Answers with the build directory. With
# LAB_ARCH=arm64: those of arm64, for cross-building; make wants ARCH and
# CROSS_COMPILE then.
#
# The kernel's configuration was made for that compiler, and the programs of
# linux-kbuild need that release's libraries, which an older machine lacks. So
# compiler, binutils and libraries are unpacked beside the headers, and every
# program among them is started through that release's own dynamic linker.
. "$(dirname "$0")/common.sh"
export LAB_SUITES=${1:?usage: debian-headers.sh SUITE [KIND]} LAB_PROBE=linux-source
. "$(dirname "$0")/apt.sh"

# Raise it when this script builds something else from the same input.
recipe=1
suite=$1
kind=${2:-$DEB_ARCH}

# target COMMAND...: with the packages of the kernel's architecture.
# shellcheck disable=SC2034 # apt.sh reads APT_DIR
target()
{
	(APT_DIR='' && apt_arch "$DEB_ARCH" && apt_setup && "$@")
}

# depends PACKAGE REGEX: the first package that PACKAGE depends on and REGEX fits.
depends()
{
	apt_lab apt-cache depends "$1" | sed -n 's/^ *Depends: //p' | grep -m 1 -Ex "$2"
}

unpack()
{
	local root=$1 deb
	shift

	for deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -C "$root" -x --keep-directory-symlink --no-same-owner -p -f - \
				--exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
				--exclude='./usr/share/locale/*' --exclude='*/lto1' --exclude='*lto-dump*'
	done
}

# Every ELF program becomes a script that starts it under its own name.
wrap()
{
	local root=$1 file linker libs

	# Debian 12 has not moved it to /usr yet.
	linker=$(find "$root" -path '*/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2' -print -quit)
	libs=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu
	find "$root/usr" -path '*/*-linux-gnu/lib' -prune -o \
		-path "$root/usr/lib/x86_64-linux-gnu" -prune -o -type f -perm -u+x -print |
		while read -r file; do
			readelf -lW "$file" 2>/dev/null | grep -q 'program interpreter' || continue
			mv "$file" "$file.elf"
			printf '#!/bin/sh\nexec %s --library-path %s --argv0 "$0" %s.elf "$@"\n' \
				"$linker" "$libs" "$file" >"$file"
			chmod 755 "$file"
		done
}

fetch()
{
	local dir=$1 compiler

	say "fetching $package $version of Debian $suite"
	target apt_deb "$dir/headers" "$package"
	compiler=$(dpkg-deb --fsys-tarfile "$dir"/headers/*.deb |
		tar -xOf - "./usr/src/$package/.kernelvariables" |
		sed -n 's/^CC *=.*CROSS_COMPILE)//p')
	say "fetching $compiler and what else they need"
	apt_debs "$dir" "$common" "$kbuild" "$compiler${CROSS:+-${CROSS%-}}" binutils
}

build()
{
	local dir=$1 root=$1/root kdir=$1/root/usr/src/$package

	mkdir -p "$root"
	unpack "$root" "$dir.fetched"/headers/*.deb "$dir.fetched"/*.deb
	say "making them run here"
	wrap "$root"
	# They expect to be in /usr.
	sed -i "s,/usr/src/,$root/usr/src/,g" "$kdir/Makefile"
	sed -i "1i export PATH := $root/usr/bin:\$(PATH)" "$kdir/Makefile"
	find "$root/usr/src" -type l -lname '/usr/*' | while read -r link; do
		ln -sfn "$root$(readlink "$link")" "$link"
	done
	ln -s "$kdir" "$dir/build"
}

apt_setup
package=$(target depends "linux-headers-$kind" 'linux-headers-[0-9].*') ||
	die "no linux-headers-$kind in Debian $suite"
common=$(target depends "$package" 'linux-headers-.*-common(-rt)?')
kbuild=$(target depends "$package" 'linux-kbuild-.*')
version=$(target apt_version "$package")
out=$CACHE_DIR/debian-headers-$ARCH_TAG$suite-$(key "$package" "$version" "recipe $recipe")
fetched "$out" fetch
fetched_all
cached "$out" build
readlink -f "$out/build"
