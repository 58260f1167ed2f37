// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: links found through xenstore.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * For virtio=["type=virtio,device2,backend=<domain>"] without a transport, an
 * unpatched xl writes device/virtio/<n> for the guest: which domain the backend
 * is in, and no more. Each such entry is a link; <n> tells links apart, also in
 * the port number. A toolstack that knows us may add "port", "ring-size" and
 * "outage-timeout".
 *
 * Nobody plays the other half of the xenbus handshake: what connects the two
 * sides is the link itself. Only Closing is heeded, by which a toolstack asks for
 * the link before it takes the nodes away.
 *
 * xenwatch, which calls us, never waits here for a backend: it brings news to other
 * devices as well. Nor does this file depend on it when the backend is away, because
 * another driver may keep it waiting for a disk of ours (a CPU that goes offline).
 */
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <xen/xenbus.h>

#include "virtio_argo.h"

/**
 * struct vargo_xenbus - a link that xenstore describes
 * @dev: its device
 * @lock: for @bus
 * @bus: its devices; NULL when it was closed
 * @closing: closes it
 * @search: looks where the backend is, as long as there is no session
 * @watch: on the number of the backend's domain
 */
struct vargo_xenbus {
	struct xenbus_device *dev;
	struct mutex lock; /* see above */
	struct vargo_bus *bus;
	struct work_struct closing;
	struct delayed_work search;
	struct xenbus_watch watch;
};

#define VARGO_SEARCH_MS		2000

/* For the search: a disk that memory waits for may be what it finds. */
static struct workqueue_struct *vargo_xenbus_wq;

/*
 * A driver domain that is started again has another number. Whoever starts it
 * writes that into the node; so does a toolstack that restores this domain
 * elsewhere.
 */
static void vargo_xenbus_follow(struct vargo_xenbus *x)
{
	unsigned int backend;

	if (xenbus_scanf(XBT_NIL, x->dev->nodename, "backend-id", "%u", &backend) != 1)
		return;
	mutex_lock(&x->lock);
	if (x->bus)
		vargo_bus_move(x->bus, backend);
	mutex_unlock(&x->lock);
}

static void vargo_xenbus_watched(struct xenbus_watch *watch, const char *path,
				 const char *token)
{
	vargo_xenbus_follow(container_of(watch, struct vargo_xenbus, watch));
}

/* Whoever destroys the bus takes it first: the search and the watch find none then. */
static struct vargo_bus *vargo_xenbus_take(struct vargo_xenbus *x)
{
	struct vargo_bus *bus;

	mutex_lock(&x->lock);
	bus = x->bus;
	x->bus = NULL;
	mutex_unlock(&x->lock);
	return bus;
}

/* A session has ended: with the watch alone, xenwatch would have to be free. */
static void vargo_xenbus_lost(void *priv)
{
	struct vargo_xenbus *x = priv;

	queue_delayed_work(vargo_xenbus_wq, &x->search, 0);
}

static void vargo_xenbus_search(struct work_struct *work)
{
	struct vargo_xenbus *x = container_of(to_delayed_work(work), struct vargo_xenbus, search);
	bool go_on;

	vargo_xenbus_follow(x);
	mutex_lock(&x->lock);
	go_on = x->bus && !vargo_bus_connected(x->bus);
	mutex_unlock(&x->lock);
	if (go_on)
		queue_delayed_work(vargo_xenbus_wq, &x->search,
				   msecs_to_jiffies(VARGO_SEARCH_MS));
}

/*
 * Removes the devices, then says so, for which the toolstack waits. Not in xenwatch:
 * what the devices' drivers still wait for takes its time.
 */
static void vargo_xenbus_close(struct work_struct *work)
{
	struct vargo_xenbus *x = container_of(work, struct vargo_xenbus, closing);
	struct vargo_bus *bus = vargo_xenbus_take(x);

	if (!bus)
		return;
	dev_info(&x->dev->dev, "the toolstack takes the link away: closing it\n");
	vargo_bus_destroy(bus);
	xenbus_switch_state(x->dev, XenbusStateClosed);
}

/* An optional number of the device's node. */
static int xenbus_number(struct xenbus_device *dev, const char *name, u32 *value)
{
	int err = xenbus_scanf(XBT_NIL, dev->nodename, name, "%u", value);

	if (err == 1 || err == -ENOENT)
		return 0;
	dev_err(&dev->dev, "%s/%s is not a number\n", dev->nodename, name);
	return -EINVAL;
}

