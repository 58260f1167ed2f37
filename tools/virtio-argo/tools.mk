# SPDX-License-Identifier: GPL-2.0
#
# Included by the top-level Makefile: the library and the bridge.

tools:
	@$(MAKE) -C tools/virtio-argo --no-print-directory O=$(CURDIR)/build/tools

.PHONY: tools
