// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: the backend in tests of a link's devices.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A work item that is told what to answer: each device takes 4 out-bytes and
 * puts the same 4 and a status into the in-bytes.
 */
#include <linux/slab.h>

#include "virtio_argo_btest.h"

void btest_backend_send(struct btest *t, u32 type, struct vargo_frame *head, u32 len)
{
	const struct argo_addr dst = { .port = PORT, .domid = GUEST };
	struct kvec iov = { .iov_base = t->out, .iov_len = VARGO_FRAME_HDR + len };

	vargo_frame_encode(head, t->out);
	argo_sendv(t->xen.backend, PORT, &dst, type, &iov, 1);
}

static void backend_control(struct btest *t, const struct vargo_msg *msg, bool in_session)
{
	struct vargo_frame none = {};
	int len;

	len = vargo_msg_encode(msg, t->out + VARGO_FRAME_HDR, VIRTIO_ARGO_MSG_MAX);
	if (WARN_ON(len < 0))
		return;
	if (in_session)
		t->head.seq++;
	btest_backend_send(t, VIRTIO_ARGO_MT_CONTROL, in_session ? &t->head : &none, len);
}

static void backend_pdu(struct btest *t, const struct vargo_pdu *pdu)
{
	vargo_pdu_encode(pdu, t->out + VARGO_FRAME_HDR);
	t->head.seq++;
	btest_backend_send(t, VIRTIO_ARGO_MT_DATA, &t->head, VARGO_PDU_HDR + pdu->length);
}

static void backend_complete(struct btest *t, const struct btest_held *h)
{
	struct vargo_pdu pdu = h->pdu;

	pdu.type = VIRTIO_ARGO_PDU_COMPLETE;
	pdu.total = pdu.room;
	pdu.offset = 0;
	pdu.length = pdu.room;
	memset(t->out + 48, 0, pdu.length);
	memcpy(t->out + 48, &h->word, 4);
	backend_pdu(t, &pdu);
}

static void backend_session(struct btest *t, struct vargo_msg *msg)
{
	unsigned int i;

	t->hellos++;
	t->nr_held = 0;
	t->head = (struct vargo_frame){ .session = msg->hello.session };
	for (i = 0; i < DEVICES; i++) {
		t->dev[i].status = 0;
		t->dev[i].epoch = 0;
		memset(t->dev[i].size, 0, sizeof(t->dev[i].size));
	}
	msg->type |= VIRTIO_ARGO_TYPE_RESPONSE;
	msg->hello.window = 16384;
	msg->hello.max_frame = 4096;
	msg->hello.max_chain = 1 << 20;
	msg->hello.max_inflight = 1 << 21;
	backend_control(t, msg, false);
}

static void backend_bus_message(struct btest *t, struct vargo_msg *msg)
{
	unsigned int i;

	if (msg->id == VIRTIO_ARGO_BUS_HELLO) {
		backend_session(t, msg);
	} else if (msg->id == VIRTIO_ARGO_BUS_GET_DEVICES) {
		msg->type |= VIRTIO_ARGO_TYPE_RESPONSE;
		memset(msg->devices.bitmap, 0, sizeof(msg->devices.bitmap));
		for (i = 0; i < DEVICES; i++)
			if (t->dev[i].there)
				msg->devices.bitmap[0] |= BIT(i);
		backend_control(t, msg, true);
	} else if (msg->id == VIRTIO_ARGO_BUS_PING) {
		t->pings++;
		msg->type |= VIRTIO_ARGO_TYPE_RESPONSE;
		msg->ping.data += t->wrong_ping;
		backend_control(t, msg, true);
	}
}

