// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: the module that finds links. Without Xen, or a Xen with
 * Argo, it does not load; the links themselves are virtio_argo_core's.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/module.h>

#include "virtio_argo.h"

static int __init vargo_init(void)
{
	struct xen_argo *argo = xen_argo_get();
	int err;

	if (IS_ERR(argo))
		return PTR_ERR(argo);
	err = vargo_platform_init();
	if (err)
		return err;
	err = vargo_xenbus_init();
	if (err)
		vargo_platform_exit();
	return err;
}
module_init(vargo_init);

static void __exit vargo_exit(void)
{
	vargo_xenbus_exit();
	vargo_platform_exit();
}
module_exit(vargo_exit);

MODULE_AUTHOR("The VirtIO-Argo authors");
MODULE_DESCRIPTION("VirtIO transport over Xen's Argo, without shared memory");
MODULE_LICENSE("GPL");
