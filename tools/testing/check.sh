#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# check.sh [--all] [NAME...]: all that tools/testing/checks lists, or the named
# ones, in that order; see check.py.
. "$(dirname "$0")/xen/host/common.sh"

"$LAB_DIR/host/deps.sh" lab build tools bridge lint abi
"$LAB_DIR/host/fetch.sh" "$@"
exec python3 "$TOP_DIR/tools/testing/check.py" "$TOP_DIR" "$BUILD_DIR" "$@"
