// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: KUnit tests of the device side of a virtqueue.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * The driver is a few lines here that fill a struct vring, so that it can also
 * do what no driver may. A frame is flattened as Xen would copy it, and looked
 * at with the codec.
 */
#include <kunit/test.h>
#include <linux/io.h>
#include <linux/slab.h>
#include <linux/virtio_byteorder.h>

#include "virtio_argo_queue.h"

#define RING		16	/* entries, unless a test says otherwise */
#define FRAME		(64 * 1024)
#define IOERR		1
#define NEXT		VRING_DESC_F_NEXT
#define WR		VRING_DESC_F_WRITE
#define INDIRECT	VRING_DESC_F_INDIRECT

struct queue_test {
	struct vargo_queue q;
	struct vargo_budget budget;
	struct vring vr;
	struct vargo_frame_tx tx;
	u8 *wire;	/* the last frame */
	u32 wire_len;
};

/* ------------------------------------------------------------------------ */
/* The driver */

static void start(struct kunit *test, u32 num, u32 depth, int left)
{
	struct queue_test *t = test->priv;
	struct vargo_queue_config config = {
		.dev = 3, .index = 1, .depth = depth, .budget = &t->budget,
		.fill = true, .fail_status = IOERR,
	};
	void *mem = kunit_kzalloc(test, vring_size(num, 64) + 64, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mem);
	vring_init(&t->vr, num, PTR_ALIGN(mem, 64), 64);
	config.vring = t->vr;
	atomic_set(&t->budget.left, left);
	t->budget.max_chain = left;
	KUNIT_ASSERT_EQ(test, vargo_queue_init(&t->q, &config), 0);
	vargo_queue_run(&t->q, 7);
}

static void *buffer(struct kunit *test, u32 len, u8 seed)
{
	u8 *p = kunit_kmalloc(test, len, GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, p);
	for (i = 0; i < len; i++)
		p[i] = seed + i + i / 251;
	return p;
}

