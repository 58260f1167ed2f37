# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors

.PHONY: check-headers

# The modules, out of tree, against the headers of the kernels that Debian has
check-headers:
	@tools/testing/headers/headers.sh
