#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# intree.sh: the drivers inside the newest kernel tree that Debian has (sid):
# overlays them twice, configures them as modules and built in for x86-64 and
# arm64, compiles all four with W=1, and takes no warning in a file of ours.
# Results in build/ktap/intree.ktap.
# shellcheck disable=SC2317,SC2154 # functions that ktap_check calls; sid_source's names
. "$(dirname "$0")/../xen/host/common.sh"
export LAB_SUITES=sid LAB_PROBE=linux-source
. "$LAB_DIR/host/apt.sh"
. "$LAB_DIR/host/sid-source.sh"
. "$TOP_DIR/tools/testing/ktap.sh"

here=$TOP_DIR/tools/testing/intree
work=$BUILD_DIR/intree
tree=$work/linux

# What overlay.sh may touch, as one sum.
state()
{
	(cd "$tree" && find drivers/xen drivers/virtio include/xen include/uapi Documentation/driver-api/virtio \
		-type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)
}

# kmake FLAVOUR ARGS...: in the build directory of that flavour.
kmake()
{
	local args=(-C "$tree" "O=$work/$1")

	case $1 in
	arm64-*) args+=(ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-) ;;
	esac
	make "${args[@]}" "${@:2}" </dev/null
}

# build FLAVOUR SYMBOLVALUE: 0 if all compiled; what was said is in $log.
build()
{
	local out=$work/$1

	mkdir -p "$out"
	sed "s/=@/=$2/" "$here/intree.config" >"$out/fragment"
	kmake "$1" -s KCONFIG_ALLCONFIG="$out/fragment" allnoconfig >"$log" 2>&1 || return
	if ! grep -qx "CONFIG_VIRTIO_ARGO=$2" "$out/.config" ||
	   ! grep -qx "CONFIG_XEN_ARGO_DEV=$2" "$out/.config"; then
		echo "Kconfig did not accept CONFIG_VIRTIO_ARGO=$2" >>"$log"
		return 1
	fi
	kmake "$1" -s -j"$JOBS" prepare >>"$log" 2>&1 || return
	: >"$log.w"
	# What was compiled already would not be warned about again.
	find "$out/drivers/xen/argo" "$out/drivers/virtio" -name '*argo*.o' -delete 2>/dev/null
	find "$out/drivers/xen/argo" -name '*.o' -delete 2>/dev/null
	kmake "$1" -j"$JOBS" W=1 drivers/xen/argo/ drivers/virtio/ >"$log.w" 2>&1
}

quiet()
{
	[ -s "$log.w" ] || return
	! grep -E '^[^ ]*(drivers/xen/argo/|virtio_argo|include/(uapi/)?(xen|linux)/(interface/)?(virtio_)?argo)[^ ]*:[0-9]+.*(warning|error):' \
		"$log.w" >"$log.ours"
}

objects()
{
	local want have

	want=$(cd "$TOP_DIR" && find drivers/xen/argo drivers/virtio -name '*.c' ! -name '*test*.c' \
		! -name '*fake*.c' | sed 's/\.c$/.o/' | sort)
	have=$(cd "$work/$1" && mkdir -p drivers/xen/argo drivers/virtio && find drivers/xen/argo drivers/virtio -name '*.o' ! -name '*.mod.o' | sort)
	comm -23 <(printf '%s\n' "$want") <(printf '%s\n' "$have") >"$log.missing"
	[ ! -s "$log.missing" ]
}

# Without a vmlinux there is no modpost: so that what modules need and nobody
# gives is found all the same. Exports that a macro makes are named here.
exported()
{
	local objects nm=nm

	case $1 in
	arm64-*) nm=aarch64-linux-gnu-nm ;;
	esac
	mapfile -t objects < <(cd "$work/$1" &&
		find drivers/xen/argo drivers/virtio -name '*.o' \( -path '*/xen/argo/*' -o -name 'virtio_argo*' \))
	(cd "$work/$1" && $nm -u "${objects[@]}") >"$log.undefined" || return
	{
		(cd "$work/$1" && $nm "${objects[@]}" | awk '$2 ~ /^[TRDB]$/ { print $3 }')
		(cd "$tree" && grep -rhoE --include='*.[chS]' \
			'^[[:space:]]*(EXPORT_SYMBOL|EXPORT_PER_CPU_SYMBOL)[A-Z_]*\([a-zA-Z0-9_]+' .) |
			sed 's/.*(//'
		(cd "$tree" && grep -rhoE --include='*.[ch]' \
			'EXPORT_STATIC_CALL[A-Z_]*\([a-zA-Z0-9_]+' .) | sed 's/.*(/__SCT__/'
		printf '%s\n' __this_module _dev_err _dev_warn _dev_info _dev_notice get_random_u32 \
			param_ops_uint param_ops_charp param_ops_int param_ops_bool
	} | sort -u >"$log.given"
	awk 'NF == 2 { print $2 }' "$log.undefined" | sort -u | comm -23 - "$log.given" \
		>"$log.missing"
	[ -s "$log.undefined" ] && [ ! -s "$log.missing" ]
}

ktap_start intree
"$LAB_DIR/host/deps.sh" build cross
mkdir -p "$work" "$BUILD_DIR/log"
sid_there || { ktap_skip "the machine's Debian mirror offers no sid" "in-tree build"; ktap_finish; }
sid_source
fetched_all

rm -rf "$tree"
# Shared with the cache where they are on one file system; overlay.sh never
# writes into a file that is there.
cp -al "$source" "$tree" 2>/dev/null || { rm -rf "$tree"; cp -a "$source" "$tree"; }

log=$BUILD_DIR/log/intree-overlay.log
ktap_check "overlay: onto $package $version" "$log" \
	make -s -C "$TOP_DIR" overlay KSRC="$tree"
before=$(state)
ktap_check "overlay: a second time" "$log" make -s -C "$TOP_DIR" overlay KSRC="$tree"
after=$(state)
ktap_check "overlay: the second time changes nothing" /dev/null test "$before" = "$after"
ktap_check "overlay: the source it was copied from is untouched" /dev/null \
	test ! -e "$source/drivers/xen/argo"

for flavour in x86-m x86-y arm64-m arm64-y; do
	value=${flavour#*-}
	log=$BUILD_DIR/log/intree-$flavour.log
	what="$package: ${flavour%-*} =$value"
	say "compiling in-tree as =$value for ${flavour%-*} ($package)"
	: >"$log.w"
	ktap_check "$what: compiles" "$log.w" build "$flavour" "$value" || cat "$log" >&2
	ktap_check "$what: every file of the drivers was compiled" "$log.missing" objects "$flavour"
	ktap_check "$what: W=1: no warning in a file of ours" "$log.ours" quiet
	[ "$value" = y ] ||
		ktap_check "$what: all that the modules need is exported" "$log.missing" \
			exported "$flavour"
done
ktap_finish
