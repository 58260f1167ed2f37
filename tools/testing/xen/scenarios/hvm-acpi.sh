# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The scenario disk in an HVM guest that finds both links in ACPI: an SSDT that xl
# hands to hvmloader (acpi_firmware=).
# shellcheck shell=bash disable=SC2034

BASE=pvh-acpi
NEEDS="argo bridge fio hvm"
DISK_GUEST=(type=hvm acpi=links)
