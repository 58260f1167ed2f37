# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The scenario disk in a PV guest, whose link xl and xenbus make.
# shellcheck shell=bash disable=SC2034

BASE=disk
DISK_GUEST+=(type=pv)
