// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * libvirtio-argo: control messages.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A request is carried out and answered at once; the answer waits here if the
 * guest has not consumed our last VIRTIO_ARGO_CTRL_WINDOW control frames. When the
 * waiting room is full, requests are dropped unexecuted: only a guest that asks
 * and does not listen gets there. Events are not queued but remembered as facts
 * (this device is new, these config bytes changed) and told when there is credit,
 * so they merge and cannot pile up.
 *
 * There is no error message in the protocol. What makes no sense, or is not
 * allowed in the device's state, is dropped and counted, and the requester's time
 * runs out.
 */
#include <string.h>

#include "internal.h"

static void queue_answer(struct va_link *link, const struct vargo_msg *msg)
{
	struct va_answer *a;
	int len;

	a = &link->answers[(link->answer_first + link->answer_count) %
			   VA_CTRL_QUEUE];
	len = vargo_msg_encode(msg, a->buf, sizeof(a->buf));
	if (len < 0) {
		/* Our own fields are within bounds, so it was the request's */
		VA_COUNT(link, drop_control);
		return;
	}
	a->len = len;
	link->answer_count++;
}

/* ------------------------------------------------------------------------ */
/* Bus requests: true if @a is to be sent */

static bool device_at(const struct va_link *link, unsigned int num)
{
	return num < VIRTIO_ARGO_MAX_DEVICES && link->devices[num];
}

static bool get_devices(struct va_link *link, const struct vargo_msg *m,
			struct vargo_msg *a)
{
	unsigned int i, end = m->devices.offset + m->devices.count;

	a->devices.offset = m->devices.offset;
	a->devices.count = m->devices.count;
	for (i = m->devices.offset; i < end; i++) {
		if (device_at(link, i))
			a->devices.bitmap[(i - m->devices.offset) / 8] |= 1 << i % 8;
	}
	/* A count of 0 moves nobody on */
	for (i = end; m->devices.count && i < VIRTIO_ARGO_MAX_DEVICES; i++) {
		if (device_at(link, i)) {
			a->devices.next_offset = i & ~7u;
			break;
		}
	}
	return true;
}

static bool bus_request(struct va_link *link, const struct vargo_msg *m,
			struct vargo_msg *a)
{
	switch (m->id) {
	case VIRTIO_ARGO_BUS_GET_DEVICES:
		return get_devices(link, m, a);
	case VIRTIO_ARGO_BUS_PING:
		a->ping.data = m->ping.data;
		return true;
	default:
		return false;
	}
}

/* ------------------------------------------------------------------------ */
/* Device requests */

static bool get_info(const struct va_device *dev, struct vargo_msg *a)
{
	a->info.device_id = dev->cfg.device_id;
	a->info.vendor_id = dev->cfg.vendor_id;
	memcpy(a->info.uuid, dev->cfg.uuid, sizeof(a->info.uuid));
	a->info.num_feature_blocks = 2;
	a->info.config_size = dev->cfg.config_size;
	a->info.max_vqs = dev->cfg.num_queues;
	return true;
}

static bool get_features(const struct va_device *dev, const struct vargo_msg *m,
			 struct vargo_msg *a)
{
	uint32_t i;

	a->features.index = m->features.index;
	a->features.num = m->features.num;
	for (i = 0; i < m->features.num; i++) {
		uint32_t block = m->features.index + i;

		a->features.block[i] = block < 2 ? dev->features >> 32 * block : 0;
	}
	return true;
}

static bool set_features(struct va_device *dev, const struct vargo_msg *m)
{
	uint32_t i;

	if (dev->status & S_FEATURES_OK)
		return false;
	for (i = 0; i < m->features.num; i++)
		va_device_write_features(dev, m->features.index + i,
					 m->features.block[i]);
	return true;
}

static bool config_range(const struct va_device *dev, const struct vargo_msg *m)
{
	return m->config.len && m->config.offset < dev->cfg.config_size &&
	       m->config.len <= dev->cfg.config_size - m->config.offset;
}

static bool get_config(const struct va_device *dev, const struct vargo_msg *m,
		       struct vargo_msg *a)
{
	uint32_t there = m->config.offset < dev->cfg.config_size ?
			 dev->cfg.config_size - m->config.offset : 0;

