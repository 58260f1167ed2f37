// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: how long the requests of a device wait that nobody serves.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * An outage begins when the backend does not serve a device whose driver is at
 * work: no session, a session without the device, a device that needs a reset. It
 * ends when the queues run again. Meanwhile requests wait, for ever if the link has
 * no outage timeout; else they fail when that is over, and so does each new one,
 * until the backend is back.
 *
 * What waits for such a request waits with it, and does not say so: an unmount, a
 * shutdown, a suspend, a CPU that goes offline. So the log does, once in an outage.
 */
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/module.h>

#include "virtio_argo.h"

static unsigned int outage_timeout;
module_param(outage_timeout, uint, 0644);
MODULE_PARM_DESC(outage_timeout,
		 "seconds for which requests wait for a backend that is away before they fail, for links whose description names none; 0 for ever (default 0)");

/* After how long without a backend the log says what waits for it */
#define OUTAGE_TELL_MS		10000

/* Memory may wait for a request that is to fail: this one has a rescuer. */
static struct workqueue_struct *outage_wq;

/**
 * vargo_outage_default() - seconds for a link whose description names none
 *
 * Context: any.
 *
 * Return: the seconds, 0 for ever
 */
unsigned int vargo_outage_default(void)
{
	return READ_ONCE(outage_timeout);
}
EXPORT_SYMBOL_GPL(vargo_outage_default);

static unsigned long outage_elapsed(const struct vargo_vdev *v)
{
	return jiffies - READ_ONCE(v->outage.since);
}

/* 0: none */
static unsigned long outage_limit(const struct vargo_vdev *v)
{
	return (unsigned long)READ_ONCE(v->bus->config.outage_timeout) * HZ;
}

/**
 * vargo_outage_begin() - nobody serves the device from now on
 * @v: the device, whose driver is at work. In an outage nothing happens
 *
 * Context: any.
 */
void vargo_outage_begin(struct vargo_vdev *v)
{
	if (!cmpxchg(&v->outage.since, 0, jiffies ?: 1))
		queue_delayed_work(outage_wq, &v->outage.work, 0);
}

/**
 * vargo_outage_end() - the device is served again, or its driver has left
 * @v: the device, held
 *
 * Context: process.
 */
void vargo_outage_end(struct vargo_vdev *v)
{
	lockdep_assert_held(&v->lock);
	if (!READ_ONCE(v->outage.since))
		return;
	if (v->outage.failing && v->running && __ratelimit(&v->bus->link->log_limit))
		dev_info(&v->vdev.dev, "the backend is back: requests do not fail any more\n");
	v->outage.failing = false;
	v->outage.told = false;
	WRITE_ONCE(v->outage.since, 0);
	cancel_delayed_work(&v->outage.work);
}

/**
 * vargo_outage_look() - is it time for something?
 * @v: the device, held, in an outage
 * @waits: its driver has asked for something
 *
 * Context: process.
 *
 * Return: whether @v->outage.failing has changed
 */
bool vargo_outage_look(struct vargo_vdev *v, bool waits)
{
	unsigned long elapsed = outage_elapsed(v), limit = outage_limit(v);
	bool failing = limit && elapsed >= limit;

	lockdep_assert_held(&v->lock);
	if (failing != v->outage.failing) {
		v->outage.failing = failing;
		if (failing)
			dev_err(&v->vdev.dev, "%s: no backend for %lu s: requests fail until it is back (outage_timeout)\n",
				v->bus->name, elapsed / HZ);
		else
			dev_info(&v->vdev.dev, "%s: requests wait for the backend again\n",
				 v->bus->name);
		return true;
	}
	if (failing || v->outage.told || !waits ||
	    elapsed < msecs_to_jiffies(v->bus->outage_tell_ms))
		return false;
	v->outage.told = true;
	if (limit)
		dev_warn(&v->vdev.dev, "%s: requests wait for the backend, and with them unmount, shutdown, suspend, unbind or a CPU that goes offline; they fail in %lu s\n",
			 v->bus->name, (limit - elapsed) / HZ);
	else
		dev_warn(&v->vdev.dev, "%s: requests wait for the backend, and with them unmount, shutdown, suspend, unbind or a CPU that goes offline: bring it back, or set outage_timeout of %s to let them fail\n",
			 v->bus->name, dev_name(v->bus->parent));
	return false;
}

/**
 * vargo_outage_next() - look again when it is time
 * @v: the device, held, in an outage
 *
 * Context: process.
 */
void vargo_outage_next(struct vargo_vdev *v)
{
	unsigned long elapsed = outage_elapsed(v), limit = outage_limit(v);
	unsigned long tell = msecs_to_jiffies(v->bus->outage_tell_ms);
	unsigned long next = ULONG_MAX;

	lockdep_assert_held(&v->lock);
	if (!v->outage.failing && !v->outage.told)
		next = elapsed < tell ? tell - elapsed : tell;
	if (!v->outage.failing && limit)
		next = min(next, elapsed < limit ? limit - elapsed : 0);
	if (next != ULONG_MAX)
		mod_delayed_work(outage_wq, &v->outage.work, next);
}

/* Whoever sets the timeout must not wait for the lock, which is held over requests. */
static void outage_changed(struct work_struct *work)
{
	struct vargo_bus *bus = container_of(work, struct vargo_bus, outage_changed);
	unsigned int i;

	mutex_lock(&bus->lock);
	for (i = 0; i < VARGO_BUS_DEVICES; i++) {
		struct vargo_vdev *v = bus->devices[i];

		if (v && READ_ONCE(v->outage.since))
			mod_delayed_work(outage_wq, &v->outage.work, 0);
	}
	mutex_unlock(&bus->lock);
}

/**
 * vargo_outage_set() - another timeout, for outages that have begun as well
 * @bus: the bus
 * @seconds: how long requests wait; 0 for ever
 *
 * Context: process.
 */
void vargo_outage_set(struct vargo_bus *bus, unsigned int seconds)
{
	WRITE_ONCE(bus->config.outage_timeout, seconds);
	queue_work(outage_wq, &bus->outage_changed);
}
EXPORT_SYMBOL_GPL(vargo_outage_set);

/**
 * vargo_outage_bus_init() - how long the requests of a bus wait
 * @bus: the bus, with its configuration; outages come later
 *
 * Context: process.
 */
void vargo_outage_bus_init(struct vargo_bus *bus)
{
	bus->outage_tell_ms = OUTAGE_TELL_MS;
	INIT_WORK(&bus->outage_changed, outage_changed);
}

int vargo_outage_init(void)
{
	outage_wq = alloc_workqueue("virtio-argo-outage", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return outage_wq ? 0 : -ENOMEM;
}

void vargo_outage_exit(void)
{
	destroy_workqueue(outage_wq);
}
