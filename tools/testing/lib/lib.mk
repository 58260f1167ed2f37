# SPDX-License-Identifier: GPL-2.0
#
# The library's tests, in user space under the sanitizers: make check-lib
#
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Included by the top-level Makefile.

LIB_DIR := tools/testing/lib
LIB_OUT := build/lib
LIB_SRC := $(wildcard $(LIB_DIR)/*.c)
LIB_HDR := $(wildcard $(LIB_DIR)/*.h) tools/testing/ktap.h drivers/virtio/virtio_argo_talk.h
LIB_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror \
	-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
	-Iinclude/uapi -Idrivers/virtio -Itools/virtio-argo/lib

.PHONY: check-lib lib-san
check-lib: $(LIB_OUT)/lib_test
	@mkdir -p build/ktap
	@KTAP_FILE=build/ktap/lib.ktap $<

lib-san:
	@$(MAKE) -C tools/virtio-argo --no-print-directory SAN=1 \
		O=$(CURDIR)/$(LIB_OUT)/tools lib

$(LIB_OUT)/lib_test: $(LIB_SRC) $(LIB_HDR) $(LIB_DIR)/lib.mk lib-san
	@mkdir -p $(LIB_OUT)
	$(CC) $(LIB_CFLAGS) -o $@ $(LIB_SRC) $(LIB_OUT)/tools/libvirtio-argo.a
