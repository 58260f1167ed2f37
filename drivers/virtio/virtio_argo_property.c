// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: a link as properties of a device, whoever wrote them: a
 * device tree, ACPI, or the module parameter.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 *	xen,backend-domid	domain of the backend
 *	xen,argo-port		port of both rings; VIRTIO_ARGO_PORT_BASE if absent
 *	xen,ring-size		bytes of the receive ring; optional
 *	xen,outage-timeout	seconds for which requests wait for a backend that is
 *				away before they fail, 0 for ever; optional
 */
#include <linux/export.h>
#include <linux/kstrtox.h>
#include <linux/property.h>
#include <linux/string.h>

#include "virtio_argo.h"

static const char * const vargo_properties[] = {
	"xen,backend-domid", "xen,argo-port", "xen,ring-size", "xen,outage-timeout",
};

static int property_read(struct device *dev, const char *name, u32 *value)
{
	int err = device_property_read_u32(dev, name, value);

	if (err)
		dev_err(dev, "property %s is not one 32-bit number (error %d)\n", name, err);
	return err;
}

/**
 * vargo_bus_from_properties() - open the link that a device's properties describe
 * @argo: this domain's Argo
 * @dev: the device; parent of the virtio devices
 *
 * Context: process, may sleep.
 *
 * Return: the bus, or ERR_PTR, which was logged
 */
struct vargo_bus *vargo_bus_from_properties(struct xen_argo *argo, struct device *dev)
{
	struct vargo_bus_config config;
	u32 *value[] = {
		&config.backend, &config.port, &config.ring_len, &config.outage_timeout,
	};
	unsigned int i;
	int err;

	BUILD_BUG_ON(ARRAY_SIZE(value) != ARRAY_SIZE(vargo_properties));
	vargo_bus_defaults(&config);
	for (i = 0; i < ARRAY_SIZE(vargo_properties); i++) {
		if (device_property_present(dev, vargo_properties[i])) {
			err = property_read(dev, vargo_properties[i], value[i]);
			if (err)
				return ERR_PTR(err);
		} else if (!i) {
			dev_err(dev, "property %s is missing: it says which domain the backend is in\n",
				vargo_properties[i]);
			return ERR_PTR(-EINVAL);
		}
	}
	return vargo_bus_create(argo, dev, &config);
}
EXPORT_SYMBOL_GPL(vargo_bus_from_properties);

/**
 * vargo_properties_parse() - properties of "<backend>[:<port>[:<ring bytes>]]"
 * @text: that
 * @port: to use if @text names none
 * @entries: VARGO_NR_PROPERTIES and the terminator
 *
 * Context: any.
 *
 * Return: 0 or -EINVAL, then @entries is undefined
 */
int vargo_properties_parse(const char *text, u32 port, struct property_entry *entries)
{
	char buf[64], *rest = buf, *part;
	unsigned int n = 0;
	u32 value;

	BUILD_BUG_ON(ARRAY_SIZE(vargo_properties) < VARGO_NR_PROPERTIES);

	if (strscpy(buf, text, sizeof(buf)) < 0)
		return -EINVAL;
	while ((part = strsep(&rest, ":"))) {
		if (n == VARGO_NR_PROPERTIES || kstrtou32(part, 0, &value))
			return -EINVAL;
		entries[n] = PROPERTY_ENTRY_U32(vargo_properties[n], value);
		n++;
	}
	if (n == 1) {
		entries[n] = PROPERTY_ENTRY_U32(vargo_properties[n], port);
		n++;
	}
	entries[n] = (struct property_entry){};
	return 0;
}
EXPORT_SYMBOL_GPL(vargo_properties_parse);
