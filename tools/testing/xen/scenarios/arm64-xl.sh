# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The demo on Arm with a guest that xl makes; it finds its link through xenbus.
# shellcheck shell=bash disable=SC2034

BASE=demo
ARCH=arm64
