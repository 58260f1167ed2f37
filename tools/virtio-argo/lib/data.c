// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * libvirtio-argo: data frames.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Theory of operation
 *
 * In: each SUBMIT fragment is checked against the state of its queue and copied to
 * its chain's slot. Fragments of one chain come in order, and of one queue one
 * chain at a time; between queues they mix freely. With the last one the chain
 * goes on the shadow ring. A slot is found before the first byte is copied, and
 * there is one for each of the depth chains that may be unanswered, so
 * nothing ever waits here and the guest's credit returns at once.
 *
 * Out: a frame is planned, sent, and only then committed. Planning takes answers
 * from the queues that stand in the line (line.c). Small payloads are copied
 * behind their heads, which makes one piece of many answers; large ones are
 * pieces of their own, straight from the slot. What does not fit goes out in
 * fragments. A frame that was not taken leaves nothing behind but the line's
 * order.
 *
 * When credit is short, a frame is sent if it carries what it would have
 * carried anyway or at least a kilobyte: else slow credit would cut answers into
 * crumbs. This cannot wait for ever: with everything consumed and no CREDIT due,
 * more than half a window is free, and a frame needs at most that.
 */
#include <string.h>
#include <syslog.h>

#include "internal.h"

#define COPY_MAX		4608u	/* a page of data and its status still */
#define FRAGMENT_MIN		512u
#define FRAME_WORTH		1024u

/* ------------------------------------------------------------------------ */
/* In */

static const char *check_new(const struct va_queue *q, const struct vargo_pdu *pdu)
{
	const struct va_link *link = q->dev->link;
	uint64_t bytes = (uint64_t)pdu->total + pdu->room;

	if (pdu->offset)
		return "a chain's first fragment is missing";
	if (pdu->chain != q->next_chain)
		return "a chain is missing";
	if (pdu->head >= q->size)
		return "head out of bounds";
	if (q->by_head[pdu->head] != VA_NONE)
		return "head in flight already";
	if (bytes > link->cfg.max_chain)
		return "chain too large";
	if (bytes > link->cfg.max_inflight - link->inflight)
		return "too many bytes in flight";
	if (q->free == VA_NONE)
		return "too many chains in flight";
	return NULL;
}

static const char *check_next(const struct va_slot *slot,
			      const struct vargo_pdu *pdu)
{
	if (pdu->head != slot->head || pdu->chain != slot->chain ||
	    pdu->total != slot->total || pdu->room != slot->room)
		return "fragment of another chain";
	if (pdu->offset != slot->got)
		return "fragment out of order";
	return NULL;
}

/* Nothing to read and nothing to write is no request of any device */
static bool is_request(const struct va_device *dev, const struct va_slot *slot)
{
	return (slot->total || slot->room) && slot->total >= dev->cfg.min_out &&
	       slot->room >= dev->cfg.min_in;
}

static bool answered_here(struct va_queue *q, struct va_slot *slot)
{
	const struct va_device *dev = q->dev;
	int64_t used = -1;

	if (dev->cfg.ops->answer)
		used = dev->cfg.ops->answer(dev->cfg.opaque, va_queue_at(q, slot->in),
					    slot->total, va_queue_at(q, slot->out), slot->room);
	if (used < 0 || used > slot->room)
		return false;
	slot->used = used;
	slot->answer = dev->cfg.flags & VA_DEVICE_COMPLETE_ALL ? slot->room : used;
	va_queue_done(q, slot);
	return true;
}

static void chain_complete(struct va_queue *q, struct va_slot *slot)
{
	struct va_link *link = q->dev->link;

	q->filling = VA_NONE;
	VA_COUNT(link, chains);
	if (is_request(q->dev, slot)) {
		if (!answered_here(q, slot))
			va_queue_submit(q, slot);
		return;
	}
	slot->error = true;
	VA_COUNT(link, chain_errors);
	va_queue_done(q, slot);
}

static const char *fragment(struct va_queue *q, const struct vargo_pdu *pdu,
			    const uint8_t *payload)
{
	struct va_slot *slot;
	const char *why;

	if (q->filling == VA_NONE) {
		why = check_new(q, pdu);
		if (why)
			return why;
		slot = va_queue_take(q, pdu);
		q->filling = va_slot_index(q, slot);
		q->next_chain++;
	} else {
		slot = &q->slots[q->filling];
		why = check_next(slot, pdu);
		if (why)
			return why;
	}
	/* The codec has offset + length <= total; the slot has total bytes */
	memcpy(va_queue_at(q, slot->in + slot->got), payload, pdu->length);
	slot->got += pdu->length;
	VA_COUNT(q->dev->link, submit_pdus);
	VA_ADD(q->dev->link, submit_bytes, pdu->length);
	if (slot->got == slot->total)
		chain_complete(q, slot);
	return NULL;
}

