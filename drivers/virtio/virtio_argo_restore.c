// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: a device in a new session.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A device is known by its identity. When a new session has it, it is set up as
 * its driver left it, and the unanswered chains are sent again: the driver sees
 * a pause. What its driver was told must still hold. A backend that has the device
 * no more, or with less than that, cannot go on with it: the device is away, its
 * requests wait, and the guest's log says why. Nothing else takes its place.
 */
#include <linux/device.h>
#include <linux/slab.h>

#include "virtio_argo.h"

/* In words, in vargo_vdev.away; never freed, and compared by address */
static const char away_config[] = "has a smaller config space";
static const char away_features[] = "lacks features that the driver uses";
static const char away_accept[] = "does not accept the features that the driver uses";
static const char away_queues[] = "has fewer or smaller queues";
static const char away_written[] = "does not take what the driver wrote to the config space";
static const char away_sense[] = "gives answers that make no sense";

/**
 * vargo_vdev_go_away() - there is a session and not this device: its requests wait
 * @v: the device, held
 * @why: completes "the backend's device ...", or NULL: it has none; static
 *
 * Context: process.
 */
void vargo_vdev_go_away(struct vargo_vdev *v, const char *why)
{
	static const char none[] = "";
	const char *now = why ?: none;

	lockdep_assert_held(&v->lock);
	vargo_vqs_hold(v);
	if (v->away == now)
		return;
	v->away = now;
	if (!__ratelimit(&v->bus->link->log_limit))
		return;
	if (why)
		dev_warn(&v->vdev.dev, "the backend's device %pUb %s: requests wait until it is as before\n",
			 &v->uuid, why);
	else
		dev_warn(&v->vdev.dev, "the backend has no device %pUb any more: requests wait until it has\n",
			 &v->uuid);
}

/* Tell the driver that the config space has changed, now or when it is there. */
static void vdev_tell_config(struct vargo_vdev *v)
{
	bool registered;

	spin_lock_irq(&v->config_lock);
	registered = v->registered;
	v->event_missed |= !registered;
	spin_unlock_irq(&v->config_lock);
	if (registered)
		virtio_config_changed(&v->vdev);
}

static const char *check_limits(const struct vargo_vdev *v, const u8 *config)
{
	return vargo_type_less(v->type, vargo_wire_features(v->vdev.features), v->config, config,
			       v->config_size);
}

/*
 * The driver goes by what it has written: of a disk whose cache it made write-through
 * it asks no flush any more.
 */
static int vdev_write_again(struct vargo_vdev *v)
{
	unsigned int from, to, len, at = 0;
	u32 generation;
	int err = 0;

	while (!err && at < v->config_size) {
		from = find_next_bit(v->is_written, v->config_size, at);
		to = find_next_zero_bit(v->is_written, v->config_size, from);
		len = min_t(unsigned int, to - from, VARGO_CONFIG_CHUNK);
		if (len)
			err = vargo_request_set_config(v, from, v->written + from, len,
						       &generation);
		at = from + len;
	}
	return err;
}

static int vdev_set_up_queues(struct vargo_vdev *v)
{
	unsigned int i;
	int err = 0;
	u32 max;

	for (i = 0; i < v->max_vqs && !err; i++) {
		struct vargo_vq *q = v->vqs[i];
		u32 num;

		if (!q)
			continue;
		num = q->queue.config.vring.num;
		q->queue.config.dev = v->num;
		err = vargo_request_vqueue(v, i, &max, &q->queue.config.depth);
		if (!err && max < num)
			err = -ENOENT;
		if (!err)
			err = vargo_request_set_vqueue(v, i, num);
	}
	return err;
}

static int request_status(struct vargo_vdev *v, u8 status, u8 *asked, u8 *now)
{
	*asked = status;
	return vargo_request_status(v, status, now);
}

/*
 * An error of the link, or -ENODEV, and then *why in words. *asked: the status that was
 * asked for last.
 */
static int vdev_set_up_again(struct vargo_vdev *v, const struct vargo_device_info *info,
			     const char **why, u8 *asked)
{
	const u8 steps = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
			 VIRTIO_CONFIG_S_FEATURES_OK;
	u64 offered, used = vargo_wire_features(v->vdev.features);
	bool changed = false;
	u8 now = 0;
	int err;

	/* The driver, and the virtio core behind its probe, see none of these steps. */
	vargo_next_epoch(v);
	err = request_status(v, 0, asked, &now);
	if (err)
		return err;
	WRITE_ONCE(v->failed, false);
	*why = away_config;
	if (info->config_size < v->config_size)
		return -ENODEV;
	err = vargo_request_features(v, &offered);
	if (err)
		return err;
	*why = away_features;
	if (used & ~offered)
		return -ENODEV;
	err = request_status(v, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER, asked,
			     &now);
	if (!err)
		err = vargo_request_set_features(v, used);
	if (!err)
		err = request_status(v, steps, asked, &now);
	if (err)
		return err;
	*why = away_accept;
	if (!(now & VIRTIO_CONFIG_S_FEATURES_OK))
		return -ENODEV;

	*why = away_queues;
	err = vdev_set_up_queues(v);
	if (err)
		return err == -ENOENT ? -ENODEV : err;
	*why = away_written;
	err = vdev_write_again(v);
	if (err)
		return err == -EIO ? -ENODEV : err;

	err = vargo_request_config(v, check_limits, &changed);
	if (err == -ENODEV)
		*why = v->refused;
	if (!err)
		err = vargo_request_set_status(v, steps | VIRTIO_CONFIG_S_DRIVER_OK);
	if (err)
		return err;
	v->offered = offered;
	vargo_vqs_start(v);
	if (changed)
		vdev_tell_config(v);
	return 0;
}

/**
 * vargo_vdev_restore() - set a device up in a new session
 * @v: the device
 * @session: the session
 * @num: its number in it
 * @info: what the backend says of that
 *
 * A device whose driver is at work gets the same features and queues, and its
 * unanswered chains are sent again. One whose driver is not fails what it was
 * asked, to be made anew.
 *
 * Context: process, may sleep.
 *
 * Return: 0 if it goes on; -ENODEV: it is away, or dead; or an error of the link,
 * and then the next session tries
 */
int vargo_vdev_restore(struct vargo_vdev *v, u32 session, u16 num,
		       const struct vargo_device_info *info)
{
	const char *why = away_sense;
	int err = -ENODEV;
	u8 asked = 0, now;

	mutex_lock(&v->lock);
	if (!v->driver_ok) {
		v->dead = true;
		vargo_vqs_hold(v);
	}
	if (v->dead)
		goto out;

	v->session = session;
	v->num = num;
	if (!v->type->replay) {
		vargo_cache_status(v, v->status | VIRTIO_CONFIG_S_NEEDS_RESET);
		vdev_tell_config(v);
		err = 0;
		goto out;
	}
	err = vdev_set_up_again(v, info, &why, &asked);
	if (err == -EPROTO || err == -EAGAIN) {
		why = away_sense;
		err = -ENODEV;
	}
	if (err == -ENODEV) {
		vargo_vdev_go_away(v, why);
		/*
		 * So that the backend hears of it, too, to which a status that lacks a bit
		 * would say nothing. What it answers is the same to us.
		 */
		vargo_request_status(v, asked | VIRTIO_CONFIG_S_FAILED, &now);
	} else if (!err && v->away) {
		v->away = NULL;
		if (__ratelimit(&v->bus->link->log_limit))
			dev_info(&v->vdev.dev, "the backend has device %pUb again: requests go on\n",
				 &v->uuid);
	}
out:
	mutex_unlock(&v->lock);
	return err;
}
