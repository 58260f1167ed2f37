# SPDX-License-Identifier: GPL-2.0
# The device-tree binding.

.PHONY: check-dt

check-dt:
	@tools/testing/dt/dt.sh