/* A device that went away, with or without a successor that was not reset yet */
static bool is_gone(const struct va_link *link, unsigned int num)
{
	return link->gone >> num & 1;
}

static const char *submit(struct va_link *link, const struct vargo_pdu *pdu,
			  const uint8_t *payload)
{
	struct va_device *dev = link->devices[pdu->dev];

	if (pdu->type != VIRTIO_ARGO_PDU_SUBMIT)
		return "COMPLETE from the driver";
	if (is_gone(link, pdu->dev) || (dev && pdu->epoch != dev->epoch)) {
		VA_COUNT(link, drop_epoch);
		return NULL;
	}
	if (!dev)
		return "no such device";
	if (dev->failed) {
		VA_COUNT(link, drop_failed);
		return NULL;
	}
	if (!dev->started)
		return "chain before DRIVER_OK";
	if (pdu->queue >= dev->cfg.num_queues || !dev->queues[pdu->queue].enabled)
		return "no such queue";
	return fragment(&dev->queues[pdu->queue], pdu, payload);
}

/**
 * va_data_receive() - take the PDUs of a data frame
 * @link: the link
 * @buf: behind the frame's head
 * @len: bytes there
 * @why: what was wrong
 *
 * Return: 0 or -EPROTO for a violation; PDUs before it were taken
 */
int va_data_receive(struct va_link *link, const uint8_t *buf, uint32_t len,
		    const char **why)
{
	struct vargo_pdu pdu;
	int next;

	if (!len) {
		*why = "data frame without PDU";
		return -EPROTO;
	}
	while (len) {
		next = vargo_pdu_decode(buf, len, &pdu);
		if (next < 0) {
			*why = "malformed PDU";
			return -EPROTO;
		}
		*why = submit(link, &pdu, buf + VARGO_PDU_HDR);
		if (*why)
			return -EPROTO;
		buf += next;
		len -= next;
	}
	return 0;
}

/* ------------------------------------------------------------------------ */
/* From the device models: used entries, and kicks to them */

static void collect_queue(struct va_queue *q)
{
	struct va_device *dev = q->dev;
	unsigned int depth = dev->link->shadow.depth;

	va_queue_flush_kick(q);
	if (!va_queue_has_used(q) || va_queue_collect(q, depth) >= 0)
		return;
	VA_COUNT(dev->link, used_invalid);
	va_log(dev->link, LOG_ERR,
	       "device %u, queue %u: impossible entry in the used ring", dev->num,
	       q->index);
	va_device_fail(dev);
}

void va_data_collect(struct va_link *link)
{
	unsigned int i, j;

	for (i = 0; i < VIRTIO_ARGO_MAX_DEVICES; i++) {
		struct va_device *dev = link->devices[i];

		for (j = 0; dev && dev->started && j < dev->cfg.num_queues; j++) {
			if (dev->queues[j].enabled)
				collect_queue(&dev->queues[j]);
		}
	}
}

/* ------------------------------------------------------------------------ */
/* A frame: plan, send, commit or roll back */

struct plan {
	struct iovec iov[VA_IOVS];
	unsigned int niov;
	bool in_stage;		/* the last piece is in the staging buffer */
	uint32_t staged;	/* bytes used there */
	uint32_t len;		/* of the frame */
	uint32_t limit;		/* what @len may become */
	uint32_t pdus;
	uint32_t bytes;
};

static struct va_slot *planned_slot(const struct va_queue *q)
{
	uint32_t depth = q->dev->link->shadow.depth;

	return &q->slots[q->done[(q->done_first + q->planned) % depth]];
}

static void stage(struct va_link *link, struct plan *p, const void *data,
		  uint32_t len)
{
	if (!p->in_stage) {
		p->iov[p->niov].iov_base = link->stage + p->staged;
		p->iov[p->niov].iov_len = 0;
		p->niov++;
		p->in_stage = true;
	}
	if (data)
		memcpy(link->stage + p->staged, data, len);
	else
		memset(link->stage + p->staged, 0, len);
	p->iov[p->niov - 1].iov_len += len;
	p->staged += len;
	p->len += len;
}

static void attach(struct plan *p, void *data, uint32_t len)
{
	p->iov[p->niov].iov_base = data;
	p->iov[p->niov].iov_len = len;
	p->niov++;
	p->in_stage = false;
	p->len += len;
}