static int vargo_xenbus_probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	struct vargo_bus_config config;
	struct vargo_xenbus *x;
	unsigned int n;
	int err;

	if (sscanf(dev->nodename, "device/virtio/%u", &n) != 1 || n > 0xffff) {
		dev_err(&dev->dev, "%s is not a link: device/virtio/<number> is expected\n",
			dev->nodename);
		return -EINVAL;
	}
	vargo_bus_defaults(&config);
	config.backend = dev->otherend_id;
	config.port += n;
	err = xenbus_number(dev, "port", &config.port);
	if (!err)
		err = xenbus_number(dev, "ring-size", &config.ring_len);
	if (!err)
		err = xenbus_number(dev, "outage-timeout", &config.outage_timeout);
	if (err)
		return err;

	x = kzalloc(sizeof(*x), GFP_KERNEL);
	if (!x)
		return -ENOMEM;
	x->dev = dev;
	mutex_init(&x->lock);
	INIT_WORK(&x->closing, vargo_xenbus_close);
	INIT_DELAYED_WORK(&x->search, vargo_xenbus_search);
	config.lost = vargo_xenbus_lost;
	config.priv = x;
	x->bus = vargo_bus_create(xen_argo_get(), &dev->dev, &config);
	if (IS_ERR(x->bus)) {
		err = PTR_ERR(x->bus);
		goto free_x;
	}
	dev_set_drvdata(&dev->dev, x);
	err = xenbus_watch_pathfmt(dev, &x->watch, NULL, vargo_xenbus_watched,
				   "%s/backend-id", dev->nodename);
	if (err)
		goto destroy_bus;

	/*
	 * Connected, so that the boot does not wait for us; and as no backend
	 * will ever answer Closing, neither shall the shutdown.
	 */
	xenbus_switch_state(dev, XenbusStateConnected);
	complete(&dev->down);
	return 0;

destroy_bus:
	vargo_bus_destroy(vargo_xenbus_take(x));
	cancel_delayed_work_sync(&x->search);
free_x:
	kfree(x);
	return err;
}

static void vargo_xenbus_remove(struct xenbus_device *dev)
{
	struct vargo_xenbus *x = dev_get_drvdata(&dev->dev);
	struct vargo_bus *bus;

	unregister_xenbus_watch(&x->watch);
	kfree(x->watch.node);
	/* The other watch, which would queue it again, is gone already. */
	cancel_work_sync(&x->closing);
	bus = vargo_xenbus_take(x);
	if (bus) {
		/*
		 * With its node the backend's word for it is gone, and xenwatch is who
		 * calls: nobody's driver ends its work in order any more.
		 */
		if (!xenbus_exists(XBT_NIL, dev->nodename, ""))
			vargo_bus_backend_gone(bus);
		vargo_bus_destroy(bus);
	}
	cancel_delayed_work_sync(&x->search);
	kfree(x);
	xenbus_switch_state(dev, XenbusStateInitialising);
}

/* A restore or migration: the ring has its own events, and the link follows them. */
static int vargo_xenbus_resume(struct xenbus_device *dev)
{
	vargo_xenbus_follow(dev_get_drvdata(&dev->dev));
	return 0;
}

/*
 * The backend's node has no life of its own: it stays as the toolstack made it,
 * until that sets it to Closing, or removes it with the backend's domain.
 */
static void vargo_xenbus_backend_changed(struct xenbus_device *dev, enum xenbus_state state)
{
	struct vargo_xenbus *x = dev_get_drvdata(&dev->dev);

	if (state == XenbusStateClosing)
		queue_work(system_long_wq, &x->closing);
	if (state != XenbusStateUnknown)
		return;
	mutex_lock(&x->lock);
	if (x->bus)
		vargo_bus_backend_gone(x->bus);
	mutex_unlock(&x->lock);
}

static const struct xenbus_device_id vargo_xenbus_ids[] = {
	{ "virtio" },
	{ "" },
};
MODULE_DEVICE_TABLE(xenbus, vargo_xenbus_ids);
MODULE_ALIAS("xen:virtio");

static struct xenbus_driver vargo_xenbus_driver = {
	.name = "virtio_argo",
	.driver.dev_groups = vargo_bus_groups,
	.ids = vargo_xenbus_ids,
	.probe = vargo_xenbus_probe,
	.remove = vargo_xenbus_remove,
	.resume = vargo_xenbus_resume,
	.otherend_changed = vargo_xenbus_backend_changed,
	.not_essential = true,
};

int vargo_xenbus_init(void)
{
	int err;

	vargo_xenbus_wq = alloc_workqueue("virtio-argo-xenbus", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!vargo_xenbus_wq)
		return -ENOMEM;
	err = xenbus_register_frontend(&vargo_xenbus_driver);
	if (err)
		destroy_workqueue(vargo_xenbus_wq);
	return err;
}

void vargo_xenbus_exit(void)
{
	xenbus_unregister_driver(&vargo_xenbus_driver);
	destroy_workqueue(vargo_xenbus_wq);
}