static void backend_message(struct btest *t, struct vargo_msg *msg)
{
	struct btest_model *d = msg->dev < DEVICES ? &t->dev[msg->dev] : NULL;

	if (msg->type & VIRTIO_ARGO_TYPE_BUS) {
		backend_bus_message(t, msg);
		return;
	}
	if (!d || !d->there)
		return;
	msg->type |= VIRTIO_ARGO_TYPE_RESPONSE;
	switch (msg->id) {
	case VIRTIO_ARGO_GET_DEVICE_INFO:
		msg->info.device_id = d->type;
		memcpy(msg->info.uuid, d->uuid, sizeof(d->uuid));
		msg->info.num_feature_blocks = 2;
		msg->info.config_size = d->config_size;
		msg->info.max_vqs = d->max_vqs;
		break;
	case VIRTIO_ARGO_GET_FEATURES:
		msg->features.block[0] = lower_32_bits(d->offered);
		msg->features.block[1] = upper_32_bits(d->offered);
		break;
	case VIRTIO_ARGO_SET_FEATURES:
		d->accepted = msg->features.block[0] | (u64)msg->features.block[1] << 32;
		break;
	case VIRTIO_ARGO_GET_CONFIG:
		msg->config.generation = d->generation;
		memcpy(msg->config.data, d->config + msg->config.offset, msg->config.len);
		break;
	case VIRTIO_ARGO_SET_CONFIG:
		memcpy(d->config + msg->config.offset, msg->config.data, msg->config.len);
		msg->config.generation = d->generation;
		break;
	case VIRTIO_ARGO_SET_STATUS:
		if (!msg->status.status) {
			d->status = 0;
			d->epoch = msg->status.epoch;
		} else if (!(d->status & ~msg->status.status)) {
			d->status |= msg->status.status;
		}
		msg->status.status = d->status;
		break;
	case VIRTIO_ARGO_GET_VQUEUE:
		msg->vq.max = msg->vq.index < QUEUES ? d->max : 0;
		msg->vq.depth = 16;
		break;
	case VIRTIO_ARGO_SET_VQUEUE:
		d->size[msg->vq.index] = msg->vq.size;
		break;
	}
	if (t->twist)
		t->twist(t, d, msg);
	backend_control(t, msg, true);
}

static void backend_data(struct btest *t, const u8 *data, u32 len)
{
	struct btest_held h;
	u32 at = 0;
	int step;

	while (at < len) {
		step = vargo_pdu_decode(data + at, len - at, &h.pdu);
		if (WARN_ON(step <= 0 || h.pdu.length < 4))
			return;
		memcpy(&h.word, data + at + VARGO_PDU_HDR, 4);
		at += step;
		t->last_out = h.pdu.length;
		t->last_dev = h.pdu.dev;
		t->submits++;
		if (!t->hold)
			backend_complete(t, &h);
		else if (!WARN_ON(t->nr_held == ARRAY_SIZE(t->held)))
			t->held[t->nr_held++] = h;
	}
}

static void backend_work(struct work_struct *work)
{
	struct btest *t = container_of(work, struct btest, work);
	struct vargo_frame frame;
	static u8 buf[8192];
	struct vargo_msg msg;
	struct argo_msg m;

	mutex_lock(&t->lock);
	while (t->ring && argo_ring_peek(t->ring, &m) > 0) {
		u32 len = min_t(u32, m.len, sizeof(buf));

		argo_msg_copy(t->ring, &m, 0, buf, len);
		argo_ring_consume(t->ring, &m);
		if (vargo_frame_decode(buf, len, &frame) < 0 || t->mute)
			continue;
		if (t->tap && t->tap(t, m.type, &frame, buf + 16, len - 16)) {
			if (m.type == VIRTIO_ARGO_MT_DATA)
				t->head.data_consumed += vargo_ring_bytes(m.len);
			else if (frame.session && len > 16)
				t->head.ctrl_consumed++;
		} else if (m.type == VIRTIO_ARGO_MT_DATA && frame.session == t->head.session) {
			t->head.data_consumed += vargo_ring_bytes(m.len);
			backend_data(t, buf + 16, len - 16);
		} else if (m.type == VIRTIO_ARGO_MT_CONTROL && len > 16 &&
			   (!frame.session || frame.session == t->head.session) &&
			   vargo_msg_decode(buf + 16, len - 16, &msg) > 0) {
			if (frame.session)
				t->head.ctrl_consumed++;
			backend_message(t, &msg);
		}
	}
	if (t->ring)
		argo_ring_done(t->ring);
	mutex_unlock(&t->lock);
}

