// SPDX-License-Identifier: GPL-2.0
/*
 * A fake guest, see guest.h
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "lib_test.h"

#define BAD(g, cond) bad(g, cond, #cond, __LINE__)

static bool bad(struct guest *g, bool is, const char *what, int line)
{
	if (!is)
		return false;
	g->bad++;
	test_note("guest.c:%d: the device side is wrong: %s", line, what);
	return true;
}

bool guest_init(struct guest *g, struct va_endpoint *ep)
{
	memset(g, 0, sizeof(*g));
	g->ep = ep;
	g->rx = malloc(ep->ring_len);
	g->window = (ep->ring_len - 16 - VIRTIO_ARGO_RING_RESERVE) & ~15u;
	g->max_frame = g->window / 2 & ~15u;
	if (g->max_frame > 66560)
		g->max_frame = 66560;
	g->session = 0x100;
	return g->rx;
}

void guest_forget_chains(struct guest *g)
{
	unsigned int i, j;

	for (i = 0; i < GUEST_QUEUES; i++) {
		for (j = 0; j < GUEST_HEADS; j++)
			free(g->chains[i][j].in);
	}
	memset(g->chains, 0, sizeof(g->chains));
	memset(g->next_chain, 0, sizeof(g->next_chain));
}

void guest_exit(struct guest *g)
{
	guest_forget_chains(g);
	free(g->rx);
	va_endpoint_close(g->ep);
}

/* ------------------------------------------------------------------------ */
/* Out */

int guest_raw(struct guest *g, uint32_t type, const void *buf, uint32_t len)
{
	struct iovec iov = { (void *)buf, len };

	return g->ep->ops->send(g->ep, type, &iov, 1);
}

int guest_frame(struct guest *g, uint32_t type, const void *body, uint32_t len)
{
	uint8_t head[VARGO_FRAME_HDR];
	struct iovec iov[2] = { { head, sizeof(head) }, { (void *)body, len } };
	struct vargo_frame frame = {
		.session = g->session,
		.seq = g->tx_seq + 1,
		.data_consumed = g->frozen ? g->data_told : g->data_consumed,
		.ctrl_consumed = g->frozen ? g->ctrl_told : g->ctrl_consumed,
	};
	int err;

	vargo_frame_encode(&frame, head);
	err = g->ep->ops->send(g->ep, type, iov, len ? 2 : 1);
	if (err)
		return err;
	g->tx_seq++;
	g->data_told = frame.data_consumed;
	g->ctrl_told = frame.ctrl_consumed;
	if (type == VIRTIO_ARGO_MT_DATA)
		g->data_sent += vargo_ring_bytes(VARGO_FRAME_HDR + len);
	else if (len)
		g->ctrl_sent++;
	return 0;
}

void guest_credit(struct guest *g)
{
	guest_frame(g, VIRTIO_ARGO_MT_CONTROL, NULL, 0);
}

int guest_send(struct guest *g, struct vargo_msg *msg)
{
	uint8_t buf[VIRTIO_ARGO_MSG_MAX];
	int len;

	msg->token = ++g->next_token;
	len = vargo_msg_encode(msg, buf, sizeof(buf));
	if (len < 0)
		return len;
	return guest_frame(g, VIRTIO_ARGO_MT_CONTROL, buf, len);
}

bool guest_answer(struct guest *g, const struct vargo_msg *request,
		  struct vargo_msg *answer)
{
	unsigned int i;

	for (i = 0; i < g->num_msgs; i++) {
		struct vargo_msg *m = &g->msgs[i];

		if (m->type == (request->type | VIRTIO_ARGO_TYPE_RESPONSE) &&
		    m->id == request->id && m->dev == request->dev &&
		    m->token == request->token) {
			*answer = *m;
			return true;
		}
	}
	return false;
}

struct vargo_msg guest_hello_msg(struct guest *g)
{
	struct vargo_msg msg = {
		.type = VIRTIO_ARGO_TYPE_BUS,
		.id = VIRTIO_ARGO_BUS_HELLO,
		.token = ++g->next_token,
		.hello = {
			.magic = VIRTIO_ARGO_MAGIC,
			.version_min = 1,
			.version_max = 1,
			.session = ++g->session,
			.window = g->window,
			.max_frame = g->max_frame,
			.ctrl_window = VIRTIO_ARGO_CTRL_WINDOW,
		},
	};

	return msg;
}

