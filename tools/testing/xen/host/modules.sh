#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# modules.sh KDIR: the paths of the project's modules that `make modules` has
# built against KDIR.
. "$(dirname "$0")/common.sh"
found=$(find "$BUILD_DIR/modules" -maxdepth 2 -name '*.ko' -print 2>/dev/null)
[ -n "$found" ] || die "make modules left no module in $BUILD_DIR/modules"
release=$(cat "$1/include/config/kernel.release")
while read -r module; do
	# One directory for each kernel: take those that fit this one.
	case $(modinfo -F vermagic "$module") in
	"$release "*) printf '%s\n' "$module" ;;
	esac
done <<<"$found"
