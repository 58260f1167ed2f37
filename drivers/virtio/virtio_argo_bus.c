// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: the devices of one link.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * The backend says which device numbers exist; each has a slot whose work
 * makes reality follow. Slots have their own work items, on a queue that is
 * not the link's: registering a device probes its driver, which may wait for
 * I/O, which may need a new session, which the link's worker has to make.
 *
 * A device is known by its identity, and its number is that of a session only: a
 * new session finds the known devices again, whatever their numbers are now
 * (bus_up), and so does a slot in which a known device appears later. One that
 * is not found is away: it has no slot, and its requests wait.
 *
 * A vdev pointer is read by the receive pass without a lock. It is set before
 * the device is registered, because probing does I/O, and cleared after it is
 * unregistered; then the receive pass is flushed, and only then it is freed.
 */
#include <linux/debugfs.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "virtio_argo.h"

/* How long a backend may leave a driver that leaves without an answer, and how often */
#define VARGO_LEAVE_MS		30000
#define VARGO_LEAVE_ROUNDS	20

static struct dentry *vargo_debugfs;
static LIST_HEAD(vargo_buses);
static DEFINE_MUTEX(vargo_buses_lock);	/* guards vargo_buses */

/* ------------------------------------------------------------------------ */
/* Slots */

static void bus_unmap(struct vargo_bus *bus, const struct vargo_vdev *v)
{
	unsigned int i;

	lockdep_assert_held(&bus->lock);
	for (i = 0; i < VIRTIO_ARGO_MAX_DEVICES; i++)
		if (bus->slots[i].vdev == v)
			WRITE_ONCE(bus->slots[i].vdev, NULL);
}

static void bus_map(struct vargo_bus *bus, u16 num, struct vargo_vdev *v)
{
	lockdep_assert_held(&bus->lock);
	/* Release: the receive pass finds a device that is complete. */
	smp_store_release(&bus->slots[num].vdev, v);
}

/* The device of that identity and type, or, with @any, of that identity alone */
static struct vargo_vdev *bus_find(struct vargo_bus *bus, const struct vargo_device_info *info,
				   bool any)
{
	unsigned int i;

	lockdep_assert_held(&bus->lock);
	for (i = 0; i < VARGO_BUS_DEVICES; i++) {
		struct vargo_vdev *v = bus->devices[i];

		if (v && !READ_ONCE(v->dead) && !memcmp(&v->uuid, info->uuid, sizeof(v->uuid)) &&
		    (any || v->vdev.id.device == info->device_id))
			return v;
	}
	return NULL;
}

static bool bus_has(const struct vargo_bus *bus, const struct vargo_vdev *v)
{
	unsigned int i;

	lockdep_assert_held(&bus->lock);
	for (i = 0; i < VIRTIO_ARGO_MAX_DEVICES; i++)
		if (bus->slots[i].vdev == v)
			return true;
	return false;
}

/* Mapped before it is set up: the answers to what it sends then find it. */
static int bus_go_on(struct vargo_bus *bus, struct vargo_vdev *v, u32 session, u16 num,
		     const struct vargo_device_info *info)
{
	int err;

	bus_map(bus, num, v);
	err = vargo_vdev_restore(v, session, num, info);
	if (err)
		bus_unmap(bus, v);
	return err;
}

static int bus_enter(struct vargo_bus *bus, struct vargo_vdev *v)
{
	unsigned int i;

	lockdep_assert_held(&bus->lock);
	for (i = 0; i < VARGO_BUS_DEVICES; i++) {
		if (bus->devices[i])
			continue;
		/* Release: the receive pass finds a device that is complete. */
		smp_store_release(&bus->devices[i], v);
		return 0;
	}
	return -ENOSPC;
}

/* Nobody finds the device any more when this returns. */
static void bus_leave_device(struct vargo_bus *bus, struct vargo_vdev *v)
{
	unsigned int i;

	mutex_lock(&bus->lock);
	bus_unmap(bus, v);
	for (i = 0; i < VARGO_BUS_DEVICES; i++)
		if (bus->devices[i] == v)
			WRITE_ONCE(bus->devices[i], NULL);
	mutex_unlock(&bus->lock);
	vargo_link_flush(bus->link);
	vargo_vdev_put(v);
}

