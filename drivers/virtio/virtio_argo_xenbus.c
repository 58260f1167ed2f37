// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: links found through xenstore.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * For virtio=["type=virtio,device2,backend=<domain>"] without a transport, an
 * unpatched xl writes device/virtio/<n> for the guest: which domain the backend
 * is in, and no more. Each such entry is a link; <n> tells links apart, also in
 * the port number. A toolstack that knows us may add "port" and "ring-size".
 *
 * Nobody plays the other half of the xenbus handshake: what connects the two
 * sides is the link itself.
 */
#include <linux/slab.h>
#include <xen/xenbus.h>

#include "virtio_argo.h"

static int vargo_xenbus_probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	unsigned int n, port, ring_len;
	struct vargo_bus *bus;

	if (sscanf(dev->nodename, "device/virtio/%u", &n) != 1 || n > 0xffff) {
		dev_err(&dev->dev, "%s is not a link: device/virtio/<number> is expected\n",
			dev->nodename);
		return -EINVAL;
	}
	port = xenbus_read_unsigned(dev->nodename, "port", VIRTIO_ARGO_PORT_BASE + n);
	ring_len = xenbus_read_unsigned(dev->nodename, "ring-size", 0);

	bus = vargo_bus_create(xen_argo_get(), &dev->dev, dev->otherend_id, port, ring_len);
	if (IS_ERR(bus))
		return PTR_ERR(bus);
	dev_set_drvdata(&dev->dev, bus);

	/*
	 * Connected, so that the boot does not wait for us; and as no backend
	 * will ever answer Closing, neither shall the shutdown.
	 */
	xenbus_switch_state(dev, XenbusStateConnected);
	complete(&dev->down);
	return 0;
}

static void vargo_xenbus_remove(struct xenbus_device *dev)
{
	vargo_bus_destroy(dev_get_drvdata(&dev->dev));
	xenbus_switch_state(dev, XenbusStateInitialising);
}

/* A restore or migration: the ring has its own events, and the link follows them. */
static int vargo_xenbus_resume(struct xenbus_device *dev)
{
	return 0;
}

/* The backend's node may come and go; the link finds out by itself. */
static void vargo_xenbus_backend_changed(struct xenbus_device *dev, enum xenbus_state state)
{
}

static const struct xenbus_device_id vargo_xenbus_ids[] = {
	{ "virtio" },
	{ "" },
};
MODULE_DEVICE_TABLE(xenbus, vargo_xenbus_ids);
MODULE_ALIAS("xen:virtio");

static struct xenbus_driver vargo_xenbus_driver = {
	.name = "virtio_argo",
	.ids = vargo_xenbus_ids,
	.probe = vargo_xenbus_probe,
	.remove = vargo_xenbus_remove,
	.resume = vargo_xenbus_resume,
	.otherend_changed = vargo_xenbus_backend_changed,
	.not_essential = true,
};

int vargo_xenbus_init(void)
{
	int err = xenbus_register_frontend(&vargo_xenbus_driver);

	return err == -ENODEV ? 0 : err;	/* no xenstore: other ways remain */
}

void vargo_xenbus_exit(void)
{
	xenbus_unregister_driver(&vargo_xenbus_driver);
}
