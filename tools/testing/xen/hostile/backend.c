// SPDX-License-Identifier: GPL-2.0
/*
 * A backend that serves a disk, and breaks the protocol when it is told to.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * It is told by reads of the disk, so that the guest's test needs no other way
 * to talk to it: 4 KB at CRIME_AT + 8 * n commit crime n, once, and are answered
 * like any other; 4 KB at FUZZ_AT begin the noise. While that goes on, frames are
 * spoiled, added and repeated, and whenever the guest has been silent for a while
 * a READY brings it back. When it is over sector 0 begins with "honest".
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostile.h"

#define CRIME_AT	8192
#define FUZZ_AT		(CRIME_AT + 8 * 256)
#define SILENCE_MS	150

static void track_add(struct track *t, uint32_t size, bool injected)
{
	if (injected && t->num < TRACK_MAX) {
		t->at[t->num] = t->sent;
		t->size[t->num++] = size;
	}
	t->sent += size;
}

/* What of a count the library may hear of */
static uint32_t track_real(const struct track *t, uint32_t count)
{
	uint32_t real = count;
	unsigned int i;

	for (i = 0; i < t->num && t->at[i] < count; i++)
		real -= count - t->at[i] < t->size[i] ? count - t->at[i] : t->size[i];
	return real;
}

static void put(struct va_endpoint *ep, uint32_t type, const void *buf, uint32_t len)
{
	struct iovec iov = { (void *)buf, len };
	int tries, err = 0;

	for (tries = 0; tries < 2000; tries++) {
		err = ep->ops->send(ep, type, &iov, 1);
		if (err != -EAGAIN && err != -EBUSY && err != -ENOMEM)
			break;
		usleep(1000);
	}
	if (err)
		test_note("a frame of %u bytes was not sent: %s", len, strerror(-err));
}

void hostile_raw(struct hostile *h, uint32_t type, const void *buf, uint32_t len)
{
	put(h->argo, type, buf, len);
}

struct vargo_frame hostile_head(const struct hostile *h)
{
	struct vargo_frame head = h->last;

	head.session = h->session;
	head.seq++;
	return head;
}

void hostile_frame(struct hostile *h, const struct vargo_frame *head, uint32_t type,
		   const void *body, uint32_t len, bool accepted)
{
	static uint8_t buf[FRAME_CAP];

	vargo_frame_encode(head, buf);
	if (len)
		memcpy(buf + VARGO_FRAME_HDR, body, len);
	put(h->argo, type, buf, VARGO_FRAME_HDR + len);
	if (!accepted)
		return;
	h->extra++;
	h->last = *head;
	if (type == VIRTIO_ARGO_MT_DATA)
		track_add(&h->data, vargo_ring_bytes(VARGO_FRAME_HDR + len), true);
	else if (len)
		track_add(&h->ctrl, 1, true);
}

void hostile_ready(struct hostile *h)
{
	struct vargo_msg msg = { .type = VIRTIO_ARGO_TYPE_BUS, .id = VIRTIO_ARGO_BUS_READY };
	struct vargo_frame head = { 0 };
	uint8_t buf[VIRTIO_ARGO_MSG_MAX];

	hostile_frame(h, &head, VIRTIO_ARGO_MT_CONTROL, buf,
		      vargo_msg_encode(&msg, buf, sizeof(buf)), false);
}

/* ------------------------------------------------------------------------ */
/* The endpoint that the library has */

static void new_session(struct hostile *h, uint32_t session)
{
	h->session = session;
	h->extra = 0;
	memset(&h->last, 0, sizeof(h->last));
	memset(&h->data, 0, sizeof(h->data));
	memset(&h->ctrl, 0, sizeof(h->ctrl));
}

/* The answer to HELLO is where the library's session begins */
static uint32_t watch_hello(struct hostile *h, uint8_t *buf, uint32_t len)
{
	struct vargo_msg msg;
	int ret;

	if (vargo_msg_decode(buf + VARGO_FRAME_HDR, len - VARGO_FRAME_HDR, &msg) < 0 ||
	    msg.id != VIRTIO_ARGO_BUS_HELLO)
		return len;
	if (msg.hello.status == VIRTIO_ARGO_HELLO_OK)
		new_session(h, msg.hello.session);
	if (!h->hello)
		return len;
	h->hello(&msg);
	h->hello = NULL;
	ret = vargo_msg_encode(&msg, buf + VARGO_FRAME_HDR, VIRTIO_ARGO_MSG_MAX);
	if (ret < 0)	/* the codec refuses a wrong magic: a hand does not */
		memset(buf + VARGO_FRAME_HDR + VARGO_MSG_HDR, 0, 4);
	return ret < 0 ? len : (uint32_t)(VARGO_FRAME_HDR + ret);
}