static void *copy(struct kunit *test, const void *from, u32 len)
{
	void *p = kunit_kmalloc(test, len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return memcpy(p, from, len);
}

static void set_desc(struct vring_desc *d, const void *buf, u32 len, u16 flags, u16 next)
{
	d->addr = __cpu_to_virtio64(true, virt_to_phys((void *)buf));
	d->len = __cpu_to_virtio32(true, len);
	d->flags = __cpu_to_virtio16(true, flags);
	d->next = __cpu_to_virtio16(true, next);
}

static void desc(struct kunit *test, u16 i, const void *buf, u32 len, u16 flags, u16 next)
{
	struct queue_test *t = test->priv;

	set_desc(&t->vr.desc[i], buf, len, flags, next);
}

static void offer(struct kunit *test, u16 head)
{
	struct queue_test *t = test->priv;
	u16 idx = __virtio16_to_cpu(true, t->vr.avail->idx);

	t->vr.avail->ring[idx & (t->vr.num - 1)] = __cpu_to_virtio16(true, head);
	/* As the driver does it: the entry is there before the index says so */
	smp_store_release(&t->vr.avail->idx, __cpu_to_virtio16(true, idx + 1));
}

/* A chain of one out- and one in-buffer, in descriptors @head and @head + 1 */
static void request(struct kunit *test, u16 head, const void *out, u32 nout,
		    void *in, u32 nin)
{
	desc(test, head, out, nout, nin ? NEXT : 0, head + 1);
	if (nin)
		desc(test, head + 1, in, nin, WR, 0);
	offer(test, head);
}

static u16 used(struct kunit *test)
{
	struct queue_test *t = test->priv;

	return __virtio16_to_cpu(true, t->vr.used->idx);
}

static void expect_used(struct kunit *test, u16 n, u32 head, u32 len)
{
	struct queue_test *t = test->priv;
	struct vring_used_elem *e = &t->vr.used->ring[n & (t->vr.num - 1)];

	KUNIT_EXPECT_GT(test, (s16)(used(test) - n), 0);
	KUNIT_EXPECT_EQ(test, __virtio32_to_cpu(true, e->id), head);
	KUNIT_EXPECT_EQ(test, __virtio32_to_cpu(true, e->len), len);
}

/* ------------------------------------------------------------------------ */
/* The link and the backend */

static enum vargo_fill gather(struct kunit *test, u32 limit, bool whole)
{
	struct queue_test *t = test->priv;
	enum vargo_fill fill;
	unsigned int i;

	vargo_frame_begin(&t->tx, limit, whole);
	fill = vargo_queue_fill(&t->q, &t->tx);
	KUNIT_EXPECT_LE(test, t->tx.len, limit);
	KUNIT_EXPECT_LE(test, t->tx.niov, VARGO_FRAME_IOVS);
	t->wire_len = 0;
	for (i = 0; i < t->tx.niov; i++) {
		KUNIT_EXPECT_NE(test, t->tx.iov[i].iov_len, 0);
		memcpy(t->wire + t->wire_len, t->tx.iov[i].iov_base, t->tx.iov[i].iov_len);
		t->wire_len += t->tx.iov[i].iov_len;
	}
	KUNIT_EXPECT_EQ(test, t->wire_len, t->tx.len);
	return fill;
}

static void sent(struct kunit *test, bool sent)
{
	struct queue_test *t = test->priv;

	vargo_queue_frame_done(&t->q, sent);
}

/* The PDU at *at of the last frame; moves on. Its payload, NULL at the end. */
static const u8 *next_pdu(struct kunit *test, u32 *at, struct vargo_pdu *pdu)
{
	struct queue_test *t = test->priv;
	const u8 *payload;
	int step;

	if (!*at)
		*at = VARGO_FRAME_HDR;
	if (*at >= t->wire_len)
		return NULL;
	step = vargo_pdu_decode(t->wire + *at, t->wire_len - *at, pdu);
	KUNIT_ASSERT_GT(test, step, 0);
	KUNIT_EXPECT_EQ(test, pdu->type, VIRTIO_ARGO_PDU_SUBMIT);
	KUNIT_EXPECT_EQ(test, pdu->dev, 3);
	KUNIT_EXPECT_EQ(test, pdu->queue, 1);
	payload = t->wire + *at + VARGO_PDU_HDR;
	*at += step;
	return payload;
}

/* The next PDU is this whole chain */
static void expect_chain(struct kunit *test, u32 *at, u16 head, u32 chain,
			 const void *out, u32 nout, u32 nin)
{
	const u8 *payload;
	struct vargo_pdu pdu;

	payload = next_pdu(test, at, &pdu);
	KUNIT_ASSERT_NOT_NULL(test, payload);
	KUNIT_EXPECT_EQ(test, pdu.head, head);
	KUNIT_EXPECT_EQ(test, pdu.chain, chain);
	KUNIT_EXPECT_EQ(test, pdu.total, nout);
	KUNIT_EXPECT_EQ(test, pdu.length, nout);
	KUNIT_EXPECT_EQ(test, pdu.room, nin);
	KUNIT_EXPECT_MEMEQ(test, payload, out, nout);
}

static void expect_end(struct kunit *test, u32 at)
{
	struct vargo_pdu pdu;

	KUNIT_EXPECT_NULL(test, next_pdu(test, &at, &pdu));
}

/* Send one frame and expect it to be this one chain */
static void send_one(struct kunit *test, u16 head, u32 chain, const void *out, u32 nout, u32 nin)
{
	u32 at = 0;

	gather(test, FRAME, true);
	expect_chain(test, &at, head, chain, out, nout, nin);
	expect_end(test, at);
	sent(test, true);
}

static struct vargo_pdu answer(u16 head, u32 chain, u32 total)
{
	return (struct vargo_pdu) {
		.type = VIRTIO_ARGO_PDU_COMPLETE, .dev = 3, .queue = 1, .head = head,
		.chain = chain, .total = total, .room = total, .length = total, .epoch = 7,
	};
}

/* A payload that wraps in the ring after @cut bytes */
static int reply_cut(struct kunit *test, struct vargo_pdu pdu, const u8 *data, u32 cut)
{
	struct queue_test *t = test->priv;
	struct vargo_payload payload = {};

	payload.part[0].base = data;
	payload.part[0].len = min(cut, pdu.length);
	payload.part[1].base = data + payload.part[0].len;
	payload.part[1].len = pdu.length - payload.part[0].len;
	return vargo_queue_complete(&t->q, &pdu, &payload);
}

static int reply(struct kunit *test, struct vargo_pdu pdu, const u8 *data)
{
	return reply_cut(test, pdu, data, U32_MAX);
}

static int budget(struct kunit *test)
{
	struct queue_test *t = test->priv;

	return atomic_read(&t->budget.left);
}

/* ------------------------------------------------------------------------ */
/* To the backend */

static void queue_request(struct kunit *test)
{
	u8 *out = buffer(test, 16, 1), *in = buffer(test, 513, 0);
	u8 *back = buffer(test, 513, 99);

	start(test, RING, 8, 1 << 20);
	KUNIT_EXPECT_EQ(test, gather(test, FRAME, true), VARGO_FILL_EMPTY);
	expect_end(test, 0);

	request(test, 4, out, 16, in, 513);
	send_one(test, 4, 0, out, 16, 513);
	KUNIT_EXPECT_EQ(test, budget(test), (1 << 20) - 529);
	KUNIT_EXPECT_EQ(test, used(test), 0);

	KUNIT_EXPECT_EQ(test, reply_cut(test, answer(4, 0, 513), back, 100), 1);
	expect_used(test, 0, 4, 513);
	KUNIT_EXPECT_MEMEQ(test, in, back, 513);
	KUNIT_EXPECT_EQ(test, budget(test), 1 << 20);
}

static void queue_batch(struct kunit *test)
{
	u8 *out[5], *in = buffer(test, 64, 0);
	struct queue_test *t = test->priv;
	unsigned int i;
	u32 at = 0;

	start(test, RING, 8, 1 << 20);
	for (i = 0; i < 5; i++) {
		out[i] = buffer(test, 17 + i, i);
		request(test, 2 * i, out[i], 17 + i, in + i, 1);
	}
	KUNIT_EXPECT_EQ(test, gather(test, FRAME, true), VARGO_FILL_EMPTY);
	for (i = 0; i < 5; i++)
		expect_chain(test, &at, 2 * i, i, out[i], 17 + i, 1);
	expect_end(test, at);
	KUNIT_EXPECT_EQ(test, t->tx.niov, 1);	/* small payloads are staged */
	sent(test, true);

	/* Answers in any order */
	for (i = 5; i--; )
		KUNIT_EXPECT_EQ(test, reply(test, answer(2 * i, i, 1), "x"), 1);
	KUNIT_EXPECT_EQ(test, used(test), 5);
}

/* What fits one frame is not cut because others came first */
static void queue_no_needless_cut(struct kunit *test)
{
	u8 *a = buffer(test, 600, 1), *b = buffer(test, 600, 2);
	u32 at = 0;

	start(test, RING, 8, 1 << 20);
	request(test, 0, a, 600, NULL, 0);
	request(test, 2, b, 600, NULL, 0);
	KUNIT_EXPECT_EQ(test, gather(test, 1024, true), VARGO_FILL_MORE);
	expect_chain(test, &at, 0, 0, a, 600, 0);
	expect_end(test, at);
	sent(test, true);

	/* Nor for the last bit of credit */
	KUNIT_EXPECT_EQ(test, gather(test, 512, false), VARGO_FILL_BLOCKED);
	expect_end(test, 0);
	send_one(test, 2, 1, b, 600, 0);
}

static void queue_fragments(struct kunit *test)
{
	u8 *out = buffer(test, 5000, 3), *in = buffer(test, 4, 0), *got;
	struct vargo_pdu pdu;
	u32 off = 0, at;

	start(test, RING, 8, 1 << 20);
	got = kunit_kzalloc(test, 5000, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, got);
	request(test, 0, out, 5000, in, 4);
	while (off < 5000) {
		const u8 *payload;

		at = 0;
		gather(test, 1024, true);
		payload = next_pdu(test, &at, &pdu);
		KUNIT_ASSERT_NOT_NULL(test, payload);
		KUNIT_EXPECT_EQ(test, pdu.offset, off);
		KUNIT_EXPECT_EQ(test, pdu.total, 5000);
		memcpy(got + off, payload, pdu.length);
		off += pdu.length;
		expect_end(test, at);
		/* Not wholly submitted: nothing to be answered yet */
		if (off < 5000)
			KUNIT_EXPECT_EQ(test, reply(test, answer(0, 0, 4), "abcd"), -EPROTO);
		sent(test, true);
	}
	KUNIT_EXPECT_EQ(test, off, 5000);
	KUNIT_EXPECT_MEMEQ(test, got, out, 5000);
	KUNIT_EXPECT_EQ(test, reply(test, answer(0, 0, 4), "abcd"), 1);
}

/* 1 MB in 256 pages that lie anywhere, through frames of 4 KB, both ways */
static void queue_megabyte(struct kunit *test)
{
	u8 *head = buffer(test, 16, 1), *status = buffer(test, 1, 0xff), **page;
	struct queue_test *t = test->priv;
	struct vargo_pdu pdu;
	u32 off = 0, i;
	u8 *all;

	start(test, 512, 8, 4 << 20);
	page = kunit_kcalloc(test, 256, sizeof(*page), GFP_KERNEL);
	all = kunit_kmalloc(test, (1 << 20) + 17, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_NOT_NULL(test, all);
	for (i = 0; i < 256; i++)
		page[(i * 37) % 256] = buffer(test, 4096, i);

	desc(test, 0, head, 16, NEXT, 1);
	for (i = 0; i < 256; i++)
		desc(test, i + 1, page[i], 4096, NEXT, i + 2);
	desc(test, 257, status, 1, WR, 0);
	offer(test, 0);
	while (off < (1 << 20) + 16) {
		const u8 *payload;
		u32 at = 0;

		KUNIT_ASSERT_EQ(test, gather(test, 4096, true),
				off + 4096 - 48 < (1 << 20) + 16 ? VARGO_FILL_MORE :
								   VARGO_FILL_EMPTY);
		payload = next_pdu(test, &at, &pdu);
		KUNIT_ASSERT_NOT_NULL(test, payload);
		KUNIT_ASSERT_EQ(test, pdu.offset, off);
		memcpy(all + off, payload, pdu.length);
		off += pdu.length;
		sent(test, true);
	}
	KUNIT_EXPECT_MEMEQ(test, all, head, 16);
	for (i = 0; i < 256; i++)
		KUNIT_EXPECT_MEMEQ(test, all + 16 + i * 4096, page[i], 4096);
	KUNIT_EXPECT_EQ(test, reply(test, answer(0, 0, 1), "\0"), 1);
	KUNIT_EXPECT_EQ(test, *status, 0);

	/* And back, in pieces that end inside pages */
	for (i = 0; i < 256; i++) {
		desc(test, i + 1, page[i], 4096, NEXT | WR, i + 2);
		memset(page[i], 0, 4096);
	}
	offer(test, 0);
	gather(test, FRAME, true);
	sent(test, true);
	for (off = 0; off <= 1 << 20; off += pdu.length) {
		pdu = answer(0, 1, (1 << 20) + 1);
		pdu.offset = off;
		pdu.length = min_t(u32, 5003, (1 << 20) + 1 - off);
		KUNIT_ASSERT_EQ(test, reply_cut(test, pdu, all + 16 + off, 999),
				off + pdu.length > 1 << 20);
	}
	for (i = 0; i < 256; i++)
		KUNIT_EXPECT_MEMEQ(test, all + 16 + i * 4096, page[i], 4096);
	KUNIT_EXPECT_EQ(test, t->q.unanswered, 0);
}

/* Large pieces go from where they are, and many of them end a frame */
static void queue_direct(struct kunit *test)
{
	struct queue_test *t = test->priv;
	struct vargo_pdu pdu;
	u8 *page[9];
	u32 at = 0, i;

	start(test, RING, 8, 1 << 20);
	for (i = 0; i < 9; i++)
		page[i] = buffer(test, 2048 + 64, i);
	for (i = 0; i < 9; i++)
		desc(test, i, page[i], 2048, i < 8 ? NEXT : 0, i + 1);
	offer(test, 0);
	KUNIT_EXPECT_EQ(test, gather(test, FRAME, true), VARGO_FILL_MORE);
	KUNIT_EXPECT_EQ(test, t->tx.niov, VARGO_FRAME_IOVS);
	KUNIT_EXPECT_PTR_EQ(test, t->tx.iov[1].iov_base, (void *)page[0]);
	KUNIT_ASSERT_NOT_NULL(test, next_pdu(test, &at, &pdu));
	KUNIT_EXPECT_EQ(test, pdu.length, 7 * 2048);
	sent(test, true);

	at = 0;
	KUNIT_EXPECT_EQ(test, gather(test, FRAME, true), VARGO_FILL_EMPTY);
	KUNIT_ASSERT_NOT_NULL(test, next_pdu(test, &at, &pdu));
	KUNIT_EXPECT_EQ(test, pdu.offset, 7 * 2048);
	KUNIT_EXPECT_EQ(test, pdu.length, 2 * 2048);
	sent(test, true);
}

/* More small chains than the staging buffer holds: nothing lost, nothing twice */
static void queue_stage_full(struct kunit *test)
{
	u8 *out = buffer(test, 1000, 5);
	struct vargo_pdu pdu;
	u32 i, at, n = 0;

	start(test, 64, 64, 1 << 20);
	for (i = 0; i < 30; i++)
		request(test, 2 * i, out, 1000, NULL, 0);
	while (n < 30) {
		at = 0;
		gather(test, FRAME, true);
		i = n;
		while (next_pdu(test, &at, &pdu))
			KUNIT_EXPECT_EQ(test, pdu.chain, n++);
		KUNIT_ASSERT_GT(test, n, i);
		sent(test, true);
	}
	KUNIT_EXPECT_EQ(test, n, 30);
}

static void queue_refused_frame(struct kunit *test)
{
	u8 *a = buffer(test, 100, 1), *b = buffer(test, 3000, 2), *first;
	struct queue_test *t = test->priv;
	u32 len, at = 0;

	start(test, RING, 8, 1 << 20);
	request(test, 0, a, 100, NULL, 0);
	request(test, 2, b, 3000, NULL, 0);
	gather(test, 1024, true);
	expect_chain(test, &at, 0, 0, a, 100, 0);
	first = copy(test, t->wire, t->wire_len);
	len = t->wire_len;
	sent(test, false);

	gather(test, 1024, true);
	KUNIT_ASSERT_EQ(test, t->wire_len, len);
	KUNIT_EXPECT_MEMEQ(test, t->wire + 16, first + 16, len - 16);
	sent(test, true);

	/* A fragment, refused twice */
	gather(test, 1024, true);
	len = t->wire_len;
	memcpy(first, t->wire, 100);
	sent(test, false);
	gather(test, 1024, true);
	sent(test, false);
	gather(test, 1024, true);
	KUNIT_EXPECT_EQ(test, t->wire_len, len);
	KUNIT_EXPECT_MEMEQ(test, t->wire + 16, first + 16, 84);
	sent(test, true);
	KUNIT_EXPECT_EQ(test, t->q.unanswered, 2);
}

static void queue_depth(struct kunit *test)
{
	u8 *out = buffer(test, 16, 1), *in = buffer(test, 4, 0);
	u32 at = 0;

	start(test, RING, 2, 1 << 20);
	request(test, 0, out, 16, in, 1);
	request(test, 2, out, 16, in + 1, 1);
	request(test, 4, out, 16, in + 2, 1);
	KUNIT_EXPECT_EQ(test, gather(test, FRAME, true), VARGO_FILL_BLOCKED);
	expect_chain(test, &at, 0, 0, out, 16, 1);
	expect_chain(test, &at, 2, 1, out, 16, 1);
	expect_end(test, at);
	sent(test, true);
	KUNIT_EXPECT_EQ(test, gather(test, FRAME, true), VARGO_FILL_BLOCKED);
	KUNIT_EXPECT_EQ(test, reply(test, answer(2, 1, 1), "x"), 1);
	send_one(test, 4, 2, out, 16, 1);
}

static void queue_budget(struct kunit *test)
{
	u8 *out = buffer(test, 600, 1), *in = buffer(test, 4, 0);

	start(test, RING, 8, 1000);
	request(test, 0, out, 600, in, 1);
	request(test, 2, out, 400, in + 1, 1);
	KUNIT_EXPECT_EQ(test, gather(test, FRAME, true), VARGO_FILL_BLOCKED);
	sent(test, true);
	KUNIT_EXPECT_EQ(test, budget(test), 399);
	KUNIT_EXPECT_EQ(test, reply(test, answer(0, 0, 1), "x"), 1);
	KUNIT_EXPECT_EQ(test, budget(test), 1000);
	send_one(test, 2, 1, out, 400, 1);
	KUNIT_EXPECT_EQ(test, budget(test), 599);
}

static void queue_wraparound(struct kunit *test)
{
	u8 *out = buffer(test, 16, 1), *in = buffer(test, 1, 0);
	struct queue_test *t = test->priv;
	u32 i;

	start(test, RING, 8, 1 << 20);
	t->q.last_avail = 65530;
	t->q.used_idx = 65530;
	t->vr.avail->idx = __cpu_to_virtio16(true, 65530);
	t->vr.used->idx = __cpu_to_virtio16(true, 65530);
	for (i = 0; i < 12; i++) {
		request(test, 2 * (i % 4), out, 16, in, 1);
		send_one(test, 2 * (i % 4), i, out, 16, 1);
		KUNIT_EXPECT_EQ(test, reply(test, answer(2 * (i % 4), i, 1), "x"), 1);
		expect_used(test, 65530 + i, 2 * (i % 4), 1);
	}
	KUNIT_EXPECT_EQ(test, used(test), 6);
}

static void queue_indirect(struct kunit *test)
{
	u8 *out = buffer(test, 16, 1), *in = buffer(test, 8, 0);
	struct vring_desc *table = buffer(test, 3 * sizeof(*table), 0);

	start(test, RING, 8, 1 << 20);
	set_desc(&table[0], out, 16, NEXT, 2);
	set_desc(&table[2], in, 3, NEXT | WR, 1);
	set_desc(&table[1], in + 3, 5, WR, 0);
	desc(test, 9, table, 3 * sizeof(*table), INDIRECT, 0);
	offer(test, 9);
	send_one(test, 9, 0, out, 16, 8);
	KUNIT_EXPECT_EQ(test, reply(test, answer(9, 0, 8), "abcdefgh"), 1);
	KUNIT_EXPECT_MEMEQ(test, in, "abcdefgh", 8);
}

/* ------------------------------------------------------------------------ */
/* From the backend */

static void queue_answer_fragments(struct kunit *test)
{
	u8 *out = buffer(test, 16, 1), *in = buffer(test, 10, 0);
	struct vargo_pdu pdu;

	start(test, RING, 8, 1 << 20);
	request(test, 0, out, 16, in, 10);
	send_one(test, 0, 0, out, 16, 10);
	pdu = answer(0, 0, 10);
	pdu.room = 4;		/* what the device model said */
	pdu.length = 6;
	KUNIT_EXPECT_EQ(test, reply(test, pdu, "abcdef"), 0);
	KUNIT_EXPECT_EQ(test, used(test), 0);
	pdu.offset = 6;
	pdu.length = 4;
	KUNIT_EXPECT_EQ(test, reply(test, pdu, "ghij"), 1);
	expect_used(test, 0, 0, 4);
	KUNIT_EXPECT_MEMEQ(test, in, "abcdefghij", 10);
	KUNIT_EXPECT_EQ(test, reply(test, pdu, "ghij"), -EPROTO);
}

/* Each way to be wrong, and the buffer is untouched */
static void queue_violations(struct kunit *test)
{
	u8 *out = buffer(test, 16, 1), *in = buffer(test, 10, 0x55), zero[16] = {};
	u8 *same = copy(test, in, 10);
	struct vargo_pdu good, pdu;

	start(test, RING, 8, 1 << 20);
	request(test, 0, out, 16, in, 10);
	send_one(test, 0, 0, out, 16, 10);
	good = answer(0, 0, 10);

#define WRONG(field, value) do {						\
	pdu = good;								\
	pdu.field = value;							\
	KUNIT_EXPECT_EQ_MSG(test, reply(test, pdu, zero), -EPROTO, #field " " #value); \
} while (0)
	WRONG(head, RING);
	WRONG(head, 0xffff);
	WRONG(head, 2);
	WRONG(chain, 1);
	WRONG(chain, U32_MAX);
	WRONG(total, 11);
	WRONG(total, 9);	/* a block device's status byte is missing */
	WRONG(total, U32_MAX);
	WRONG(room, 11);
	WRONG(offset, 1);
#undef WRONG
	pdu = good;
	pdu.epoch = 6;
	KUNIT_EXPECT_EQ(test, reply(test, pdu, zero), -ESTALE);
	KUNIT_EXPECT_MEMEQ(test, in, same, 10);

	/* Second fragments that do not continue the first */
	pdu = good;
	pdu.length = 4;
	KUNIT_EXPECT_EQ(test, reply(test, pdu, "abcd"), 0);
	KUNIT_EXPECT_EQ(test, reply(test, pdu, "abcd"), -EPROTO);
	pdu.offset = 5;
	KUNIT_EXPECT_EQ(test, reply(test, pdu, "abcd"), -EPROTO);
	pdu.offset = 4;
	pdu.room = 9;
	KUNIT_EXPECT_EQ(test, reply(test, pdu, "abcd"), -EPROTO);
	pdu = good;
	pdu.flags = VIRTIO_ARGO_PDU_F_ERROR;
	pdu.total = 0;
	pdu.room = 0;
	pdu.length = 0;
	KUNIT_EXPECT_EQ(test, reply(test, pdu, NULL), -EPROTO);
	KUNIT_EXPECT_EQ(test, used(test), 0);
	KUNIT_EXPECT_MEMEQ(test, in + 4, same + 4, 6);
}

static void queue_error_answer(struct kunit *test)
{
	u8 *out = buffer(test, 16, 1), *in = buffer(test, 10, 0x55), want[10] = {};
	struct vargo_pdu pdu;

	start(test, RING, 8, 1 << 20);
	request(test, 0, out, 16, in, 10);
	send_one(test, 0, 0, out, 16, 10);
	pdu = answer(0, 0, 0);
	pdu.flags = VIRTIO_ARGO_PDU_F_ERROR;
	KUNIT_EXPECT_EQ(test, reply(test, pdu, NULL), 1);
	want[9] = IOERR;
	KUNIT_EXPECT_MEMEQ(test, in, want, 10);
	expect_used(test, 0, 0, 10);
}

/* A type without a status: short answers are allowed, errors have length 0 */
static void queue_other_type(struct kunit *test)
{
	u8 *out = buffer(test, 16, 1), *in = buffer(test, 10, 0x55);
	struct queue_test *t = test->priv;
	struct vargo_pdu pdu;
	u8 rest = in[3];

	start(test, RING, 8, 1 << 20);
	t->q.config.fill = false;
	t->q.config.fail_status = -1;
	request(test, 0, out, 16, in, 10);
	send_one(test, 0, 0, out, 16, 10);
	KUNIT_EXPECT_EQ(test, reply(test, answer(0, 0, 3), "abc"), 1);
	expect_used(test, 0, 0, 3);
	KUNIT_EXPECT_EQ(test, in[3], rest);

	request(test, 0, out, 16, in, 10);
	send_one(test, 0, 1, out, 16, 10);
	pdu = answer(0, 1, 0);
	pdu.flags = VIRTIO_ARGO_PDU_F_ERROR;
	KUNIT_EXPECT_EQ(test, reply(test, pdu, NULL), 1);
	expect_used(test, 1, 0, 0);
}

static void queue_no_interrupt(struct kunit *test)
{
	u8 *out = buffer(test, 16, 1), *in = buffer(test, 1, 0);
	struct queue_test *t = test->priv;

	start(test, RING, 8, 1 << 20);
	t->vr.avail->flags = __cpu_to_virtio16(true, VRING_AVAIL_F_NO_INTERRUPT);
	request(test, 0, out, 16, in, 1);
	send_one(test, 0, 0, out, 16, 1);
	KUNIT_EXPECT_EQ(test, reply(test, answer(0, 0, 1), "x"), 0);
	expect_used(test, 0, 0, 1);
}

/* The answer came before sendv had returned: the buffers are still Xen's */
static void queue_answer_too_early(struct kunit *test)
{
	u8 *out = buffer(test, 16, 1), *in = buffer(test, 1, 0);

	start(test, RING, 8, 1 << 20);
	request(test, 0, out, 16, in, 1);
	gather(test, FRAME, true);
	KUNIT_EXPECT_EQ(test, reply(test, answer(0, 0, 1), "x"), -EAGAIN);
	KUNIT_EXPECT_EQ(test, used(test), 0);
	sent(test, true);
	KUNIT_EXPECT_EQ(test, reply(test, answer(0, 0, 1), "x"), 1);
}

/* ------------------------------------------------------------------------ */
/* Life */

static void queue_replay(struct kunit *test)
{
	u8 *out[6], *in = buffer(test, 64, 0);
	struct queue_test *t = test->priv;
	struct vargo_pdu pdu;
	u32 i, at = 0;

	start(test, RING, 8, 1 << 20);
	for (i = 0; i < 5; i++) {
		out[i] = buffer(test, 100 + i, i);
		request(test, 2 * i, out[i], 100 + i, in + 8 * i, 8);
	}
	out[5] = buffer(test, 4000, 77);
	request(test, 10, out[5], 4000, NULL, 0);
	gather(test, 1024, true);
	sent(test, true);
	gather(test, 1024, true);	/* a fragment of the last */
	sent(test, true);
	KUNIT_EXPECT_EQ(test, reply(test, answer(2, 1, 8), in), 1);
	pdu = answer(6, 3, 8);
	pdu.length = 3;
	KUNIT_EXPECT_EQ(test, reply(test, pdu, "abc"), 0);

	vargo_queue_pause(&t->q);
	KUNIT_EXPECT_EQ(test, reply(test, answer(0, 0, 8), in), -ESTALE);
	KUNIT_EXPECT_EQ(test, gather(test, FRAME, true), VARGO_FILL_EMPTY);
	expect_end(test, 0);
	KUNIT_EXPECT_EQ(test, budget(test), 1 << 20);

	vargo_queue_run(&t->q, 8);
	gather(test, FRAME, true);
	expect_chain(test, &at, 0, 0, out[0], 100, 8);
	expect_chain(test, &at, 4, 1, out[2], 102, 8);
	expect_chain(test, &at, 6, 2, out[3], 103, 8);
	expect_chain(test, &at, 8, 3, out[4], 104, 8);
	expect_chain(test, &at, 10, 4, out[5], 4000, 0);
	expect_end(test, at);
	sent(test, true);

	pdu = answer(6, 2, 8);
	KUNIT_EXPECT_EQ(test, reply(test, pdu, "abcdefgh"), -ESTALE);
	pdu.epoch = 8;
	KUNIT_EXPECT_EQ(test, reply(test, pdu, "abcdefgh"), 1);
	expect_used(test, 1, 6, 8);
}

static void queue_kill(struct kunit *test)
{
	u8 *out = buffer(test, 16, 1), *in = buffer(test, 30, 0x55), want[10] = {};
	struct queue_test *t = test->priv;
	u32 i;

	want[9] = IOERR;
	start(test, RING, 2, 1 << 20);
	for (i = 0; i < 3; i++)
		request(test, 2 * i, out, 16, in + 10 * i, 10);
	gather(test, FRAME, true);	/* two of them, for the depth */
	sent(test, true);
	KUNIT_EXPECT_FALSE(test, vargo_queue_needs_reap(&t->q));
	vargo_queue_kill(&t->q);
	KUNIT_EXPECT_TRUE(test, vargo_queue_needs_reap(&t->q));
	KUNIT_EXPECT_EQ(test, used(test), 0);
	KUNIT_EXPECT_TRUE(test, vargo_queue_reap(&t->q));
	KUNIT_EXPECT_EQ(test, used(test), 3);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_MEMEQ(test, in + 10 * i, want, 10);
	KUNIT_EXPECT_EQ(test, budget(test), 1 << 20);
	KUNIT_EXPECT_EQ(test, t->q.unanswered, 0);

	/* And what comes later */
	request(test, 0, out, 16, in, 10);
	gather(test, FRAME, true);
	expect_end(test, 0);
	KUNIT_EXPECT_TRUE(test, vargo_queue_reap(&t->q));
	KUNIT_EXPECT_EQ(test, used(test), 4);
	KUNIT_EXPECT_FALSE(test, vargo_queue_reap(&t->q));
}

/* After a reset nothing is written, neither answers nor errors */
static void queue_forget(struct kunit *test)
{
	u8 *out = buffer(test, 16, 1), *in = buffer(test, 30, 0x55);
	u8 *same = copy(test, in, 30);
	struct queue_test *t = test->priv;

	start(test, RING, 8, 1 << 20);
	request(test, 0, out, 16, in, 10);
	request(test, 2, out, 16, in + 10, 10);
	gather(test, FRAME, true);
	sent(test, true);
	vargo_queue_kill(&t->q);
	vargo_queue_forget(&t->q);
	KUNIT_EXPECT_FALSE(test, vargo_queue_reap(&t->q));
	KUNIT_EXPECT_EQ(test, used(test), 0);
	KUNIT_EXPECT_EQ(test, budget(test), 1 << 20);

	/* The heads are the driver's again */
	vargo_queue_run(&t->q, 9);
	request(test, 0, out, 16, in, 10);
	send_one(test, 0, 0, out, 16, 10);
	KUNIT_EXPECT_EQ(test, reply(test, answer(0, 0, 10), in), -ESTALE);
	KUNIT_EXPECT_MEMEQ(test, in, same, 30);
}

/* ------------------------------------------------------------------------ */
/* A driver with bugs */

/* The chain at @head is answered with an error; nothing of it is sent */
static void expect_failed(struct kunit *test, u16 head)
{
	struct queue_test *t = test->priv;
	u16 n = used(test);

	offer(test, head);
	gather(test, FRAME, true);
	expect_end(test, 0);
	KUNIT_EXPECT_TRUE(test, vargo_queue_needs_reap(&t->q));
	KUNIT_EXPECT_TRUE(test, vargo_queue_reap(&t->q));
	expect_used(test, n, head, 0);
}

static void queue_malformed_chains(struct kunit *test)
{
	struct vring_desc *table = buffer(test, 4 * sizeof(*table), 0);
	u8 *buf = buffer(test, 64, 1);

	start(test, RING, 8, 1 << 20);
	/* A loop */
	desc(test, 0, buf, 8, NEXT, 1);
	desc(test, 1, buf, 8, NEXT, 0);
	expect_failed(test, 0);
	/* Out of the table */
	desc(test, 0, buf, 8, NEXT, RING);
	expect_failed(test, 0);
	desc(test, 0, buf, 8, NEXT, 0xffff);
	expect_failed(test, 0);
	/* Readable behind writable */
	desc(test, 0, buf, 8, NEXT | WR, 1);
	desc(test, 1, buf, 8, 0, 0);
	expect_failed(test, 0);
	/* Longer than 2 GB in sum */
	desc(test, 0, buf, 0x80000000, NEXT, 1);
	desc(test, 1, buf, 0x80000000, 0, 0);
	expect_failed(test, 0);
	/* An indirect table inside a chain, and one of no whole entries */
	desc(test, 0, buf, 8, NEXT, 1);
	desc(test, 1, table, 16, INDIRECT, 0);
	expect_failed(test, 0);
	desc(test, 0, table, 24, INDIRECT, 0);
	expect_failed(test, 0);
	desc(test, 0, table, 0, INDIRECT, 0);
	expect_failed(test, 0);
	desc(test, 0, table, 16, INDIRECT | NEXT, 0);
	expect_failed(test, 0);
	/* Nested tables; an indirect chain that leaves its table, or loops */
	set_desc(&table[0], table, 32, INDIRECT, 0);
	desc(test, 0, table, 32, INDIRECT, 0);
	expect_failed(test, 0);
	set_desc(&table[0], buf, 8, NEXT, 2);
	expect_failed(test, 0);
	set_desc(&table[0], buf, 8, NEXT, 0);
	expect_failed(test, 0);

	/* The queue goes on */
	request(test, 0, buf, 16, buf + 16, 1);
	send_one(test, 0, 0, buf, 16, 1);
}

static void queue_too_long_chain(struct kunit *test)
{
	u8 *out = buffer(test, 600, 1), *in = buffer(test, 401, 0x55), want[401] = {};
	struct queue_test *t = test->priv;

	start(test, RING, 8, 1000);
	want[400] = IOERR;
	request(test, 0, out, 600, in, 401);
	gather(test, FRAME, true);
	expect_end(test, 0);
	KUNIT_EXPECT_TRUE(test, vargo_queue_reap(&t->q));
	expect_used(test, 0, 0, 401);
	KUNIT_EXPECT_MEMEQ(test, in, want, 401);
	KUNIT_EXPECT_EQ(test, budget(test), 1000);
}

static void queue_corrupt_avail(struct kunit *test)
{
	u8 *out = buffer(test, 16, 1);
	struct queue_test *t = test->priv;

	start(test, RING, 8, 1 << 20);
	desc(test, 0, out, 16, 0, 0);
	offer(test, RING);
	gather(test, FRAME, true);
	expect_end(test, 0);
	KUNIT_EXPECT_TRUE(test, t->q.bad);
	vargo_queue_exit(&t->q);

	/* The same head twice */
	memset(&t->q, 0, sizeof(t->q));
	start(test, RING, 8, 1 << 20);
	desc(test, 0, out, 16, 0, 0);
	offer(test, 0);
	offer(test, 0);
	gather(test, FRAME, true);
	sent(test, true);
	KUNIT_EXPECT_TRUE(test, t->q.bad);
	KUNIT_EXPECT_EQ(test, t->q.unanswered, 1);
	vargo_queue_exit(&t->q);

	/* More entries than the ring has */
	memset(&t->q, 0, sizeof(t->q));
	start(test, RING, 8, 1 << 20);
	t->vr.avail->idx = __cpu_to_virtio16(true, RING + 1);
	gather(test, FRAME, true);
	expect_end(test, 0);
	KUNIT_EXPECT_TRUE(test, t->q.bad);
	/* A bad queue can still be killed */
	vargo_queue_kill(&t->q);
	KUNIT_EXPECT_FALSE(test, vargo_queue_reap(&t->q));
}

/* ------------------------------------------------------------------------ */

static int queue_test_init(struct kunit *test)
{
	struct queue_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->tx.stage = kunit_kmalloc(test, VARGO_STAGE_BYTES, GFP_KERNEL);
	t->wire = kunit_kmalloc(test, FRAME, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->tx.stage);
	KUNIT_ASSERT_NOT_NULL(test, t->wire);
	test->priv = t;
	return 0;
}

static void queue_test_exit(struct kunit *test)
{
	struct queue_test *t = test->priv;

	if (t && t->q.chains)
		vargo_queue_exit(&t->q);
}

static struct kunit_case queue_cases[] = {
	KUNIT_CASE(queue_request),
	KUNIT_CASE(queue_batch),
	KUNIT_CASE(queue_no_needless_cut),
	KUNIT_CASE(queue_fragments),
	KUNIT_CASE(queue_megabyte),
	KUNIT_CASE(queue_direct),
	KUNIT_CASE(queue_stage_full),
	KUNIT_CASE(queue_refused_frame),
	KUNIT_CASE(queue_depth),
	KUNIT_CASE(queue_budget),
	KUNIT_CASE(queue_wraparound),
	KUNIT_CASE(queue_indirect),
	KUNIT_CASE(queue_answer_fragments),
	KUNIT_CASE(queue_violations),
	KUNIT_CASE(queue_error_answer),
	KUNIT_CASE(queue_other_type),
	KUNIT_CASE(queue_no_interrupt),
	KUNIT_CASE(queue_answer_too_early),
	KUNIT_CASE(queue_replay),
	KUNIT_CASE(queue_kill),
	KUNIT_CASE(queue_forget),
	KUNIT_CASE(queue_malformed_chains),
	KUNIT_CASE(queue_too_long_chain),
	KUNIT_CASE(queue_corrupt_avail),
	{}
};

static struct kunit_suite queue_suite = {
	.name = "virtio_argo_queue",
	.init = queue_test_init,
	.exit = queue_test_exit,
	.test_cases = queue_cases,
};

kunit_test_suite(queue_suite);

MODULE_AUTHOR("The VirtIO-Argo authors");
MODULE_DESCRIPTION("KUnit tests of VirtIO over Argo");
MODULE_LICENSE("GPL");
