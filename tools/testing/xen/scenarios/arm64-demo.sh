# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The demo on Arm with a dom0less guest: Xen itself makes it at boot, from the
# device tree; it has no toolstack and no xenstore, and finds its link in its own
# device tree. All else is as in the demo.
# shellcheck shell=bash disable=SC2034

BASE=demo
ARCH=arm64
DOM0LESS=demo
