# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The outage scenario on Arm: the guest is one that xl makes there.
# shellcheck shell=bash disable=SC2034

BASE=outage
ARCH=arm64
