// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: what a device is asked, and what is believed of the answers.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Each of these waits for the backend, for a bounded time, with the device's
 * lock held and in the session that the device was set up in. They return 0;
 * -ENODEV the device is gone; -EPROTO the answer makes no sense; -ENOENT no such
 * queue; or what vargo_link_request() returns.
 */
#include <linux/slab.h>
#include <uapi/linux/virtio_config.h>

#include "virtio_argo.h"

int vargo_request(struct vargo_vdev *v, struct vargo_msg *msg, u8 id)
{
	struct vargo_msg ask;

	lockdep_assert_held(&v->lock);
	/* What has been removed does not answer, and silence ends the session. */
	if (v->dead || READ_ONCE(v->bus->slots[v->num].removed))
		return -ENODEV;
	msg->type = 0;
	msg->id = id;
	msg->dev = v->num;
	ask = *msg;
	return vargo_link_request(v->bus->link, v->session, &ask, msg);
}

void vargo_cache_status(struct vargo_vdev *v, u8 status)
{
	unsigned long flags;

	spin_lock_irqsave(&v->config_lock, flags);
	/* The event may have come before this answer was looked at. */
	if (v->failed && (status & VIRTIO_CONFIG_S_DRIVER_OK))
		status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	v->status = status;
	spin_unlock_irqrestore(&v->config_lock, flags);
}

/*
 * Set the device's status; @now is what it makes of it: it may refuse a bit, but
 * sets none by itself but NEEDS_RESET, when the driver is at work. The virtio core
 * warns of statuses that cannot be.
 */
int vargo_request_status(struct vargo_vdev *v, u8 status, u8 *now)
{
	struct vargo_msg msg = {
		.status = { .status = status, .epoch = v->epoch },
	};
	int err = vargo_request(v, &msg, VIRTIO_ARGO_SET_STATUS);

	if (err)
		return err;
	if (msg.status.status > U8_MAX || msg.status.epoch != v->epoch)
		return -EPROTO;
	if (status & VIRTIO_CONFIG_S_DRIVER_OK)
		status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	*now = msg.status.status & status;
	if (!status)
		WRITE_ONCE(v->failed, false);
	else if (*now & VIRTIO_CONFIG_S_NEEDS_RESET)
		WRITE_ONCE(v->failed, true);
	return 0;
}

/* The same, and the driver sees it */
int vargo_request_set_status(struct vargo_vdev *v, u8 status)
{
	u8 now;
	int err = vargo_request_status(v, status, &now);

	if (!err)
		vargo_cache_status(v, now);
	return err;
}

int vargo_request_features(struct vargo_vdev *v, u64 *features)
{
	struct vargo_msg msg = { .features = { .index = 0, .num = 2 } };
	int err = vargo_request(v, &msg, VIRTIO_ARGO_GET_FEATURES);

	if (err)
		return err;
	if (msg.features.index || msg.features.num < 1 || msg.features.num > 2)
		return -EPROTO;
	*features = msg.features.block[0];
	if (msg.features.num == 2)
		*features |= (u64)msg.features.block[1] << 32;
	return 0;
}

int vargo_request_set_features(struct vargo_vdev *v, u64 features)
{
	struct vargo_msg msg = {
		.features = {
			.index = 0, .num = 2,
			.block = { lower_32_bits(features), upper_32_bits(features) },
		},
	};

	return vargo_request(v, &msg, VIRTIO_ARGO_SET_FEATURES);
}

/* @generation: of the config space with it; -EIO: the device does not take it */
int vargo_request_set_config(struct vargo_vdev *v, u32 offset, const void *data, u32 len,
			     u32 *generation)
{
	struct vargo_msg msg = {
		.config = {
			.generation = READ_ONCE(v->generation),
			.offset = offset, .len = len,
		},
	};
	int err;

	memcpy(msg.config.data, data, len);
	err = vargo_request(v, &msg, VIRTIO_ARGO_SET_CONFIG);
	if (err)
		return err;
	*generation = msg.config.generation;
	return msg.config.len == len ? 0 : -EIO;
}

static int request_read_config(struct vargo_vdev *v, u8 *buf, u32 *generation)
{
	u32 offset, len, attempt = 0;

again:
	for (offset = 0; offset < v->config_size; offset += len) {
		struct vargo_msg msg = {};
		int err;

		len = min_t(u32, v->config_size - offset, VARGO_CONFIG_CHUNK);
		msg.config.offset = offset;
		msg.config.len = len;
		err = vargo_request(v, &msg, VIRTIO_ARGO_GET_CONFIG);
		if (err)
			return err;
		if (msg.config.offset != offset || msg.config.len != len)
			return -EPROTO;
		if (offset && msg.config.generation != *generation) {
			/* It changed between two pieces: begin anew, not for ever. */
			if (++attempt > 8)
				return -EAGAIN;
			goto again;
		}
		*generation = msg.config.generation;
		memcpy(buf + offset, msg.config.data, len);
	}
	return 0;
}

/*
 * Bring the copy of the config space up to date. An EVENT_CONFIG that arrives
 * meanwhile may be older or newer than what was read: then read again. -ENODEV:
 * @check does not want it, @v->refused says why, and the copy stays.
 */
int vargo_request_config(struct vargo_vdev *v, vargo_config_check *check, bool *changed)
{
	unsigned int attempt, events;
	u32 generation = 0;
	u8 *config;
	int err;

	/* A new session for all the link's disks needs the lock that is held. */
	config = kzalloc(v->config_size, GFP_NOIO);
	if (!config)
		return -ENOMEM;
	for (attempt = 0; attempt < 8; attempt++) {
		events = READ_ONCE(v->config_events);
		err = request_read_config(v, config, &generation);
		if (err)
			break;
		err = -EAGAIN;
		spin_lock_irq(&v->config_lock);
		if (events == v->config_events && check)
			v->refused = check(v, config);
		if (events == v->config_events && check && v->refused) {
			err = -ENODEV;
		} else if (events == v->config_events) {
			err = 0;
			*changed = memcmp(v->config, config, v->config_size);
			memcpy(v->config, config, v->config_size);
			v->generation = generation;
		}
		spin_unlock_irq(&v->config_lock);
		if (err != -EAGAIN)
			break;
	}
	kfree(config);
	return err;
}

int vargo_request_vqueue(struct vargo_vdev *v, u32 index, u32 *max, u32 *depth)
{
	struct vargo_msg msg = { .vq = { .index = index } };
	int err = vargo_request(v, &msg, VIRTIO_ARGO_GET_VQUEUE);

	if (err)
		return err;
	if (msg.vq.index != index)
		return -EPROTO;
	if (!msg.vq.max || !msg.vq.depth)
		return -ENOENT;
	*max = msg.vq.max;
	*depth = msg.vq.depth;
	return 0;
}

int vargo_request_set_vqueue(struct vargo_vdev *v, u32 index, u32 size)
{
	struct vargo_msg msg = {
		.vq = { .index = index, .flags = VIRTIO_ARGO_VQ_ENABLED, .size = size },
	};

	return vargo_request(v, &msg, VIRTIO_ARGO_SET_VQUEUE);
}
