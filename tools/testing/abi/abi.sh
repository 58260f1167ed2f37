#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# abi.sh: holds every size, offset and constant of include/xen/interface/argo.h,
# on top of the numbers in Linux's xen.h, against Xen's public header of the
# package libxen-dev. Results in build/ktap/abi.ktap.
# shellcheck disable=SC2317 # functions that ktap_check calls
. "$(dirname "$0")/../xen/host/common.sh"
. "$TOP_DIR/tools/testing/ktap.sh"

here=$TOP_DIR/tools/testing/abi
out=$BUILD_DIR/abi
ours=$TOP_DIR/include/xen/interface/argo.h
theirs=/usr/include/xen/argo.h

"$LAB_DIR/host/deps.sh" abi build
linux=$("$LAB_DIR/host/build-linux.sh" fast --source)
rm -rf "$out"
mkdir -p "$out"
ktap_start abi

grep -E '^#define[[:space:]]+(__HYPERVISOR_xc_reserved_op|VIRQ_XC_RESERVED|DOMID_INVALID)\b' \
	"$linux/include/xen/interface/xen.h" >"$out/linux-numbers.h" || true

flags=(-std=gnu11 -Wall -Wextra -Werror "-I$out")
ktap_check "our header compiles" "$out/ours.log" \
	gcc "${flags[@]}" -DOURS "-I$here/shim" "-I$TOP_DIR/include" -o "$out/ours" "$here/dump.c"
ktap_check "Xen's header compiles" "$out/theirs.log" \
	gcc "${flags[@]}" -o "$out/theirs" "$here/dump.c"
for side in ours theirs; do
	if [ -x "$out/$side" ]; then "$out/$side"; fi >"$out/$side.values"
done

# complete HEADER: every constant and structure of it is in list.h. A mask of
# flags, and what guards a header against itself, are no part of the ABI.
complete()
{
	{
		sed -n 's/^#define[[:space:]]*\(XEN_ARGO_[A-Za-z0-9_]*\).*/\1/p' "$1"
		sed -n 's/^\(typedef \)\?struct \(xen_argo_[a-z_]*\)$/\2/p; s/^struct \(xen_argo_[a-z_]*\) {$/\1/p' "$1"
	} | grep -vx XEN_ARGO_REGISTER_FLAG_MASK | sort -u |
		comm -23 - <(sed -n 's/^[A-Z]*(\([a-zA-Z_0-9]*\).*/\1/p' "$here/list.h" | sort -u) \
			>"$out/complete.log"
	[ ! -s "$out/complete.log" ]
}
ktap_check "the list has all of our header" "$out/complete.log" complete "$ours"
ktap_check "the list has all of Xen's header" "$out/complete.log" complete "$theirs"

while IFS=$'\t' read -r name value; do
	is=$(awk -F'\t' -v name="$name" '$1 == name { print $2 }' "$out/ours.values")
	if [ "$is" = "$value" ]; then
		ktap_ok "$name = $value"
	else
		ktap_not_ok "$name: Xen has $value, we have ${is:-nothing}"
	fi
done <"$out/theirs.values"
compared=$(wc -l <"$out/theirs.values")
ktap_check "as many values were compared as the list has" /dev/null \
	test "$compared" = "$(grep -cE '^(CONSTANT|TYPE|STRUCT)\(' "$here/list.h" |
		awk -v f="$(grep -cE '^(FIELD|ARRAY)\(' "$here/list.h")" '{ print $1 + 2 * f }')"
ktap_finish