int guest_hello_send(struct guest *g, const struct vargo_msg *msg)
{
	uint8_t buf[VARGO_CTRL_FRAME_MAX] = { 0 };
	int len = vargo_msg_encode(msg, buf + VARGO_FRAME_HDR, VIRTIO_ARGO_MSG_MAX);

	if (len < 0)
		return len;
	g->tx_seq = 0;
	g->rx_seq = 0;
	g->data_sent = g->data_acked = g->data_consumed = g->data_told = 0;
	g->ctrl_sent = g->ctrl_acked = g->ctrl_consumed = g->ctrl_told = 0;
	g->num_msgs = 0;
	g->have_hello = false;
	guest_forget_chains(g);
	return guest_raw(g, VIRTIO_ARGO_MT_CONTROL, buf, VARGO_FRAME_HDR + len);
}

uint32_t guest_put_pdu(void *buf, const struct vargo_pdu *pdu, const void *payload)
{
	uint32_t padded = vargo_pad(pdu->length);

	vargo_pdu_encode(pdu, buf);
	memset((uint8_t *)buf + VARGO_PDU_HDR, 0, padded);
	if (pdu->length)
		memcpy((uint8_t *)buf + VARGO_PDU_HDR, payload, pdu->length);
	return VARGO_PDU_HDR + padded;
}

struct vargo_pdu guest_pdu(const struct guest *g, unsigned int queue, uint16_t head,
			   uint32_t total, uint32_t room)
{
	struct vargo_pdu pdu = {
		.type = VIRTIO_ARGO_PDU_SUBMIT,
		.dev = g->dev,
		.queue = queue,
		.head = head,
		.chain = g->next_chain[queue],
		.total = total,
		.room = room,
		.length = total,
		.epoch = g->epoch,
	};

	return pdu;
}

void guest_begin(struct guest *g, unsigned int queue, const struct vargo_pdu *pdu)
{
	struct guest_chain *c = &g->chains[queue][pdu->head];

	free(c->in);
	memset(c, 0, sizeof(*c));
	c->busy = true;
	c->chain = pdu->chain;
	c->room = pdu->room;
	c->in = malloc(pdu->room + 1);
	memset(c->in, 0xee, pdu->room);
	g->next_chain[queue]++;
}

bool guest_submit_part(struct guest *g, const struct vargo_pdu *pdu,
		       const uint8_t *out, uint32_t *done)
{
	struct vargo_pdu part = *pdu;
	uint32_t credit = g->hello.window - (g->data_sent - g->data_acked);
	uint32_t limit = credit < g->hello.max_frame ? credit : g->hello.max_frame;
	uint32_t room, rest = pdu->total - *done;
	uint8_t *buf;
	int err;

	if (limit < 16 + VARGO_FRAME_HDR + VARGO_PDU_HDR + 64)
		return false;
	room = (limit & ~15u) - 16 - VARGO_FRAME_HDR - VARGO_PDU_HDR;
	part.offset = *done;
	part.length = rest < room ? rest : room;
	buf = malloc(VARGO_PDU_HDR + vargo_pad(part.length));
	guest_put_pdu(buf, &part, out ? out + *done : NULL);
	err = guest_frame(g, VIRTIO_ARGO_MT_DATA, buf, VARGO_PDU_HDR + part.length);
	free(buf);
	if (err)
		return false;
	*done += part.length;
	return *done == pdu->total;
}

/* ------------------------------------------------------------------------ */
/* In */

static void take_complete(struct guest *g, const struct vargo_pdu *pdu,
			  const uint8_t *payload)
{
	struct guest_chain *c;

	if (pdu->dev == g->dev && pdu->epoch != g->epoch) {
		g->stale++;
		return;
	}
	if (BAD(g, pdu->type != VIRTIO_ARGO_PDU_COMPLETE) ||
	    BAD(g, pdu->dev != g->dev) ||
	    BAD(g, pdu->queue >= GUEST_QUEUES || pdu->head >= GUEST_HEADS))
		return;
	c = &g->chains[pdu->queue][pdu->head];
	if (g->loose && (!c->busy || c->chain != pdu->chain || pdu->total > c->room))
		return;
	if (BAD(g, !c->busy || c->chain != pdu->chain) ||
	    BAD(g, pdu->total > c->room || pdu->room > pdu->total) ||
	    BAD(g, pdu->offset != c->got) ||
	    BAD(g, c->got && pdu->total != c->total))
		return;
	c->total = pdu->total;
	c->used = pdu->room;
	if (pdu->length)
		memcpy(c->in + c->got, payload, pdu->length);
	c->got += pdu->length;
	g->queue_bytes[pdu->queue] += VARGO_PDU_HDR + pdu->length;
	if (c->got == c->total) {
		c->busy = false;
		c->done = true;
		c->error = pdu->flags & VIRTIO_ARGO_PDU_F_ERROR;
		g->completed++;
	}
}

