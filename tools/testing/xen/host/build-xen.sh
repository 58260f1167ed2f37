#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# build-xen.sh [FLAVOUR]: builds the hypervisor from the Debian source package
# with hypervisor/<flavour>.config, argo if none is given, and answers with the
# directory that holds it: xen (what QEMU's -kernel takes), xen-syms, config. A
# flavour whose name ends in -fixed gets patches/xen as well.
# LAB_ARCH=arm64 builds the one for Arm, with hypervisor/arm64.config as base.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/apt.sh"

# Raise it when this script builds something else from the same input.
recipe=1
flavour=${1:-argo}
base=base target=x86_64 lines=717
[ "$LAB_ARCH" = x86 ] || base=$LAB_ARCH target=$LAB_ARCH lines=313
fragments=("$LAB_DIR/hypervisor/$base.config" "$LAB_DIR/hypervisor/$flavour.config")
[ -r "${fragments[1]}" ] || die "no hypervisor flavour '$flavour' (hypervisor/*.config)"
patches=()
case $flavour in
*-fixed) patches=("$TOP_DIR"/patches/xen/*.patch) ;;
esac

build()
{
	local dir=$1 tmp=$1/tmp src=$1/tmp/src opt patch
	local make=(make "XEN_TARGET_ARCH=$target" "CROSS_COMPILE=$CROSS")

	apt_unpack "$source" "$src"
	for patch in "${patches[@]}"; do
		patch -d "$src" -s -p1 -F0 -f <"$patch" >&2 ||
			die "${patch##*/} does not apply to Xen $version"
	done
	cat "$src/debian/xen-kconfig" "${fragments[@]}" <(known "$src") >"$src/xen/.config"
	"${make[@]}" -s -C "$src/xen" olddefconfig >"$tmp/config.log" 2>&1 </dev/null ||
		die "Xen's configuration failed: $(tail -n 3 "$tmp/config.log")"
	while read -r opt; do
		case $opt in
		*=n) ! grep -q "^${opt%=n}=" "$src/xen/.config" ;;
		*) grep -qx "$opt" "$src/xen/.config" ;;
		esac || die "Xen's configuration refused $opt"
	done < <(options; known "$src")
	watch "building Xen $version ($ARCH_TAG$flavour)" $lines \
		"$BUILD_DIR/log/xen-$ARCH_TAG$flavour.log" "${make[@]}" -C "$src/xen" -j"$JOBS"
	cp "$src/xen/xen" "$src/xen/xen-syms" "$dir/"
	cp "$src/xen/.config" "$dir/config"
	rm -rf "$tmp"
}

# What the fragments ask for; the flavour's word is the last.
options()
{
	grep -h ^CONFIG_ "${fragments[@]}" | awk -F= '
		{ line[NR] = $0; last[$1] = NR }
		END { for (i = 1; i <= NR; i++) { split(line[i], o, "="); if (last[o[1]] == i) print line[i] } }'
}

# "# where known: OPTION" in a fragment: another series of Xen has no such option,
# and does without being asked what it is for.
known()
{
	local opt name

	while read -r opt; do
		name=${opt#CONFIG_}
		! grep -rqw --include='Kconfig*' "config ${name%%=*}" "$1/xen" || echo "$opt"
	done < <(wanted_where_known)
}

wanted_where_known()
{
	sed -n 's/^# where known: //p' "${fragments[@]}"
}

chosen=$("$LAB_DIR/host/choose-xen.sh" 2>/dev/null) || exec "$LAB_DIR/host/choose-xen.sh"
read -r _ version source _ <<<"$chosen"
out=$CACHE_DIR/xen-$ARCH_TAG$flavour-$(key "$version" "$({ options; wanted_where_known; } | sha256sum)" "recipe $recipe" \
	"$("${CROSS}gcc" -dumpfullversion)" ${patches:+"$(file_key "${patches[@]}")"})
fetched_all
cached "$out" build
printf '%s\n' "$out"
