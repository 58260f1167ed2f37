# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The same with a Xen that has patches/xen: what findings shows is no more. That
# Xen has its assertions, and what stops one without the patches it survives.
# shellcheck shell=bash disable=SC2034

BASE=findings
XEN=argo-fixed
FIXED=1
