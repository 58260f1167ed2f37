# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# What needs nothing but the sources and tools; included by the top-level Makefile.

.PHONY: lint check-intree check-docs check check-all

# Fast: without what needs a built kernel (W=1, sparse)
lint:
	@tools/testing/lint/lint.sh $(if $(FAST),--fast)

# The drivers inside the newest kernel tree of Debian
check-intree:
	@tools/testing/intree/intree.sh

# README, man pages and --help against each other
check-docs:
	@tools/testing/docs/docs.sh

# Everything; ONLY="lint check-codec xen-demo" runs some of it
check:
	@tools/testing/check.sh $(ONLY)

# And what takes longer than one wants to wait for every day
check-all:
	@tools/testing/check.sh --all $(ONLY)
