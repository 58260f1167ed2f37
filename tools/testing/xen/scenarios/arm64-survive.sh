# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The survive scenario on Arm: the guest is one that xl makes there.
# shellcheck shell=bash disable=SC2034

BASE=survive
ARCH=arm64
SUSPENDS=0
