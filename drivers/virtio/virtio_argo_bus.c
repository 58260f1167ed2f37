// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: the devices of one link.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * What discovery finds becomes a bus: it owns the link, hands on what the link
 * receives, and lives as long as discovery says. Which devices it has is
 * virtio_argo_slot.c's.
 */
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/kstrtox.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "virtio_argo.h"

/* How long a backend may leave a driver that leaves without an answer, and how often */
#define VARGO_LEAVE_MS		30000
#define VARGO_LEAVE_ROUNDS	20

static struct dentry *vargo_debugfs;
static LIST_HEAD(vargo_buses);
static DEFINE_MUTEX(vargo_buses_lock);	/* guards vargo_buses */

/* ------------------------------------------------------------------------ */
/* Callbacks of the link */

static int bus_up(void *priv)
{
	struct vargo_bus *bus = priv;

	return vargo_slots_up(bus, vargo_link_session(bus->link));
}

static void bus_down(void *priv)
{
	struct vargo_bus *bus = priv;

	vargo_slots_down(bus);
	if (bus->config.lost)
		bus->config.lost(bus->config.priv);
}

static int bus_pdu(void *priv, const struct vargo_pdu *pdu,
		   const struct vargo_payload *payload)
{
	struct vargo_bus *bus = priv;
	struct vargo_vdev *v;
	int ret;

	if (pdu->dev >= VIRTIO_ARGO_MAX_DEVICES)
		return -EPROTO;
	v = READ_ONCE(bus->slots[pdu->dev].vdev);
	if (!v)
		return -EPROTO;
	ret = vargo_vqs_complete(v, pdu, payload);
	if (ret >= 0 && pdu->dev == READ_ONCE(bus->leaving_num))
		atomic_inc(&bus->answers);
	return ret;
}

static void bus_event(void *priv, const struct vargo_msg *msg)
{
	bool of_bus = msg->type & VIRTIO_ARGO_TYPE_BUS;
	struct vargo_bus *bus = priv;
	struct vargo_vdev *v;
	u16 num;

	num = of_bus ? msg->event_device.dev : msg->dev;
	if (num >= VIRTIO_ARGO_MAX_DEVICES) {
		vargo_link_count(bus->link, VARGO_STAT_DROP_CONTROL, 1);
	} else if (of_bus) {
		vargo_slots_event(bus, num,
				  msg->event_device.state == VIRTIO_ARGO_DEVICE_ADDED);
	} else {
		v = READ_ONCE(bus->slots[num].vdev);
		if (v)
			vargo_vdev_event_config(v, msg);
		else
			vargo_slots_look(bus, num);	/* enough now? */
	}
}

static void bus_pass_end(void *priv)
{
	struct vargo_bus *bus = priv;
	unsigned int i;

	/* Those without a number as well: what failed there is answered here. */
	for (i = 0; i < VARGO_BUS_DEVICES; i++) {
		struct vargo_vdev *v = READ_ONCE(bus->devices[i]);

		if (v)
			vargo_vqs_interrupt(v);
	}
}

static const struct vargo_link_ops bus_link_ops = {
	.up = bus_up,
	.down = bus_down,
	.pdu = bus_pdu,
	.event = bus_event,
	.pass_end = bus_pass_end,
};

/* ------------------------------------------------------------------------ */
/* Life */

