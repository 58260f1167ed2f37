# SPDX-License-Identifier: GPL-2.0
# What judges the other tests is tested itself: broken runs must not pass.

.PHONY: check-harness

check-harness:
	@tools/testing/harness/harness.sh