static void device_remove(struct vargo_bus *bus, struct vargo_vdev *v, bool in_order)
{
	/*
	 * With a backend that serves it the driver may end its work in order. Of
	 * a device that the backend has taken away, or that waits for a session
	 * or a reset, nobody would answer what it waits for.
	 */
	if (!in_order || !READ_ONCE(v->running))
		vargo_vdev_pause(v, true);
	unregister_virtio_device(&v->vdev);
	bus_leave_device(bus, v);
}

static int ask_info(struct vargo_bus *bus, u32 session, u16 num, struct vargo_msg *answer)
{
	const struct vargo_msg ask = { .dev = num, .id = VIRTIO_ARGO_GET_DEVICE_INFO };

	return vargo_link_request(bus->link, session, &ask, answer);
}

/*
 * A device that is not registered yet enters, unless the session has changed or
 * another has its identity.
 */
static int slot_enter(struct vargo_slot *slot, struct vargo_vdev *v, u32 session)
{
	struct vargo_bus *bus = slot->bus;
	int err = -ENOTCONN;

	mutex_lock(&bus->lock);
	if (bus->session == session && !slot->vdev) {
		err = bus_enter(bus, v);
		if (!err)
			bus_map(bus, slot->num, v);
	}
	mutex_unlock(&bus->lock);
	if (err == -ENOSPC)
		dev_err_ratelimited(bus->parent, "device %u: too many devices wait for a backend that has them again: ignored\n",
				    slot->num);
	return err;
}

static void slot_make(struct vargo_slot *slot, u32 session, const struct vargo_device_info *info)
{
	struct vargo_bus *bus = slot->bus;
	struct vargo_vdev *v;
	int err;

	v = vargo_vdev_create(bus, slot->num, session, info);
	if (IS_ERR(v)) {
		err = PTR_ERR(v);
		if (err != -ENODEV && err != -ENOTCONN)
			dev_err_ratelimited(bus->parent, "cannot set up device %u (error %d)\n",
					    slot->num, err);
		return;
	}
	if (slot_enter(slot, v, session)) {
		/* What vargo_vdev_put() wants; register_virtio_device() does it else. */
		device_initialize(&v->vdev.dev);
		vargo_vdev_put(v);
		return;
	}
	err = vargo_vdev_register(v);
	if (!err)
		return;
	dev_err_ratelimited(bus->parent, "cannot register device %u (error %d)\n", slot->num, err);
	bus_leave_device(bus, v);
}

static void slot_add(struct vargo_slot *slot, u32 session)
{
	struct vargo_bus *bus = slot->bus;
	struct vargo_msg answer;
	struct vargo_vdev *v;
	bool taken = false;

	if (ask_info(bus, session, slot->num, &answer))
		return;
	if (uuid_is_null((const uuid_t *)answer.info.uuid)) {
		dev_err_ratelimited(bus->parent, "device %u has no identity by which it could be known again: ignored\n",
				    slot->num);
		return;
	}
	mutex_lock(&bus->lock);
	v = bus_find(bus, &answer.info, true);
	if (v && (bus_has(bus, v) || v->vdev.id.device != answer.info.device_id)) {
		taken = true;
	} else if (v && bus->session == session && !slot->vdev) {
		if (bus_go_on(bus, v, session, slot->num, &answer.info) && READ_ONCE(v->dead))
			queue_work(bus->wq, &slot->work);	/* removes and makes it */
	}
	mutex_unlock(&bus->lock);
	if (taken)
		dev_err_ratelimited(bus->parent, "device %u has the identity %pUb of another device: ignored\n",
				    slot->num, answer.info.uuid);
	else if (!v)
		slot_make(slot, session, &answer.info);
}

/* What the backend has taken away dies; who removes it is the ordered queue. */
static void slot_cull(struct vargo_slot *slot)
{
	struct vargo_bus *bus = slot->bus;
	struct vargo_vdev *v = slot->vdev;
	bool removed;

	lockdep_assert_held(&bus->lock);
	spin_lock_irq(&bus->events_lock);
	removed = slot->removed;
	slot->removed = false;
	spin_unlock_irq(&bus->events_lock);
	if (!v || !removed)
		return;
	vargo_vdev_pause(v, true);
	bus_unmap(bus, v);
}

/* Only the ordered queue removes, so whoever is found here stays until then. */
static struct vargo_vdev *bus_find_dead(struct vargo_bus *bus)
{
	struct vargo_vdev *v = NULL;
	unsigned int i;

	mutex_lock(&bus->lock);
	for (i = 0; i < VARGO_BUS_DEVICES && !v; i++)
		if (bus->devices[i] && READ_ONCE(bus->devices[i]->dead))
			v = bus->devices[i];
	if (v)
		bus_unmap(bus, v);
	mutex_unlock(&bus->lock);
	return v;
}