static void take_data(struct guest *g, const uint8_t *buf, uint32_t len)
{
	uint32_t bytes = vargo_ring_bytes(VARGO_FRAME_HDR + len);
	struct vargo_pdu pdu;
	int next;

	g->data_frames++;
	if (bytes > g->largest)
		g->largest = bytes;
	BAD(g, bytes > g->max_frame);
	BAD(g, !len);
	g->data_consumed += bytes;
	BAD(g, g->data_consumed - g->data_told > g->window);
	while (len) {
		next = vargo_pdu_decode(buf, len, &pdu);
		if (BAD(g, next < 0))
			return;
		g->data_pdus++;
		take_complete(g, &pdu, buf + VARGO_PDU_HDR);
		buf += next;
		len -= next;
	}
}

static void take_message(struct guest *g, const struct vargo_frame *frame,
			 const uint8_t *buf, uint32_t len)
{
	struct vargo_msg m;

	if (BAD(g, vargo_msg_decode(buf, len, &m) < 0))
		return;
	if (m.type == VIRTIO_ARGO_TYPE_BUS && m.id == VIRTIO_ARGO_BUS_READY) {
		BAD(g, frame->session != 0);
		g->readies++;
		return;
	}
	if (m.type == 3 && m.id == VIRTIO_ARGO_BUS_HELLO) {
		BAD(g, frame->session != 0);
		g->hello = m.hello;
		g->have_hello = true;
	} else {
		BAD(g, frame->session == 0);
	}
	if (g->num_msgs == GUEST_MSGS) {
		memmove(g->msgs, g->msgs + 1, sizeof(g->msgs) - sizeof(g->msgs[0]));
		g->num_msgs--;
	}
	g->msgs[g->num_msgs++] = m;
}

static void take_frame(struct guest *g, uint32_t type, const uint8_t *buf,
		       uint32_t len)
{
	struct vargo_frame frame;

	if (BAD(g, vargo_frame_decode(buf, len, &frame) < 0))
		return;
	buf += VARGO_FRAME_HDR;
	len -= VARGO_FRAME_HDR;
	if (frame.session) {
		if (frame.session != g->session) {
			g->stale++;
			return;
		}
		/* We are heard before we are told anything */
		BAD(g, !g->tx_seq);
		BAD(g, frame.seq != g->rx_seq + 1);
		g->rx_seq = frame.seq;
		BAD(g, frame.data_consumed - g->data_acked >
		       g->data_sent - g->data_acked);
		BAD(g, frame.ctrl_consumed - g->ctrl_acked >
		       g->ctrl_sent - g->ctrl_acked);
		g->data_acked = frame.data_consumed;
		g->ctrl_acked = frame.ctrl_consumed;
	}
	if (type == VIRTIO_ARGO_MT_DATA) {
		BAD(g, !frame.session);
		take_data(g, buf, len);
	} else if (!len) {
		g->credits++;
	} else {
		BAD(g, type != VIRTIO_ARGO_MT_CONTROL);
		if (frame.session) {
			g->ctrl_consumed++;
			BAD(g, g->ctrl_consumed - g->ctrl_told >
			       VIRTIO_ARGO_CTRL_WINDOW);
		}
		take_message(g, &frame, buf, len);
	}
	if (!g->frozen && frame.session &&
	    (g->data_consumed - g->data_told >= g->window / 2 ||
	     g->ctrl_consumed - g->ctrl_told >= VIRTIO_ARGO_CTRL_WINDOW / 2))
		guest_credit(g);
}

unsigned int guest_receive(struct guest *g)
{
	struct va_message m;
	unsigned int n = 0;
	ssize_t len;

	while ((len = g->ep->ops->recv(g->ep, &m, g->rx, g->ep->ring_len)) >= 0) {
		BAD(g, m.port != g->ep->peer_port || m.domid != g->ep->peer_domid);
		if (g->tap)
			g->tap(g, m.type, g->rx, len);
		take_frame(g, m.type, g->rx, len);
		n++;
	}
	return n;
}
