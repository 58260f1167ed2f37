#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# docs.sh: builds the programs and compares what the documents say about them
# with what they say themselves; see docs.py.
. "$(dirname "$0")/../xen/host/common.sh"

"$LAB_DIR/host/deps.sh" lint tools
make -s -C "$TOP_DIR" tools >&2
exec python3 "$TOP_DIR/tools/testing/docs/docs.py" "$TOP_DIR" "$BUILD_DIR"
