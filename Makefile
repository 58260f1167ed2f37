# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# What a user can make. Each part of the tree brings its own fragment.

.DEFAULT_GOAL := help
.PHONY: help

help:
	@echo 'VirtIO-Argo: stock VirtIO drivers in a Xen guest, Xen moves every byte'
	@echo
	@echo '  make demo                  boot Xen in QEMU; a guest uses a disk over Argo'
	@echo '  make shell                 a console in that guest'
	@echo '  make scenario NAME=...     run one scenario; make scenarios lists them'
	@echo '  make bench [QUICK=1]       fio in virtual time beside xen-blkfront'
	@echo '  make kdir [KERNEL=debug]   build the lab kernel, print its build directory'

include tools/modules.mk
include tools/virtio-argo/tools.mk
include tools/testing/check.mk
include $(wildcard tools/testing/*/*.mk)