static int hostile_send(struct va_endpoint *ep, uint32_t type, const struct iovec *iov,
			unsigned int niov)
{
	struct hostile *h = (struct hostile *)ep;
	static uint8_t buf[FRAME_CAP + 4096];
	struct iovec out = { buf, 0 };
	struct vargo_frame head;
	uint32_t len = 0;
	unsigned int i;
	int err;

	for (i = 0; i < niov; i++) {
		memcpy(buf + len, iov[i].iov_base, iov[i].iov_len);
		len += iov[i].iov_len;
	}
	if (vargo_frame_decode(buf, len, &head) < 0)
		return -EPIPE;
	if (!head.session) {
		len = watch_hello(h, buf, len);
	} else {
		head.seq += h->extra;
		vargo_frame_encode(&head, buf);
	}
	if (type == VIRTIO_ARGO_MT_DATA && h->spoil)
		len = crime_spoil(h->spoil, buf, len);
	if (h->fuzz)
		fuzz_frame(h, &type, buf, &len);
	out.iov_len = len;
	err = h->argo->ops->send(h->argo, type, &out, 1);
	if (err)
		return err;
	h->spoil = NULL;
	if (!head.session)
		return 0;
	h->last = head;
	if (type == VIRTIO_ARGO_MT_DATA) {
		track_add(&h->data, vargo_ring_bytes(len), false);
		memcpy(h->frame, buf, len);
		h->frame_len = len;
	} else if (len > VARGO_FRAME_HDR) {
		track_add(&h->ctrl, 1, false);
	}
	if (h->fuzz)
		fuzz_inject(h);
	return 0;
}

static ssize_t hostile_recv(struct va_endpoint *ep, struct va_message *msg, void *buf,
			    size_t cap)
{
	struct hostile *h = (struct hostile *)ep;
	ssize_t len = h->argo->ops->recv(h->argo, msg, buf, cap);
	struct vargo_frame head;

	if (len < 0 || vargo_frame_decode(buf, len, &head) < 0 || !head.session)
		return len;
	if (head.session == h->session) {
		head.data_consumed = track_real(&h->data, head.data_consumed);
		head.ctrl_consumed = track_real(&h->ctrl, head.ctrl_consumed);
		vargo_frame_encode(&head, buf);
	}
	return len;
}

static void hostile_close(struct va_endpoint *ep)
{
	struct hostile *h = (struct hostile *)ep;

	va_endpoint_close(h->argo);
}

static const struct va_endpoint_ops hostile_ops = {
	hostile_send, hostile_recv, hostile_close,
};

/* ------------------------------------------------------------------------ */

static void take_log(void *opaque, int level, const char *line)
{
	(void)opaque;
	(void)level;
	test_note("library: %s", line);
}

static struct hostile *make(unsigned int domid)
{
	static const uint64_t config[8] = { BLK_SIZE / 512 };
	struct va_device_config dev = {
		.device_id = 2,
		.vendor_id = 0x1af4,
		.uuid = "hostile backend",
		.config = config,
		.config_size = sizeof(config),
		.num_queues = BLK_QUEUES,
		.head_bytes = 16,
		.flags = VA_DEVICE_COMPLETE_ALL,
		.features = 1 << 9,
		.ops = &blk_ops,
	};
	struct va_link_config cfg = { .log = take_log };
	struct hostile *h = calloc(1, sizeof(*h));

	h->argo = argo_open(domid, VIRTIO_ARGO_PORT_BASE, VIRTIO_ARGO_PORT_BASE);
	h->stray = argo_open(domid, VIRTIO_ARGO_PORT_BASE + 77, VIRTIO_ARGO_PORT_BASE);
	if (!h->argo || !h->stray)
		return NULL;
	h->ep = *h->argo;
	h->ep.ops = &hostile_ops;
	if (va_link_new(&h->ep, &cfg, &h->link))
		return NULL;
	blk_init(&h->b);
	dev.opaque = &h->b;
	if (va_device_add(h->link, 0, &dev, &h->b.dev))
		return NULL;
	va_link_memory(h->link, &h->b.mem);
	return h;
}

/* What the guest has read since the last look */
static void look_for_orders(struct hostile *h, bool *done, unsigned int frames)
{
	unsigned int i, n;

	for (i = 0; i < h->b.num_order; i++) {
		uint64_t sector = h->b.order[i];

		if (sector == FUZZ_AT && frames && !done[255]) {
			done[255] = true;
			test_note("%u frames of noise begin", frames);
			h->fuzz = frames;
		}
		if (sector < CRIME_AT || sector >= FUZZ_AT)
			continue;
		n = (sector - CRIME_AT) / 8;
		if (n >= num_crimes || done[n] || h->fuzz)
			continue;
		/* A session that ends has the guest ask again */
		done[n] = true;
		test_note("crime %u: %s", n, crimes[n].name);
		crimes[n].commit(h, &crimes[n]);
	}
	h->b.num_order = 0;
}

static void end_of_noise(struct hostile *h)
{
	test_note("the noise is over: %u frames were spoiled or added", h->spoiled);
	strcpy((char *)h->b.disk, "honest\n");
	hostile_ready(h);
}

int backend_main(unsigned int domid, uint32_t seed, unsigned int frames)
{
	struct hostile *h = make(domid);
	uint64_t heard = now_ms(), before = 0;
	bool done[256] = { false }, noisy = false;

	if (!h)
		return 2;
	h->seed = seed;
	va_link_ready(h->link);
	for (;;) {
		struct pollfd p = { .fd = va_link_fd(h->link), .events = POLLIN };
		int wait = va_link_timeout(h->link);

		poll(&p, 1, wait < 0 || wait > 50 ? 50 : wait);
		if (va_link_process(h->link)) {
			test_note("the link has died");
			return 1;
		}
		if (blk_run(&h->b))
			look_for_orders(h, done, frames);
		if (va_link_stat(h->link, VA_STAT_rx_frames) != before) {
			before = va_link_stat(h->link, VA_STAT_rx_frames);
			heard = now_ms();
		} else if (h->fuzz && now_ms() - heard > SILENCE_MS) {
			hostile_ready(h);
			heard = now_ms();
		}
		if (noisy && !h->fuzz)
			end_of_noise(h);
		noisy = h->fuzz;
	}
}
