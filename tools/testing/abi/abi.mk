# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors

.PHONY: check-abi

check-abi:
	@tools/testing/abi/abi.sh