static void slot_work(struct work_struct *work)
{
	struct vargo_slot *slot = container_of(work, struct vargo_slot, work);
	struct vargo_bus *bus = slot->bus;
	struct vargo_vdev *v;
	u32 session;
	bool add;

	mutex_lock(&bus->lock);
	slot_cull(slot);
	mutex_unlock(&bus->lock);
	while ((v = bus_find_dead(bus)))
		device_remove(bus, v, false);

	/*
	 * Not the link's session, which is there before the known devices were
	 * found in it.
	 */
	mutex_lock(&bus->lock);
	session = bus->session;
	add = !slot->vdev && READ_ONCE(slot->wanted) && session && !READ_ONCE(bus->leaving);
	mutex_unlock(&bus->lock);
	if (add)
		slot_add(slot, session);
}

static void slot_want(struct vargo_slot *slot, bool wanted)
{
	struct vargo_bus *bus = slot->bus;

	lockdep_assert_held(&bus->events_lock);
	WRITE_ONCE(slot->wanted, wanted);
	if (!READ_ONCE(bus->leaving))
		queue_work(bus->wq, &slot->work);
}

/*
 * What a device was asked for when the backend took it away must fail at once: the
 * slot's work, which is to remove it, may itself be waiting for that, in the
 * probe of its driver (a disk's partitions are read there).
 */
static void bus_cull(struct work_struct *work)
{
	struct vargo_bus *bus = container_of(work, struct vargo_bus, cull);
	unsigned int i;

	mutex_lock(&bus->lock);
	for (i = 0; i < VIRTIO_ARGO_MAX_DEVICES; i++)
		if (READ_ONCE(bus->slots[i].removed))
			slot_cull(&bus->slots[i]);
	mutex_unlock(&bus->lock);
}

/* Ask which devices there are */
static int bus_ask(struct vargo_bus *bus, u32 session, struct vargo_msg *answer)
{
	const struct vargo_msg ask = {
		.type = VIRTIO_ARGO_TYPE_BUS,
		.id = VIRTIO_ARGO_BUS_GET_DEVICES,
		.devices = { .offset = 0, .count = VIRTIO_ARGO_MAX_DEVICES },
	};

	return vargo_link_request(bus->link, session, &ask, answer);
}

static bool is_listed(const struct vargo_msg *answer, unsigned int num)
{
	return !answer->devices.offset && num < answer->devices.count &&
	       answer->devices.bitmap[num / 8] & BIT(num % 8);
}

static void bus_scan(struct work_struct *work)
{
	struct vargo_bus *bus = container_of(work, struct vargo_bus, scan);
	u32 session = vargo_link_session(bus->link);
	struct vargo_msg answer;
	unsigned int i, events;
	bool there;
	int err;

	events = READ_ONCE(bus->events);
	err = bus_ask(bus, session, &answer);
	if (err)
		return;		/* the next session scans again */

	spin_lock_irq(&bus->events_lock);
	if (events != bus->events) {
		/* It may be older than the events. */
		queue_work(bus->wq, &bus->scan);
	} else {
		for (i = 0; i < VIRTIO_ARGO_MAX_DEVICES; i++) {
			there = is_listed(&answer, i);
			if (!there && bus->slots[i].vdev)
				WRITE_ONCE(bus->slots[i].removed, true);
			/* The first in any case: the dead have no number. */
			if (there || bus->slots[i].vdev || !i)
				slot_want(&bus->slots[i], there);
		}
	}
	spin_unlock_irq(&bus->events_lock);
}

/* ------------------------------------------------------------------------ */
/* Callbacks of the link */

static bool bus_is_empty(const struct vargo_bus *bus)
{
	return !memchr_inv(bus->devices, 0, sizeof(bus->devices));
}

/* A device of the new session: is it one that we know? An error of the link, or 0. */
static int bus_restore(struct vargo_bus *bus, u32 session, u16 num)
{
	struct vargo_msg answer;
	struct vargo_vdev *v;
	int err;

	err = ask_info(bus, session, num, &answer);
	if (err)
		return err;
	v = bus_find(bus, &answer.info, false);
	if (!v || bus_has(bus, v))
		return 0;	/* its slot's work says what is wrong with it */
	err = bus_go_on(bus, v, session, num, &answer.info);
	return err == -ENODEV ? 0 : err;
}

