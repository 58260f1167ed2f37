# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# What a user can make. Each part of the tree brings its own fragment.

.DEFAULT_GOAL := help
.PHONY: help

help:
	@echo 'VirtIO-Argo: stock VirtIO drivers in a Xen guest, Xen moves every byte'
	@echo
	@echo 'See it work (Debian 12 or 13, x86-64, root or sudo; no KVM needed):'
	@echo '  make demo                    boot Xen in QEMU; a guest uses a disk over Argo'
	@echo '  make shell                   a console in that guest'
	@echo '  make bench [QUICK=1]         fio in virtual time beside xen-blkfront'
	@echo
	@echo 'Use it:'
	@echo '  make modules [KDIR=<kernel build directory>] [TAG=<name>]   to build/modules'
	@echo '       ... ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-      for another machine'
	@echo '  make tools                   the library and virtio-argo-bridge, to build/tools'
	@echo '  make overlay KSRC=<kernel source>   put the drivers into a kernel tree'
	@echo
	@echo 'Test it:'
	@echo '  make check [ONLY="..."]      everything that tools/testing/checks lists'
	@echo '  make check-all               and the longer ones of tools/testing/checks-all'
	@echo '  make lint [FAST=1]           what tools say of the sources'
	@echo '  make scenarios               the list of the scenarios of the lab'
	@echo '  make scenario NAME=<name> [KERNEL=debug]   one of them'
	@echo '  make kdir [KERNEL=debug]     build the lab kernel, print its build directory'
	@echo '  make lab-deps                install the Debian packages that the lab needs'
	@echo
	@echo '  make clean                   remove build/; what is cached elsewhere stays'

.PHONY: clean
clean:
	rm -rf build

include tools/modules.mk
include tools/virtio-argo/tools.mk
include tools/testing/check.mk
include $(wildcard tools/testing/*/*.mk)
