/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What older kernels lack. Force-included by the out-of-tree build only; the
 * drivers are written for current mainline and never include it.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Being the first thing that each file sees, this may include no kernel header
 * that brings linux/printk.h along: a file could not define its pr_fmt() any
 * more. So it is made of macros.
 */
#ifndef _VIRTIO_ARGO_COMPAT_H
#define _VIRTIO_ARGO_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)

/* Before 6.13 hrtimer_init() left the function to be set by hand */
#define hrtimer_setup(timer, fn, clock_id, mode) do {	\
	struct hrtimer *__timer = (timer);		\
							\
	hrtimer_init(__timer, clock_id, mode);		\
	__timer->function = (fn);			\
} while (0)

#endif

#endif /* _VIRTIO_ARGO_COMPAT_H */
