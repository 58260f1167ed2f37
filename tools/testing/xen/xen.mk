# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Targets of the QEMU + Xen lab; included by the top-level Makefile.

LAB := tools/testing/xen

.PHONY: demo shell scenario scenarios lab-deps kdir bench

demo:
	@$(LAB)/host/run.sh demo --ktap demo

shell:
	@$(LAB)/host/run.sh demo --ktap shell --shell

# One scenario: make scenario NAME=blkfront [KERNEL=debug]
scenario:
	@test -n "$(NAME)" || { echo "which one? make scenario NAME=..., see make scenarios"; exit 2; }
	@$(LAB)/host/run.sh $(NAME) $(if $(KERNEL),--kernel $(KERNEL))

scenarios:
	@$(LAB)/host/list.sh

# xen-NAME runs a scenario on the fast kernel, xen-NAME-debug its guests on the
# one with KASAN and lockdep.
xen-%-debug:
	@$(LAB)/host/run.sh $* --kernel debug --ktap xen-$*-debug

xen-%:
	@$(LAB)/host/run.sh $*

lab-deps:
	@$(LAB)/host/deps.sh lab build

# Where the lab's kernel was built: make modules KDIR=$$(make -s kdir)
kdir:
	@$(LAB)/host/deps.sh lab build
	@$(LAB)/host/build-linux.sh $(or $(KERNEL),fast)

bench:
	@tools/testing/bench/bench.sh $(if $(QUICK),--quick)
