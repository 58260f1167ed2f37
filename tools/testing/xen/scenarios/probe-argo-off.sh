# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# A Xen with Argo that was booted with argo=0: as probe-noargo, with its own line.
# shellcheck shell=bash disable=SC2034

BASE=probe-noargo
XEN=argo
XEN_CMDLINE="argo=0"
MESSAGE="Argo is switched off; add argo=1 to Xen's command line"
