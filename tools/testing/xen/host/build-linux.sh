#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# build-linux.sh [fast|debug] [--source]: builds the lab's Linux, one image for
# dom0 and for every guest, from the Debian package linux-source-6.12 with
# kernel/base.config and kernel/<flavour>.config on top of allnoconfig. Answers
# with the build directory: KDIR for out-of-tree modules, with the image at
# arch/x86/boot/bzImage and, uncompressed, at lab-vmlinux. With --source: with the directory of the source.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/apt.sh"

# Raise it when this script builds something else from the same input.
recipe=1
flavour=${1:-fast}
fragments=("$LAB_DIR/kernel/base.config" "$LAB_DIR/kernel/$flavour.config")
[ -r "${fragments[1]}" ] || die "no kernel flavour '$flavour' (kernel/*.config)"

unpack()
{
	local dir=$1

	say "fetching linux-source-6.12 $version"
	apt_deb "$dir/deb" linux-source-6.12
	dpkg-deb --fsys-tarfile "$dir"/deb/*.deb |
		tar -C "$dir/deb" -xf - ./usr/src/linux-source-6.12.tar.xz
	say "unpacking it"
	tar -C "$dir" --strip-components=1 -xf "$dir/deb/usr/src/linux-source-6.12.tar.xz"
	rm -rf "$dir/deb"
}

build()
{
	local dir=$1 log=$BUILD_DIR/log/linux-$flavour.log refused assignments

	cat "${fragments[@]}" >"$dir/fragment"
	make -s -C "$source" O="$dir" KCONFIG_ALLCONFIG="$dir/fragment" \
		allnoconfig >"$dir/config.log" 2>&1 </dev/null ||
		die "Linux's configuration failed: $(tail -n 3 "$dir/config.log")"
	refused=$(awk -F= '
		/^CONFIG_/ && FNR == NR { want[$1] = $2 }
		/^CONFIG_/ && FNR != NR { have[$1] = $2 }
		END {
			for (o in want) {
				got = o in have ? have[o] : "n"
				if (got != want[o])
					print o "=" want[o] " (is " got ")"
			}
		}' "$dir/fragment" "$dir/.config")
	# A fragment's lines "# make: NAME=VALUE" are for make.
	mapfile -t assignments < <(sed -n 's/^# make: //p' "${fragments[@]}")
	[ -z "$refused" ] || die "Linux's configuration refused: $refused"
	watch "building Linux $version ($flavour)" "$lines" "$log" \
		make -C "$source" O="$dir" -j"$JOBS" "${assignments[@]}" bzImage modules
	# What Xen and libxc boot without unpacking anything first.
	objcopy -S "$dir/vmlinux" "$dir/lab-vmlinux"
	# Modules are built against headers, scripts and Module.symvers; the
	# objects would only fill the disk.
	find "$dir" -name '*.o' ! -path '*/scripts/*' ! -path '*/tools/*' \
		! -name 'module-common.o' -delete
	find "$dir" -name '.*.cmd' ! -path '*/scripts/*' ! -path '*/tools/*' -delete
	rm -f "$dir"/.tmp_vmlinux* "$dir/vmlinux.a"
}

options()
{
	grep -h -e ^CONFIG_ -e '^# make:' "${fragments[@]}"
}

apt_setup
version=$(apt_version linux-source-6.12) || die "no linux-source-6.12 in this Debian"
source=$CACHE_DIR/linux-src-$version
case $flavour in
debug) lines=2430 ;;
*) lines=2370 ;;
esac
if [ "${2:-}" = --source ]; then
	cached "$source" unpack
	printf '%s\n' "$source"
	exit 0
fi
out=$CACHE_DIR/linux-$flavour-$(key "$version" "$(options | sha256sum)" "recipe $recipe" \
	"$(gcc -dumpfullversion)")
if [ ! -e "$out/.complete" ]; then
	cached "$source" unpack
	cached "$out" build
fi
printf '%s\n' "$out"