/* What the new session has not, or not for a driver that is at work */
static void bus_miss(struct vargo_bus *bus, u32 session)
{
	unsigned int i;

	for (i = 0; i < VARGO_BUS_DEVICES; i++) {
		struct vargo_vdev *v = bus->devices[i];

		if (!v || bus_has(bus, v))
			continue;
		mutex_lock(&v->lock);
		if (!v->driver_ok) {
			v->dead = true;
			vargo_vqs_hold(v);
		} else if (!v->dead && v->session != session) {
			vargo_vdev_go_away(v, NULL);
		}
		mutex_unlock(&v->lock);
	}
}

static int bus_up(void *priv)
{
	struct vargo_bus *bus = priv;
	u32 session = vargo_link_session(bus->link);
	struct vargo_msg answer;
	unsigned int i;
	int err = 0;

	mutex_lock(&bus->lock);
	if (!bus_is_empty(bus)) {
		err = bus_ask(bus, session, &answer);
		for (i = 0; i < VIRTIO_ARGO_MAX_DEVICES && !err; i++)
			if (is_listed(&answer, i))
				err = bus_restore(bus, session, i);
		if (!err)
			bus_miss(bus, session);
	}
	if (!err) {
		bus->session = session;
		queue_work(bus->wq, &bus->scan);
	}
	mutex_unlock(&bus->lock);
	return err;
}

static void bus_down(void *priv)
{
	struct vargo_bus *bus = priv;
	unsigned int i;

	mutex_lock(&bus->lock);
	bus->session = 0;
	for (i = 0; i < VIRTIO_ARGO_MAX_DEVICES; i++) {
		slot_cull(&bus->slots[i]);
		WRITE_ONCE(bus->slots[i].vdev, NULL);
		/* Numbers are those of a session. */
		spin_lock_irq(&bus->events_lock);
		WRITE_ONCE(bus->slots[i].wanted, false);
		spin_unlock_irq(&bus->events_lock);
	}
	for (i = 0; i < VARGO_BUS_DEVICES; i++)
		/* A driver that is on its way out must not wait for a backend. */
		if (bus->devices[i])
			vargo_vdev_pause(bus->devices[i], bus->leaving);
	mutex_unlock(&bus->lock);
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
	ret = vargo_vdev_pdu(v, pdu, payload);
	if (ret >= 0 && pdu->dev == READ_ONCE(bus->leaving_num))
		atomic_inc(&bus->answers);
	return ret;
}

