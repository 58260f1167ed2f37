#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# build-linux.sh [fast|debug] [--source]: builds the lab's Linux, one image for
# dom0 and for every guest, from the Debian package linux-source-6.12 with
# kernel/base.config and kernel/<flavour>.config on top of allnoconfig. Answers
# with the build directory: KDIR for out-of-tree modules, with the image at
# arch/x86/boot/bzImage and, uncompressed, at lab-vmlinux. With --source: with the
# directory of the source. Flavours stock-12, stock-13 and stock-13-rt are Debian's own
# kernels, see stock-linux.sh. LAB_ARCH=arm64 builds that for Arm, of the same
# source; lab-vmlinux is its Image.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/apt.sh"

# Raise it when this script builds something else from the same input.
recipe=1
flavour=${1:-fast}
case $flavour in
stock-*) exec "$LAB_DIR/host/stock-linux.sh" "${flavour#stock-}" ;;
esac
fragments=("$LAB_DIR/kernel/base.config" "$LAB_DIR/kernel/$flavour.config")
make=(make) image=bzImage
if [ "$LAB_ARCH" != x86 ]; then
	fragments+=("$LAB_DIR/kernel/$LAB_ARCH.config")
	make+=("ARCH=$LAB_ARCH" "CROSS_COMPILE=$CROSS")
	image=Image
fi
[ -r "${fragments[1]}" ] || die "no kernel flavour '$flavour' (kernel/*.config)"

fetch()
{
	say "fetching linux-source-6.12 $version"
	apt_deb "$1" linux-source-6.12
}

unpack()
{
	local dir=$1

	say "unpacking linux-source-6.12 $version"
	dpkg-deb --fsys-tarfile "$dir.fetched"/*.deb |
		tar -xOf - ./usr/src/linux-source-6.12.tar.xz |
		tar -C "$dir" --strip-components=1 -xJf -
}

build()
{
	local dir=$1 log=$BUILD_DIR/log/linux-$ARCH_TAG$flavour.log refused assignments

	options >"$dir/fragment"
	"${make[@]}" -s -C "$source" O="$dir" KCONFIG_ALLCONFIG="$dir/fragment" \
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
	watch "building Linux $version ($ARCH_TAG$flavour)" "$lines" "$log" \
		"${make[@]}" -C "$source" O="$dir" -j"$JOBS" "${assignments[@]}" $image modules
	# What Xen and libxc boot without unpacking anything first.
	case $LAB_ARCH in
	x86) objcopy -S "$dir/vmlinux" "$dir/lab-vmlinux" ;;
	arm64) cp "$dir/arch/arm64/boot/Image" "$dir/lab-vmlinux" ;;
	esac
	# Modules are built against headers, scripts and Module.symvers; the
	# objects would only fill the disk.
	find "$dir" -name '*.o' ! -path '*/scripts/*' ! -path '*/tools/*' \
		! -name 'module-common.o' -delete
	find "$dir" -name '.*.cmd' ! -path '*/scripts/*' ! -path '*/tools/*' -delete
	rm -f "$dir"/.tmp_vmlinux* "$dir/vmlinux.a"
}

# The lines of the fragments that mean something. "# not: NAME..." in one of
# them takes options of those before it back, which this architecture lacks.
options()
{
	grep -h -e ^CONFIG_ -e '^# make:' "${fragments[@]}" |
		grep -vxE "CONFIG_($(sed -n 's/^# not: //p' "${fragments[@]}" |
			tr -s ' \n' '|' | sed 's/|$//'))=.*"
}

apt_setup
version=$(apt_version linux-source-6.12) || die "no linux-source-6.12 in this Debian"
source=$CACHE_DIR/linux-src-$version
case $ARCH_TAG$flavour in
arm64-*) lines=1880 ;;
debug) lines=2430 ;;
*) lines=2370 ;;
esac
if [ "${2:-}" = --source ]; then
	fetched "$source" fetch
	fetched_all
	cached "$source" unpack
	printf '%s\n' "$source"
	exit 0
fi
out=$CACHE_DIR/linux-$ARCH_TAG$flavour-$(key "$version" "$(options | sha256sum)" "recipe $recipe" \
	"$("${CROSS}gcc" -dumpfullversion)")
[ -e "$out/.complete" ] || fetched "$source" fetch
fetched_all
if [ ! -e "$out/.complete" ]; then
	cached "$source" unpack
	cached "$out" build
fi
printf '%s\n' "$out"
