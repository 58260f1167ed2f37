# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# The drivers' KUnit suites inside a Xen PVH guest: what runs against the fake
# Xen on any machine runs here beside a real one.
# shellcheck shell=bash disable=SC2034

NEEDS="argo"
TIMEOUT=300

dom0_main()
{
	start_guest kunit mem=512 || return
	check "the guest ends" wait_gone kunit 200
}

guest_kunit()
{
	local module n=0

	check "xen-argo loads on this Xen" modprobe xen-argo || return
	for module in xen-argo-test virtio_argo_test; do
		check "$module loads" modprobe "$module" || continue
		n=$((n + 1))
	done
	check "both test modules were there" test $n = 2
	kunit_results
	check "the test modules unload" unload_tests
}

# Not modprobe -r, which would fail over what both are built on.
unload_tests()
{
	rmmod virtio_argo_test && rmmod xen-argo-test && return
	lsmod
	return 1
}
