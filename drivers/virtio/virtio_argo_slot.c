// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: which devices a link has, and under which numbers.
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
 * (vargo_slots_up), and so does a slot in which a known device appears later. One
 * that is not found is away: it has no slot, and its requests wait.
 *
 * A vdev pointer is read by the receive pass without a lock. It is set before
 * the device is registered, because probing does I/O, and cleared after it is
 * unregistered; then the receive pass is flushed, and only then it is freed.
 */
#include <linux/slab.h>

#include "virtio_argo.h"

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

/**
 * vargo_slots_up() - find the known devices in a new session
 * @bus: the bus
 * @session: the session
 *
 * Those that are found go on, and those that are not are away. What is new is
 * looked for afterwards, by the slots' own work.
 *
 * Context: process; the link's worker.
 *
 * Return: 0, or an error of the link, which ends the session
 */
int vargo_slots_up(struct vargo_bus *bus, u32 session)
{
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

/**
 * vargo_slots_down() - the session has ended: no device has a number any more
 * @bus: the bus
 *
 * Context: process; no frame is being received or sent.
 */
void vargo_slots_down(struct vargo_bus *bus)
{
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

/**
 * vargo_slots_event() - the backend has added or removed a device
 * @bus: the bus
 * @num: its number
 * @added: which of them
 *
 * Context: bottom half.
 */
void vargo_slots_event(struct vargo_bus *bus, u16 num, bool added)
{
	unsigned long flags;

	spin_lock_irqsave(&bus->events_lock, flags);
	bus->events++;
	if (!added)	/* sticks, whatever is added before the work runs */
		WRITE_ONCE(bus->slots[num].removed, true);
	slot_want(&bus->slots[num], added);
	spin_unlock_irqrestore(&bus->events_lock, flags);
	if (!added) {
		vargo_link_abandon(bus->link, num);
		schedule_work(&bus->cull);
	}
}

/**
 * vargo_slots_look() - what a device needs to be made may be there now
 * @bus: the bus
 * @num: the number of one that has not been made
 *
 * Context: any.
 */
void vargo_slots_look(struct vargo_bus *bus, u16 num)
{
	if (READ_ONCE(bus->slots[num].wanted) && !READ_ONCE(bus->leaving))
		queue_work(bus->wq, &bus->slots[num].work);
}

/**
 * vargo_slots_remove() - the driver of a device leaves, and the device is freed
 * @bus: the bus; nobody adds devices any more
 * @v: the device
 *
 * Context: process, may sleep for as long as the driver needs.
 */
void vargo_slots_remove(struct vargo_bus *bus, struct vargo_vdev *v)
{
	bool serves;

	mutex_lock(&bus->lock);
	serves = bus_has(bus, v) && !bus->slots[v->num].removed;
	mutex_unlock(&bus->lock);
	device_remove(bus, v, serves);
}

/**
 * vargo_slots_init() - no number has a device yet
 * @bus: zeroed
 *
 * Context: process.
 */
void vargo_slots_init(struct vargo_bus *bus)
{
	unsigned int i;

	mutex_init(&bus->lock);
	spin_lock_init(&bus->events_lock);
	INIT_WORK(&bus->scan, bus_scan);
	INIT_WORK(&bus->cull, bus_cull);
	for (i = 0; i < VIRTIO_ARGO_MAX_DEVICES; i++) {
		bus->slots[i].bus = bus;
		bus->slots[i].num = i;
		INIT_WORK(&bus->slots[i].work, slot_work);
	}
}
