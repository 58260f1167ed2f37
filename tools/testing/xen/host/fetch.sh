#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# fetch.sh [--all] [CHECK...]: downloads what these checks need, or what all of
# tools/testing/checks (and checks-all) need, into the cache. make check begins
# with it, so that what cannot be had today is told before anything is built.
. "$(dirname "$0")/common.sh"

lists=("$TOP_DIR/tools/testing/checks")
[ "${1:-}" != --all ] || { lists+=("$TOP_DIR/tools/testing/checks-all"); shift; }
names=("$@")
[ $# != 0 ] || mapfile -t names < <(awk '!/^#/ && NF { print $1 }' "${lists[@]}")

headers()
{
	local suite arch

	for suite in bookworm trixie sid; do
		for arch in x86 arm64; do
			LAB_ARCH=$arch "$LAB_DIR/host/debian-headers.sh" "$suite"
		done
	done
}

fetch()
{
	case $1 in
	demo) "$LAB_DIR/host/run.sh" demo --fetch ;;
	xen-*-debug) set -- "${1%-debug}"; "$LAB_DIR/host/run.sh" "${1#xen-}" --kernel debug --fetch ;;
	xen-*) "$LAB_DIR/host/run.sh" "${1#xen-}" --fetch ;;
	lint) "$LAB_DIR/host/build-linux.sh" fast ;;
	check-abi) "$LAB_DIR/host/build-linux.sh" fast --source ;;
	check-kunit) "$LAB_DIR/host/build-linux.sh" debug ;;
	check-intree) "$TOP_DIR/tools/testing/intree/intree.sh" ;;
	check-dt) "$TOP_DIR/tools/testing/dt/dt.sh" ;;
	check-headers) headers ;;
	esac
}

"$LAB_DIR/host/deps.sh" build
export LAB_FETCH=1
# Most of them need it, and it is the first that may not be there.
case " ${names[*]} " in
*" demo "* | *" xen-"*) "$LAB_DIR/host/choose-xen.sh" >/dev/null ;;
esac
# To have been told once is enough.
export LAB_CHOSEN=1
for name in "${names[@]}"; do
	fetch "$name" >/dev/null || die "this is for $name; the rest can be run by name: make check ONLY=\"...\""
done
