# SPDX-License-Identifier: GPL-2.0
# make modules: out of tree, for the kernel whose build directory is KDIR.
# make overlay: into the kernel tree KSRC.

.PHONY: modules overlay

KDIR ?= /lib/modules/$(shell uname -r)/build

modules:
	tools/modules.sh $(KDIR) $(TAG)

overlay:
	tools/overlay.sh $(KSRC)
