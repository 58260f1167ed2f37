// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: the module.
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
	err = vargo_bus_init();
	if (err)
		return err;
	err = vargo_platform_init();
	if (err)
		goto exit_bus;
	err = vargo_xenbus_init();
	if (err)
		goto exit_platform;
	return 0;

exit_platform:
	vargo_platform_exit();
exit_bus:
	vargo_bus_exit();
	return err;
}
module_init(vargo_init);

static void __exit vargo_exit(void)
{
	vargo_xenbus_exit();
	vargo_platform_exit();
	vargo_bus_exit();
}
module_exit(vargo_exit);

MODULE_AUTHOR("The VirtIO-Argo authors");
MODULE_DESCRIPTION("VirtIO transport over Xen's Argo, without shared memory");
MODULE_LICENSE("GPL");
