# SPDX-License-Identifier: GPL-2.0
#
# Tests of virtio-argo-bridge under the sanitizers, with the real
# qemu-storage-daemon behind it: make check-bridge [BRIDGE_PARTS="cli vhost watch liar stall disk hotplug identity limit"]
#
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Included by the top-level Makefile.

BRIDGE_DIR := tools/testing/bridge
BRIDGE_OUT := build/bridge
BRIDGE_TOOLS := build/tools-san
BRIDGE_SRC := $(wildcard $(BRIDGE_DIR)/*.c) tools/testing/lib/guest.c \
	tools/virtio-argo/bridge/vhost_user.c
BRIDGE_HDR := $(wildcard $(BRIDGE_DIR)/*.h tools/testing/lib/*.h) tools/testing/ktap.h \
	$(wildcard tools/virtio-argo/bridge/*.h tools/virtio-argo/lib/*.h)
BRIDGE_TEST_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror -Wshadow \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-Itools/virtio-argo/bridge -Itools/virtio-argo/lib -Iinclude/uapi -Idrivers/virtio

.PHONY: check-bridge bridge-tools
check-bridge: $(BRIDGE_OUT)/bridge_test
	@mkdir -p build/ktap
	@PATH="$$PATH:/usr/sbin:/sbin" KTAP_FILE=build/ktap/bridge.ktap \
		$< $(BRIDGE_TOOLS)/virtio-argo-bridge qemu-storage-daemon $(BRIDGE_PARTS)

bridge-tools:
	@tools/testing/xen/host/deps.sh tools bridge
	@$(MAKE) -C tools/virtio-argo --no-print-directory SAN=1 O=$(CURDIR)/$(BRIDGE_TOOLS)

$(BRIDGE_OUT)/bridge_test: $(BRIDGE_SRC) $(BRIDGE_HDR) $(BRIDGE_DIR)/bridge.mk bridge-tools
	@mkdir -p $(BRIDGE_OUT)
	@$(CC) $(BRIDGE_TEST_CFLAGS) -o $@ $(BRIDGE_SRC) $(BRIDGE_TOOLS)/libvirtio-argo.a
