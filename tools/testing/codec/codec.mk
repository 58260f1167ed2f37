# SPDX-License-Identifier: GPL-2.0
#
# The codec's tests, in user space under the sanitizers: make check-codec
#
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Included by the top-level Makefile.

CODEC_DIR := tools/testing/codec
CODEC_OUT := build/codec
CODEC_SPEC := $(sort $(wildcard Documentation/virtio/*.rst))
CODEC_SRC := $(CODEC_DIR)/codec_test.c $(CODEC_DIR)/vectors.c $(CODEC_DIR)/spec.c \
	$(CODEC_DIR)/session_test.c drivers/virtio/virtio_argo_codec.c \
	drivers/virtio/virtio_argo_session.c
CODEC_HDR := $(wildcard $(CODEC_DIR)/*.h) tools/testing/ktap.h \
	drivers/virtio/virtio_argo_codec.h drivers/virtio/virtio_argo_layout.h \
	$(wildcard drivers/virtio/virtio_argo_session*.h) \
	include/uapi/linux/virtio_argo.h
CODEC_CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Werror \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-Iinclude/uapi -Idrivers/virtio

.PHONY: check-codec
check-codec: $(CODEC_OUT)/codec_test
	@mkdir -p build/ktap
	@python3 $(CODEC_DIR)/mkvectors.py | cmp - $(CODEC_DIR)/vectors.txt || \
		{ echo "mkvectors.py and vectors.txt differ" >&2; exit 1; }
	@python3 $(CODEC_DIR)/mkconversations.py text | cmp - $(CODEC_DIR)/conversations.txt && \
		python3 $(CODEC_DIR)/mkconversations.py table | \
		cmp - drivers/virtio/virtio_argo_talk.h || \
		{ echo "mkconversations.py and what it has written differ" >&2; exit 1; }
	@KTAP_FILE=build/ktap/codec.ktap $< $(CODEC_DIR)/vectors.txt $(CODEC_SPEC)

$(CODEC_OUT)/codec_test: $(CODEC_SRC) $(CODEC_HDR) $(CODEC_DIR)/codec.mk
	@mkdir -p $(CODEC_OUT)
	$(CC) $(CODEC_CFLAGS) -o $@ $(CODEC_SRC)

# For make lint: the documentation is valid reStructuredText
.PHONY: check-rst
check-rst:
	@python3 $(CODEC_DIR)/check_rst.py $(shell find Documentation -name '*.rst')