static int stats_show(struct seq_file *s, void *unused)
{
	struct vargo_bus *bus = s->private;

	vargo_link_show_stats(bus->link, s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/* The bus that discovery has made of a device: it may have gone since. */
static struct vargo_bus *bus_of(const struct device *parent)
{
	struct vargo_bus *bus;

	lockdep_assert_held(&vargo_buses_lock);
	list_for_each_entry(bus, &vargo_buses, node)
		if (bus->parent == parent)
			return bus;
	return NULL;
}

static ssize_t outage_timeout_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	ssize_t ret = -ENODEV;
	struct vargo_bus *bus;

	mutex_lock(&vargo_buses_lock);
	bus = bus_of(dev);
	if (bus)
		ret = sysfs_emit(buf, "%u\n", READ_ONCE(bus->config.outage_timeout));
	mutex_unlock(&vargo_buses_lock);
	return ret;
}

static ssize_t outage_timeout_store(struct device *dev, struct device_attribute *attr,
				    const char *buf, size_t count)
{
	struct vargo_bus *bus;
	unsigned int seconds;
	int err;

	err = kstrtouint(buf, 0, &seconds);
	if (err)
		return err;
	mutex_lock(&vargo_buses_lock);
	bus = bus_of(dev);
	if (bus)
		vargo_outage_set(bus, seconds);
	mutex_unlock(&vargo_buses_lock);
	return bus ? count : -ENODEV;
}
static DEVICE_ATTR_RW(outage_timeout);

static struct attribute *vargo_bus_attrs[] = {
	&dev_attr_outage_timeout.attr,
	NULL
};

static const struct attribute_group vargo_bus_group = { .attrs = vargo_bus_attrs };

/* Of the device that discovery has found; see Documentation/ABI */
const struct attribute_group *vargo_bus_groups[] = { &vargo_bus_group, NULL };
EXPORT_SYMBOL_GPL(vargo_bus_groups);

static bool bus_backend_ok(struct device *parent, u32 backend)
{
	if (backend < DOMID_FIRST_RESERVED)
		return true;
	dev_err(parent, "%u is not the id of a backend domain (0 to %u)\n",
		backend, DOMID_FIRST_RESERVED - 1);
	return false;
}

/*
 * Two links cannot have the same rings. Xen would say so as well, but only when
 * the backend's domain exists.
 */
static int bus_check_rings(const struct vargo_bus *bus, u32 backend)
{
	const struct vargo_bus *other;

	lockdep_assert_held(&vargo_buses_lock);
	list_for_each_entry(other, &vargo_buses, node) {
		if (other == bus || other->argo != bus->argo ||
		    other->config.backend != backend || other->config.port != bus->config.port)
			continue;
		dev_err(bus->parent, "another link has port 0x%x to domain %u already: each needs a port of its own\n",
			bus->config.port, backend);
		return -EEXIST;
	}
	return 0;
}

static int bus_link(struct vargo_bus *bus)
{
	const struct vargo_link_config config = {
		.argo = bus->argo,
		.name = bus->name,
		.backend = bus->config.backend,
		.port = bus->config.port,
		.ring_len = bus->config.ring_len,
		.ops = &bus_link_ops,
		.priv = bus,
	};
	int err;

	mutex_lock(&vargo_buses_lock);
	err = bus_check_rings(bus, bus->config.backend);
	if (!err) {
		bus->link = vargo_link_create(&config);
		err = PTR_ERR_OR_ZERO(bus->link);
	}
	if (!err)
		list_add(&bus->node, &vargo_buses);
	mutex_unlock(&vargo_buses_lock);
	return err;
}

static void bus_unlink(struct vargo_bus *bus)
{
	mutex_lock(&vargo_buses_lock);
	list_del(&bus->node);
	vargo_link_destroy(bus->link);
	mutex_unlock(&vargo_buses_lock);
}

/*
 * A driver that ends its work in order waits for the backend, which may answer
 * what it is asked and yet never complete a chain, or one in a long while: then
 * losing the session makes bus_down() fail what is waited for.
 */
static void bus_leave(struct work_struct *work)
{
	struct vargo_bus *bus = container_of(to_delayed_work(work), struct vargo_bus, leave);
	int answers = atomic_read(&bus->answers);

	if (answers == bus->answers_seen || ++bus->leave_rounds >= VARGO_LEAVE_ROUNDS)
		vargo_link_lose(bus->link, vargo_link_session(bus->link),
				"the backend answers no requests of a driver that is leaving");
	bus->answers_seen = answers;
	schedule_delayed_work(&bus->leave, msecs_to_jiffies(bus->leave_ms));
}

/* It is this device's driver now that leaves */
static void bus_leave_next(struct vargo_bus *bus, u16 num)
{
	WRITE_ONCE(bus->leaving_num, num);
	atomic_inc(&bus->answers);	/* so that it has its time from here on */
}

/**
 * vargo_bus_defaults() - what a link is whose description says no more
 * @config: filled; its backend must be named
 *
 * Context: any.
 */
void vargo_bus_defaults(struct vargo_bus_config *config)
{
	*config = (struct vargo_bus_config){
		.port = VIRTIO_ARGO_PORT_BASE,
		.ring_len = VARGO_RING_DEFAULT,
		.outage_timeout = vargo_outage_default(),
	};
}
EXPORT_SYMBOL_GPL(vargo_bus_defaults);

static bool bus_config_ok(struct device *parent, const struct vargo_bus_config *config)
{
	if (!bus_backend_ok(parent, config->backend))
		return false;
	if (!config->port) {
		dev_err(parent, "0 is not a port that a link can have\n");
		return false;
	}
	if (config->ring_len < VARGO_RING_MIN || config->ring_len > VARGO_RING_MAX) {
		dev_err(parent, "a ring of %u bytes is not possible (%u to %u)\n",
			config->ring_len, VARGO_RING_MIN, VARGO_RING_MAX);
		return false;
	}
	return true;
}

/**
 * vargo_bus_create() - open a link and let its devices appear
 * @argo: this domain's Argo
 * @parent: what discovery found; parent of the devices
 * @config: copied
 *
 * Context: process, may sleep.
 *
 * Return: the bus, or ERR_PTR, which was logged
 */
struct vargo_bus *vargo_bus_create(struct xen_argo *argo, struct device *parent,
				   const struct vargo_bus_config *config)
{
	struct vargo_bus *bus;
	int err;

	if (!bus_config_ok(parent, config))
		return ERR_PTR(-EINVAL);
	bus = kzalloc(sizeof(*bus), GFP_KERNEL);
	if (!bus)
		return ERR_PTR(-ENOMEM);
	bus->argo = argo;
	bus->parent = parent;
	bus->config = *config;
	/* Behind Argo's header */
	bus->config.ring_len = round_up(config->ring_len + 64, 4096) - 64;
	vargo_outage_bus_init(bus);
	snprintf(bus->name, sizeof(bus->name), "argo-%u-%x", config->backend, config->port);
	vargo_slots_init(bus);
	INIT_DELAYED_WORK(&bus->leave, bus_leave);
	bus->leave_ms = VARGO_LEAVE_MS;
	bus->leaving_num = VIRTIO_ARGO_MAX_DEVICES;	/* nobody's yet */
	err = -ENOMEM;
	/* Ordered, so that the disks of a link have the same names at each boot. */
	bus->wq = alloc_ordered_workqueue("%s-devices", 0, bus->name);
	if (!bus->wq)
		goto free_bus;
	err = bus_link(bus);
	if (err)
		goto free_wq;
	bus->debugfs = debugfs_create_dir(bus->name, vargo_debugfs);
	debugfs_create_file("stats", 0400, bus->debugfs, bus, &stats_fops);
	vargo_link_start(bus->link);
	return bus;

free_wq:
	destroy_workqueue(bus->wq);
free_bus:
	kfree(bus);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(vargo_bus_create);

/**
 * vargo_bus_connected() - is there a session?
 * @bus: from vargo_bus_create()
 *
 * Context: any. It may be over when this returns.
 *
 * Return: whether there is
 */
bool vargo_bus_connected(struct vargo_bus *bus)
{
	return vargo_link_session(bus->link);
}
EXPORT_SYMBOL_GPL(vargo_bus_connected);

/**
 * vargo_bus_destroy() - remove the devices and close the link
 * @bus: from vargo_bus_create()
 *
 * While there is a session and a backend that answers, drivers end their work
 * with it; else what they wait for fails. It does after VARGO_LEAVE_MS without an
 * answer for the device whose turn it is, and after VARGO_LEAVE_ROUNDS times that
 * in any case.
 *
 * Context: process, may sleep.
 */
void vargo_bus_destroy(struct vargo_bus *bus)
{
	unsigned int i;

	debugfs_remove_recursive(bus->debugfs);
	bus->answers_seen = atomic_read(&bus->answers);
	schedule_delayed_work(&bus->leave, msecs_to_jiffies(bus->leave_ms));
	/* From here on nothing is added, and a lost session fails what it held. */
	mutex_lock(&bus->lock);
	WRITE_ONCE(bus->leaving, true);
	mutex_unlock(&bus->lock);
	if (!vargo_link_session(bus->link))
		vargo_slots_down(bus);
	disable_work_sync(&bus->scan);
	for (i = 0; i < VIRTIO_ARGO_MAX_DEVICES; i++) {
		bus_leave_next(bus, i);
		disable_work_sync(&bus->slots[i].work);
	}
	for (i = 0; i < VARGO_BUS_DEVICES; i++) {
		struct vargo_vdev *v = bus->devices[i];

		if (!v)
			continue;
		bus_leave_next(bus, v->num);
		vargo_slots_remove(bus, v);
	}
	cancel_delayed_work_sync(&bus->leave);
	vargo_link_stop(bus->link);
	disable_work_sync(&bus->cull);	/* until here a slot may have waited for it */
	bus_unlink(bus);
	cancel_work_sync(&bus->outage_changed);	/* nobody finds the bus to change it */
	destroy_workqueue(bus->wq);
	kfree(bus);
}
EXPORT_SYMBOL_GPL(vargo_bus_destroy);

/**
 * vargo_bus_move() - the backend is in another domain from now on
 * @bus: from vargo_bus_create()
 * @backend: that domain's id
 *
 * Devices stay: their drivers see a pause. The bus keeps its name. A link to
 * the same domain goes on undisturbed.
 *
 * Context: process, may sleep.
 */
void vargo_bus_move(struct vargo_bus *bus, u32 backend)
{
	if (!bus_backend_ok(bus->parent, backend))
		return;
	mutex_lock(&vargo_buses_lock);
	if (backend != bus->config.backend && !bus_check_rings(bus, backend)) {
		bus->config.backend = backend;
		vargo_link_move(bus->link, backend);
	}
	mutex_unlock(&vargo_buses_lock);
}
EXPORT_SYMBOL_GPL(vargo_bus_move);

/**
 * vargo_bus_backend_gone() - the domain of the backend is going away
 * @bus: from vargo_bus_create()
 *
 * Xen says so only to who sends something. If that domain lives on, the link
 * finds it again, and all that this has cost is a session.
 *
 * Context: any.
 */
void vargo_bus_backend_gone(struct vargo_bus *bus)
{
	vargo_link_lose(bus->link, vargo_link_session(bus->link), "the backend's domain has gone");
}
EXPORT_SYMBOL_GPL(vargo_bus_backend_gone);

static int __init vargo_core_init(void)
{
	int err = vargo_outage_init();

	if (!err)
		vargo_debugfs = debugfs_create_dir("virtio_argo", NULL);
	return err;
}
module_init(vargo_core_init);

static void __exit vargo_core_exit(void)
{
	debugfs_remove_recursive(vargo_debugfs);
	vargo_outage_exit();
}
module_exit(vargo_core_exit);

MODULE_AUTHOR("The VirtIO-Argo authors");
MODULE_DESCRIPTION("VirtIO over Argo: links and their devices");
MODULE_LICENSE("GPL");
