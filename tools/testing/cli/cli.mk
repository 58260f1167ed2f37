# SPDX-License-Identifier: GPL-2.0
# What virtio-argo(1) writes, and what it says to bad input.

.PHONY: check-cli

check-cli:
	@tools/testing/cli/cli.sh
