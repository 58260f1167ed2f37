# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The survive scenario on the PREEMPT_RT kernel of Debian 13, unmodified, in the
# guest, with modules that were built against its headers. As dom0, that kernel (6.12)
# comes no further than to the keyboard controller here.
# shellcheck shell=bash disable=SC2034

BASE=survive
KERNEL=stock-13-rt
DOM0_KERNEL=fast