	a->config.generation = dev->generation;
	a->config.offset = m->config.offset;
	a->config.len = m->config.len < there ? m->config.len : there;
	if (a->config.len)
		memcpy(a->config.data, dev->config + m->config.offset,
		       a->config.len);
	return true;
}

static bool set_config(struct va_device *dev, const struct vargo_msg *m,
		       struct vargo_msg *a)
{
	const struct va_device_ops *ops = dev->cfg.ops;

	a->config.offset = m->config.offset;
	if (config_range(dev, m) && ops->config_write &&
	    !ops->config_write(dev->cfg.opaque, m->config.offset, m->config.data,
			       m->config.len))
		a->config.len = m->config.len;
	a->config.generation = dev->generation;
	return true;
}

static bool set_status(struct va_device *dev, const struct vargo_msg *m,
		       struct vargo_msg *a)
{
	if (m->status.status > 0xff)
		return false;
	/* From here on what it still sends to the device of that number is meant */
	if (!m->status.status)
		dev->link->gone &= ~(1ull << dev->num);
	va_device_set_status(dev, m->status.status, m->status.epoch);
	a->status.status = dev->status;
	a->status.epoch = dev->epoch;
	return true;
}

static bool get_vqueue(const struct va_device *dev, const struct vargo_msg *m,
		       struct vargo_msg *a)
{
	const struct va_queue *q;

	a->vq.index = m->vq.index;
	if (m->vq.index >= dev->cfg.num_queues)
		return true;	/* max is 0: no such queue */
	q = &dev->queues[m->vq.index];
	a->vq.max = VA_QUEUE_SIZE_MAX;
	a->vq.cur = q->size;
	a->vq.flags = q->enabled ? VIRTIO_ARGO_VQ_ENABLED : 0;
	a->vq.depth = dev->link->shadow.depth;
	return true;
}

static bool set_vqueue(struct va_device *dev, const struct vargo_msg *m)
{
	return (m->vq.flags & VIRTIO_ARGO_VQ_ENABLED) &&
	       !va_device_enable_queue(dev, m->vq.index, m->vq.size);
}

static bool device_request(struct va_device *dev, const struct vargo_msg *m,
			   struct vargo_msg *a)
{
	switch (m->id) {
	case VIRTIO_ARGO_GET_DEVICE_INFO:
		return get_info(dev, a);
	case VIRTIO_ARGO_GET_FEATURES:
		return get_features(dev, m, a);
	case VIRTIO_ARGO_SET_FEATURES:
		return set_features(dev, m);
	case VIRTIO_ARGO_GET_CONFIG:
		return get_config(dev, m, a);
	case VIRTIO_ARGO_SET_CONFIG:
		return set_config(dev, m, a);
	case VIRTIO_ARGO_GET_STATUS:
		a->status.status = dev->status;
		a->status.epoch = dev->epoch;
		return true;
	case VIRTIO_ARGO_SET_STATUS:
		return set_status(dev, m, a);
	case VIRTIO_ARGO_GET_VQUEUE:
		return get_vqueue(dev, m, a);
	case VIRTIO_ARGO_SET_VQUEUE:
		return set_vqueue(dev, m);
	default:
		return false;	/* RESET_VQUEUE: RING_RESET is never offered */
	}
}

/* ------------------------------------------------------------------------ */

static bool request(struct va_link *link, const struct vargo_msg *m,
		    struct vargo_msg *a)
{
	if (m->type & VIRTIO_ARGO_TYPE_RESPONSE)
		return false;	/* we never ask */
	if (m->type & VIRTIO_ARGO_TYPE_BUS)
		return bus_request(link, m, a);
	return device_at(link, m->dev) &&
	       device_request(link->devices[m->dev], m, a);
}

void va_control_receive(struct va_link *link, const void *buf, uint32_t len)
{
	struct vargo_msg m, a;

	if (vargo_msg_decode(buf, len, &m) < 0) {
		VA_COUNT(link, drop_control);
		return;
	}
	/* An answer of full size must find room before anything is done */
	if (link->answer_count == VA_CTRL_QUEUE) {
		VA_COUNT(link, drop_answer);
		return;
	}
	memset(&a, 0, sizeof(a));
	a.type = m.type | VIRTIO_ARGO_TYPE_RESPONSE;
	a.id = m.id;
	a.dev = m.dev;
	a.token = m.token;
	if (!request(link, &m, &a)) {
		VA_COUNT(link, drop_control);
		return;
	}
	VA_COUNT(link, rx_control);
	queue_answer(link, &a);
}

