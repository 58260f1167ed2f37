/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before 6.11 platform_driver.remove returned a number.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef _VIRTIO_ARGO_COMPAT_PLATFORM_DEVICE_H
#define _VIRTIO_ARGO_COMPAT_PLATFORM_DEVICE_H

#include_next <linux/platform_device.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)

/*
 * Where the driver defines vargo_platform_remove() it gets another name, behind
 * one of that name that this kernel can call. Elsewhere no parenthesis follows.
 */
#define vargo_platform_remove(pdev)						\
vargo_platform_remove_void(pdev);						\
										\
static int vargo_platform_remove(struct platform_device *__pdev)		\
{										\
	vargo_platform_remove_void(__pdev);					\
	return 0;								\
}										\
										\
static void vargo_platform_remove_void(pdev)

#endif

#endif /* _VIRTIO_ARGO_COMPAT_PLATFORM_DEVICE_H */
