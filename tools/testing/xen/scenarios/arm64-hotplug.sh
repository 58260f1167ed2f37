# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The hotplug scenario on Arm: the guest is one that xl makes there.
# shellcheck shell=bash disable=SC2034

BASE=hotplug
ARCH=arm64
