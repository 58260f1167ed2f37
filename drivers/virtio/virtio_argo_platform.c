// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: links described by firmware properties.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A link is a platform device with the properties that virtio_argo_property.c
 * names.
 *
 * In a device tree its node is compatible with "xen,virtio-argo"; in ACPI the
 * device object has _HID "PRP0001" and that compatible string among the same
 * properties in _DSD. So one table matches both. The module parameter "link"
 * makes such devices, with software nodes, for guests whose toolstack and
 * firmware say nothing.
 */
#define pr_fmt(fmt) "virtio_argo: " fmt

#include <linux/mod_devicetable.h>
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
	struct vargo_bus *bus = vargo_bus_from_properties(xen_argo_get(), &pdev->dev);

	/* It was said why; for any other error the driver core adds a line. */
	if (IS_ERR(bus))
		return -ENXIO;
	platform_set_drvdata(pdev, bus);
	return 0;
}

static void vargo_platform_remove(struct platform_device *pdev)
{
	vargo_bus_destroy(platform_get_drvdata(pdev));
}

static const struct of_device_id vargo_platform_ids[] = {
	{ .compatible = "xen,virtio-argo" },
	{}
};
MODULE_DEVICE_TABLE(of, vargo_platform_ids);

static struct platform_driver vargo_platform_driver = {
	.probe = vargo_platform_probe,
	.remove = vargo_platform_remove,
	.driver = {
		.name = "virtio-argo",
		.of_match_table = vargo_platform_ids,
		.dev_groups = vargo_bus_groups,
	},
};

static int link_make(unsigned int n, const char *text)
{
	struct property_entry properties[VARGO_NR_PROPERTIES + 1];
	const struct platform_device_info info = {
		.name = "virtio-argo",
		.id = n,
		.properties = properties,
	};

	/* Several links to one backend need several ports. */
	if (vargo_properties_parse(text, VIRTIO_ARGO_PORT_BASE + n, properties)) {
		pr_err("link=%s: expected <backend domain>[:<port>[:<ring bytes>]]\n",
		       text);
		return -EINVAL;
	}
	link_devices[n] = platform_device_register_full(&info);
	return PTR_ERR_OR_ZERO(link_devices[n]);
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
