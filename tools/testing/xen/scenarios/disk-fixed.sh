# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The scenario disk on a Xen that has patches/xen and its own assertions.
# shellcheck shell=bash disable=SC2034

BASE=disk
XEN=argo-fixed