/* ------------------------------------------------------------------------ */
/* Out */

static int send_message(struct va_link *link, const void *msg, uint32_t len)
{
	uint8_t head[VARGO_FRAME_HDR];
	struct iovec iov[2] = {
		{ head, sizeof(head) },
		{ (void *)msg, len },
	};
	int err;

	err = va_wire_send(link, VARGO_KIND_CONTROL, iov, 2, sizeof(head) + len);
	if (!err)
		VA_COUNT(link, tx_control);
	return err;
}

static int send_event(struct va_link *link, const struct vargo_msg *msg)
{
	uint8_t buf[VIRTIO_ARGO_MSG_MAX];
	int len = vargo_msg_encode(msg, buf, sizeof(buf));

	return len < 0 ? -EINVAL : send_message(link, buf, len);
}

static int send_device_event(struct va_link *link, uint64_t *set, uint16_t state)
{
	struct vargo_msg msg = {
		.type = VIRTIO_ARGO_TYPE_BUS,
		.id = VIRTIO_ARGO_BUS_EVENT_DEVICE,
		.event_device = {
			.dev = __builtin_ctzll(*set),
			.state = state,
		},
	};
	int err = send_event(link, &msg);

	if (!err)
		*set &= *set - 1;
	return err;
}

static bool config_pending(const struct va_device *dev)
{
	return dev->status_dirty || dev->dirty_from != dev->dirty_to;
}

static int send_config_event(struct va_link *link, struct va_device *dev)
{
	uint32_t len = dev->dirty_to - dev->dirty_from;
	struct vargo_msg msg = {
		.id = VIRTIO_ARGO_EVENT_CONFIG,
		.dev = dev->num,
		.config = {
			.status = dev->status,
			.generation = dev->generation,
			.offset = dev->dirty_from,
		},
	};
	int err;

	if (len > VARGO_CONFIG_CHUNK)
		len = VARGO_CONFIG_CHUNK;
	msg.config.len = len;
	memcpy(msg.config.data, dev->config + dev->dirty_from, len);
	err = send_event(link, &msg);
	if (!err) {
		dev->dirty_from += len;
		dev->status_dirty = false;
	}
	return err;
}

static struct va_device *next_config(const struct va_link *link)
{
	unsigned int i;

	for (i = 0; i < VIRTIO_ARGO_MAX_DEVICES; i++) {
		if (link->devices[i] && config_pending(link->devices[i]))
			return link->devices[i];
	}
	return NULL;
}

static int send_answer(struct va_link *link)
{
	struct va_answer *a = &link->answers[link->answer_first];
	int err = send_message(link, a->buf, a->len);

	if (!err) {
		link->answer_first = (link->answer_first + 1) % VA_CTRL_QUEUE;
		link->answer_count--;
	}
	return err;
}

void va_control_flush(struct va_link *link)
{
	struct va_device *dev;
	int err = 0;

	while (!err && va_session_open(link) && vargo_session_may_ask(&link->s)) {
		if (link->answer_count)
			err = send_answer(link);
		else if (link->removed)
			err = send_device_event(link, &link->removed,
						VIRTIO_ARGO_DEVICE_REMOVED);
		else if (link->added)
			err = send_device_event(link, &link->added,
						VIRTIO_ARGO_DEVICE_ADDED);
		else if ((dev = next_config(link)))
			err = send_config_event(link, dev);
		else
			break;
	}
}

bool va_control_pending(const struct va_link *link)
{
	return va_session_open(link) && vargo_session_may_ask(&link->s) &&
	       (link->answer_count || link->removed || link->added ||
		next_config(link));
}

/* A new session begins with GET_DEVICES and GET_CONFIG: it needs no old news */
void va_control_forget(struct va_link *link)
{
	unsigned int i;

	link->answer_count = 0;
	link->removed = 0;
	link->added = 0;
	link->gone = 0;
	for (i = 0; i < VIRTIO_ARGO_MAX_DEVICES; i++) {
		if (link->devices[i]) {
			link->devices[i]->dirty_from = 0;
			link->devices[i]->dirty_to = 0;
		}
	}
}