static void backend_rx(struct argo_ring *ring, void *priv)
{
	struct btest *t = priv;

	queue_work(system_unbound_wq, &t->work);
}

static const struct argo_ring_ops backend_ring_ops = { .rx = backend_rx };

void btest_backend_ready(struct btest *t)
{
	const struct vargo_msg msg = {
		.type = VIRTIO_ARGO_TYPE_BUS, .id = VIRTIO_ARGO_BUS_READY,
	};

	mutex_lock(&t->lock);
	t->head = (struct vargo_frame){};
	backend_control(t, &msg, false);
	mutex_unlock(&t->lock);
}

void btest_backend_start(struct kunit *test)
{
	struct btest *t = test->priv;
	const struct argo_ring_config config = {
		.port = PORT, .partner = GUEST, .len = RING_LEN,
		.ops = &backend_ring_ops, .priv = t,
	};
	struct argo_ring *ring = argo_ring_create(t->xen.backend, &config);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ring);
	mutex_lock(&t->lock);
	t->ring = ring;
	t->head = (struct vargo_frame){};
	mutex_unlock(&t->lock);
	queue_work(system_unbound_wq, &t->work);
	if (t->bus)
		btest_backend_ready(t);
}

void btest_backend_stop(struct btest *t)
{
	struct argo_ring *ring;

	mutex_lock(&t->lock);
	ring = t->ring;
	t->ring = NULL;
	mutex_unlock(&t->lock);
	argo_ring_destroy(ring);
	cancel_work_sync(&t->work);
}

void btest_backend_event_device(struct btest *t, u16 dev, bool there)
{
	const struct vargo_msg msg = {
		.type = VIRTIO_ARGO_TYPE_BUS, .id = VIRTIO_ARGO_BUS_EVENT_DEVICE,
		.event_device = {
			.dev = dev,
			.state = there ? VIRTIO_ARGO_DEVICE_ADDED : VIRTIO_ARGO_DEVICE_REMOVED,
		},
	};

	mutex_lock(&t->lock);
	t->dev[dev].there = there;
	if (!there)
		t->nr_held = 0;
	t->dev[dev].epoch = 0;
	backend_control(t, &msg, true);
	mutex_unlock(&t->lock);
}

void btest_backend_event_config_locked(struct btest *t, u16 dev, u32 at, u8 value, u8 status)
{
	struct vargo_msg msg = {
		.id = VIRTIO_ARGO_EVENT_CONFIG, .dev = dev,
		.config = { .offset = at, .len = 1, .status = status },
	};

	if (at < CONFIG_SIZE)
		t->dev[dev].config[at] = value;
	msg.config.generation = ++t->dev[dev].generation;
	msg.config.data[0] = value;
	backend_control(t, &msg, true);
}

void btest_backend_event_config(struct btest *t, u16 dev, u32 at, u8 value, u8 status)
{
	mutex_lock(&t->lock);
	btest_backend_event_config_locked(t, dev, at, value, status);
	mutex_unlock(&t->lock);
}

void btest_backend_release(struct btest *t)
{
	unsigned int i;

	mutex_lock(&t->lock);
	t->hold = false;
	for (i = 0; i < t->nr_held; i++)
		backend_complete(t, &t->held[i]);
	t->nr_held = 0;
	mutex_unlock(&t->lock);
}

void btest_backend_init(struct btest *t)
{
	mutex_init(&t->lock);
	INIT_WORK(&t->work, backend_work);
}
