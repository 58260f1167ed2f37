# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The drivers' KUnit suites on Arm, beside a real Xen, in a dom0less guest.
# shellcheck shell=bash disable=SC2034

BASE=kunit
ARCH=arm64
DOM0LESS=kunit