static void bus_event(void *priv, const struct vargo_msg *msg)
{
	bool wanted = msg->event_device.state == VIRTIO_ARGO_DEVICE_ADDED;
	struct vargo_bus *bus = priv;
	struct vargo_vdev *v;
	unsigned long flags;
	u16 num;

	num = msg->type & VIRTIO_ARGO_TYPE_BUS ? msg->event_device.dev : msg->dev;
	if (num >= VIRTIO_ARGO_MAX_DEVICES) {
		vargo_link_count(bus->link, VARGO_STAT_DROP_CONTROL, 1);
	} else if (msg->type & VIRTIO_ARGO_TYPE_BUS) {
		spin_lock_irqsave(&bus->events_lock, flags);
		bus->events++;
		if (!wanted)	/* sticks, whatever is added before the work runs */
			WRITE_ONCE(bus->slots[num].removed, true);
		slot_want(&bus->slots[num], wanted);
		spin_unlock_irqrestore(&bus->events_lock, flags);
		if (!wanted) {
			vargo_link_abandon(bus->link, num);
			schedule_work(&bus->cull);
		}
	} else {
		v = READ_ONCE(bus->slots[num].vdev);
		if (v)
			vargo_vdev_event_config(v, msg);
		else if (READ_ONCE(bus->slots[num].wanted) && !READ_ONCE(bus->leaving))
			queue_work(bus->wq, &bus->slots[num].work);	/* enough now? */
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
			vargo_vdev_interrupt(v);
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
static int bus_check_rings(struct device *parent, const struct xen_argo *argo,
			   u32 backend, u32 port)
{
	const struct vargo_bus *other;

	lockdep_assert_held(&vargo_buses_lock);
	list_for_each_entry(other, &vargo_buses, node) {
		const struct vargo_link *link = other->link;

		if (link->config.argo == argo && link->moved_to == backend &&
		    link->config.port == port) {
			dev_err(parent, "another link has port 0x%x to domain %u already: each needs a port of its own\n",
				port, backend);
			return -EEXIST;
		}
	}
	return 0;
}

static int bus_link(struct vargo_bus *bus, const struct vargo_link_config *config)
{
	struct vargo_link *link;
	int err;

	mutex_lock(&vargo_buses_lock);
	err = bus_check_rings(bus->parent, config->argo, config->backend, config->port);
	if (!err) {
		link = vargo_link_create(config);
		err = PTR_ERR_OR_ZERO(link);
	}
	if (!err) {
		bus->link = link;
		list_add(&bus->node, &vargo_buses);
	}
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
 * vargo_bus_create() - open a link and let its devices appear
 * @argo: this domain's Argo
 * @parent: what discovery found; parent of the devices
 * @backend: domain id
 * @port: port of both rings
 * @ring_len: bytes of the receive ring
 *
 * Context: process, may sleep.
 *
 * Return: the bus, or ERR_PTR, which was logged
 */
struct vargo_bus *vargo_bus_create(struct xen_argo *argo, struct device *parent,
				   u32 backend, u32 port, u32 ring_len)
{
	struct vargo_link_config config = {
		.argo = argo,
		.backend = backend,
		.port = port,
		.ring_len = ring_len,
		.ops = &bus_link_ops,
	};
	struct vargo_bus *bus;
	unsigned int i;
	int err;

	if (!bus_backend_ok(parent, backend))
		return ERR_PTR(-EINVAL);
	if (!port) {
		dev_err(parent, "0 is not a port that a link can have\n");
		return ERR_PTR(-EINVAL);
	}
	if (config.ring_len < VARGO_RING_MIN || config.ring_len > VARGO_RING_MAX) {
		dev_err(parent, "a ring of %u bytes is not possible (%u to %u)\n",
			config.ring_len, VARGO_RING_MIN, VARGO_RING_MAX);
		return ERR_PTR(-EINVAL);
	}

	bus = kzalloc(sizeof(*bus), GFP_KERNEL);
	if (!bus)
		return ERR_PTR(-ENOMEM);
	bus->parent = parent;
	config.ring_len = round_up(config.ring_len + 64, 4096) - 64;	/* behind Argo's header */
	snprintf(bus->name, sizeof(bus->name), "argo-%u-%x", backend, config.port);
	mutex_init(&bus->lock);
	spin_lock_init(&bus->events_lock);
	INIT_WORK(&bus->scan, bus_scan);
	INIT_WORK(&bus->cull, bus_cull);
	INIT_DELAYED_WORK(&bus->leave, bus_leave);
	bus->leave_ms = VARGO_LEAVE_MS;
	for (i = 0; i < VIRTIO_ARGO_MAX_DEVICES; i++) {
		bus->slots[i].bus = bus;
		bus->slots[i].num = i;
		INIT_WORK(&bus->slots[i].work, slot_work);
	}
	err = -ENOMEM;
	/* Ordered, so that the disks of a link have the same names at each boot. */
	bus->wq = alloc_ordered_workqueue("%s-devices", 0, bus->name);
	if (!bus->wq)
		goto free_bus;
	config.name = bus->name;
	config.priv = bus;
	err = bus_link(bus, &config);
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

static bool bus_serves(struct vargo_bus *bus, const struct vargo_vdev *v)
{
	bool serves;

	mutex_lock(&bus->lock);
	serves = bus_has(bus, v) && !bus->slots[v->num].removed;
	mutex_unlock(&bus->lock);
	return serves;
}

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
		bus_down(bus);
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
		device_remove(bus, v, bus_serves(bus, v));
	}
	cancel_delayed_work_sync(&bus->leave);
	vargo_link_stop(bus->link);
	disable_work_sync(&bus->cull);	/* until here a slot may have waited for it */
	bus_unlink(bus);
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
	struct vargo_link *link = bus->link;

	if (!bus_backend_ok(bus->parent, backend))
		return;
	mutex_lock(&vargo_buses_lock);
	if (backend != link->moved_to &&
	    !bus_check_rings(bus->parent, link->config.argo, backend, link->config.port))
		vargo_link_move(link, backend);
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
	vargo_debugfs = debugfs_create_dir("virtio_argo", NULL);
	return 0;
}
module_init(vargo_core_init);

static void __exit vargo_core_exit(void)
{
	debugfs_remove_recursive(vargo_debugfs);
}
module_exit(vargo_core_exit);

MODULE_AUTHOR("The VirtIO-Argo authors");
MODULE_DESCRIPTION("VirtIO over Argo: links and their devices");
MODULE_LICENSE("GPL");
