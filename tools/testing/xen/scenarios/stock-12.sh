# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The disk scenario on the stock kernel of Debian 12, unmodified, in dom0 and in
# the guest, with modules that were built against its headers.
# shellcheck shell=bash disable=SC2034

BASE=disk
KERNEL=stock-12
