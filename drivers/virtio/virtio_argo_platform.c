// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: links described by firmware properties.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A link is a platform device with these properties:
 *
 *	xen,backend-domid	domain of the backend
 *	xen,argo-port		port of both rings; VIRTIO_ARGO_PORT_BASE if absent
 *	xen,ring-size		bytes of the receive ring; optional
 *
 * The module parameter "link" makes such devices, with software nodes, for
 * guests whose toolstack and firmware say nothing.
 */
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/property.h>

#include "virtio_argo.h"

#define VARGO_MAX_PARAM_LINKS	8

static char *link[VARGO_MAX_PARAM_LINKS];
static int links;
module_param_array(link, charp, &links, 0444);
MODULE_PARM_DESC(link, "<backend domain>[:<port>[:<ring bytes>]], several with commas");

static struct platform_device *link_devices[VARGO_MAX_PARAM_LINKS];

static int vargo_platform_probe(struct platform_device *pdev)
{
	u32 backend, port = 0, ring_len = 0;
	struct device *dev = &pdev->dev;
	struct vargo_bus *bus;

	if (device_property_read_u32(dev, "xen,backend-domid", &backend)) {
		dev_err(dev, "property xen,backend-domid is missing\n");
		return -EINVAL;
	}
	device_property_read_u32(dev, "xen,argo-port", &port);
	device_property_read_u32(dev, "xen,ring-size", &ring_len);

	bus = vargo_bus_create(xen_argo_get(), dev, backend, port, ring_len);
	if (IS_ERR(bus))
		return PTR_ERR(bus);
	platform_set_drvdata(pdev, bus);
	return 0;
}

static void vargo_platform_remove(struct platform_device *pdev)
{
	vargo_bus_destroy(platform_get_drvdata(pdev));
}

static struct platform_driver vargo_platform_driver = {
	.probe = vargo_platform_probe,
	.remove = vargo_platform_remove,
	.driver = {
		.name = "virtio-argo",
	},
};

/* "<backend>[:<port>[:<ring bytes>]]" to a platform device. */
static int link_make(unsigned int n, const char *text)
{
	u32 value[3] = {};
	struct property_entry properties[] = {
		PROPERTY_ENTRY_U32("xen,backend-domid", 0),
		PROPERTY_ENTRY_U32("xen,argo-port", 0),
		PROPERTY_ENTRY_U32("xen,ring-size", 0),
		{}
	};
	const struct platform_device_info info = {
		.name = "virtio-argo",
		.id = n,
		.properties = properties,
	};
	char buf[64], *rest = buf, *part;
	unsigned int i = 0;

	if (strscpy(buf, text, sizeof(buf)) < 0)
		goto bad;
	while ((part = strsep(&rest, ":"))) {
		if (i == ARRAY_SIZE(value) || kstrtou32(part, 0, &value[i]))
			goto bad;
		properties[i].value.u32_data[0] = value[i];
		i++;
	}
	if (!value[1])	/* several links to one backend need several ports */
		properties[1].value.u32_data[0] = VIRTIO_ARGO_PORT_BASE + n;
	link_devices[n] = platform_device_register_full(&info);
	return PTR_ERR_OR_ZERO(link_devices[n]);

bad:
	pr_err("virtio_argo: link=%s: expected <backend domain>[:<port>[:<ring bytes>]]\n",
	       text);
	return -EINVAL;
}

static void links_unmake(void)
{
	unsigned int i;

	for (i = 0; i < VARGO_MAX_PARAM_LINKS; i++)
		if (!IS_ERR_OR_NULL(link_devices[i]))
			platform_device_unregister(link_devices[i]);
}

int vargo_platform_init(void)
{
	int err, i;

	err = platform_driver_register(&vargo_platform_driver);
	if (err)
		return err;
	for (i = 0; i < links && !err; i++)
		err = link_make(i, link[i]);
	if (err) {
		links_unmake();
		platform_driver_unregister(&vargo_platform_driver);
	}
	return err;
}

void vargo_platform_exit(void)
{
	links_unmake();
	platform_driver_unregister(&vargo_platform_driver);
}
