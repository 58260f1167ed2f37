# SPDX-License-Identifier: GPL-2.0
# The KUnit suites on the lab's kernel, under plain QEMU.

.PHONY: check-kunit

check-kunit:
	@tools/testing/kunit/kunit.sh $(if $(KERNEL),--kernel $(KERNEL))
