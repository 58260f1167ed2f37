/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Workqueues on kernels before 6.10: works that can be disabled, and works that
 * run in softirq. See compat/workqueue.c.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef _VIRTIO_ARGO_COMPAT_WORKQUEUE_H
#define _VIRTIO_ARGO_COMPAT_WORKQUEUE_H

#include_next <linux/workqueue.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)

/* Not a queue but a name for one; 6.9 has one whose works cannot be disabled */
#undef system_bh_wq
#define system_bh_wq	((struct workqueue_struct *)1)

bool vargo_compat_queue_work(struct workqueue_struct *wq, struct work_struct *work);
bool vargo_compat_cancel_work_sync(struct work_struct *work);
bool vargo_compat_disable_work_sync(struct work_struct *work);
bool vargo_compat_disable_delayed_work_sync(struct delayed_work *work);

#ifndef VARGO_COMPAT_WORKQUEUE
#define queue_work			vargo_compat_queue_work
#define cancel_work_sync		vargo_compat_cancel_work_sync
#define disable_work_sync		vargo_compat_disable_work_sync
#define disable_delayed_work_sync	vargo_compat_disable_delayed_work_sync
#endif

#endif

#endif /* _VIRTIO_ARGO_COMPAT_WORKQUEUE_H */