static void plan_pdu(struct va_link *link, struct plan *p, struct va_queue *q,
		     struct va_slot *slot, uint32_t take)
{
	struct vargo_pdu pdu = {
		.type = VIRTIO_ARGO_PDU_COMPLETE,
		.flags = slot->error ? VIRTIO_ARGO_PDU_F_ERROR : 0,
		.dev = q->dev->num,
		.queue = q->index,
		.head = slot->head,
		.chain = slot->chain,
		.total = slot->answer,
		.room = slot->used,
		.offset = q->planned_sent,
		.length = take,
		.epoch = q->dev->epoch,
	};
	void *payload = va_queue_at(q, slot->out + q->planned_sent);
	uint8_t head[VARGO_PDU_HDR];

	stage(link, p, NULL, vargo_pad(p->len) - p->len);
	vargo_pdu_encode(&pdu, head);
	stage(link, p, head, sizeof(head));
	if (take > COPY_MAX)
		attach(p, payload, take);
	else if (take)
		stage(link, p, payload, take);
	p->pdus++;
	p->bytes += take;
}

/* Return: whether an answer of @q, or a part of it, went into the frame */
static bool plan_answer(struct va_link *link, struct plan *p, struct va_queue *q)
{
	struct va_slot *slot = planned_slot(q);
	uint32_t rest = slot->answer - q->planned_sent;
	uint32_t begin = vargo_pad(p->len);
	uint32_t take, pieces;

	if (p->limit < begin + VARGO_PDU_HDR)
		return false;
	take = p->limit - begin - VARGO_PDU_HDR;
	if (take > rest)
		take = rest;
	if (take < rest && (!take || (p->pdus && take < FRAGMENT_MIN)))
		return false;
	pieces = !p->in_stage + (take > COPY_MAX);
	if (p->niov + pieces > VA_IOVS)
		return false;

	plan_pdu(link, p, q, slot, take);
	if (!q->touched) {
		q->touched = true;
		link->touched[link->num_touched++] = q;
	}
	q->deficit -= VARGO_PDU_HDR + take;
	q->planned_sent += take;
	if (q->planned_sent == slot->answer) {
		q->planned++;
		q->planned_sent = 0;
	}
	return true;
}

/* Return: whether there is a frame worth its credit */
static bool plan_frame(struct va_link *link, struct plan *p)
{
	struct va_queue *q = va_line_next(link);
	uint32_t credit = vargo_session_room(&link->s);
	uint32_t need;

	if (!q)
		return false;
	if (credit > link->s.peer.max_frame)
		credit = link->s.peer.max_frame;
	need = vargo_ring_bytes(VARGO_FRAME_HDR + VARGO_PDU_HDR +
				planned_slot(q)->answer - q->planned_sent);
	if (credit < need && credit < FRAME_WORTH) {
		link->starved = true;
		VA_COUNT(link, credit_waits);
		return false;
	}

	memset(p, 0, sizeof(*p));
	p->limit = credit - VARGO_ARGO_HDR;
	link->num_touched = 0;
	stage(link, p, NULL, VARGO_FRAME_HDR);
	while (q && plan_answer(link, p, q))
		q = va_line_next(link);
	return true;
}

static void commit_queue(struct va_queue *q)
{
	struct va_link *link = q->dev->link;
	uint32_t depth = link->shadow.depth;

	for (; q->planned; q->planned--) {
		va_queue_put(q, &q->slots[q->done[q->done_first]]);
		q->done_first = (q->done_first + 1) % depth;
		q->done_count--;
		VA_COUNT(link, completed);
	}
	if (q->done_count)
		planned_slot(q)->sent = q->planned_sent;
}

static void roll_back_queue(struct va_queue *q)
{
	q->planned = 0;
	q->planned_sent = q->done_count ? planned_slot(q)->sent : 0;
	va_line_add(q);
}

static void settle(struct va_link *link, bool sent)
{
	unsigned int i;

	for (i = 0; i < link->num_touched; i++) {
		struct va_queue *q = link->touched[i];

		q->touched = false;
		if (sent)
			commit_queue(q);
		else
			roll_back_queue(q);
	}
	link->num_touched = 0;
}

static int send_frame(struct va_link *link)
{
	struct plan p;
	int err;

	if (!plan_frame(link, &p))
		return -ENODATA;
	err = va_wire_send(link, VARGO_KIND_DATA, p.iov, p.niov, p.len);
	if (!err) {
		VA_ADD(link, complete_pdus, p.pdus);
		VA_ADD(link, complete_bytes, p.bytes);
	}
	settle(link, !err);
	return err;
}

void va_data_flush(struct va_link *link)
{
	unsigned int n;

	for (n = 0; n < VA_TX_BUDGET; n++) {
		if (!va_session_open(link) || link->starved || send_frame(link))
			return;
	}
	link->more = true;
}
