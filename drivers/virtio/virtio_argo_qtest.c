// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: what the KUnit suites of queues share; see virtio_argo_qtest.h.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/io.h>
#include <linux/slab.h>
#include <linux/virtio_byteorder.h>

#include "virtio_argo_qtest.h"

/* ------------------------------------------------------------------------ */
/* The driver */

void qtest_start(struct kunit *test, u32 num, u32 depth, int left)
{
	struct qtest *t = test->priv;
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

void *qtest_buffer(struct kunit *test, u32 len, u8 seed)
{
	u8 *p = kunit_kmalloc(test, len, GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, p);
	for (i = 0; i < len; i++)
		p[i] = seed + i + i / 251;
	return p;
}

void *qtest_copy(struct kunit *test, const void *from, u32 len)
{
	void *p = kunit_kmalloc(test, len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return memcpy(p, from, len);
}

void qtest_set_desc(struct vring_desc *d, const void *buf, u32 len, u16 flags, u16 next)
{
	d->addr = __cpu_to_virtio64(true, virt_to_phys((void *)buf));
	d->len = __cpu_to_virtio32(true, len);
	d->flags = __cpu_to_virtio16(true, flags);
	d->next = __cpu_to_virtio16(true, next);
}

void qtest_desc(struct kunit *test, u16 i, const void *buf, u32 len, u16 flags, u16 next)
{
	struct qtest *t = test->priv;

	qtest_set_desc(&t->vr.desc[i], buf, len, flags, next);
}

void qtest_offer(struct kunit *test, u16 head)
{
	struct qtest *t = test->priv;
	u16 idx = __virtio16_to_cpu(true, t->vr.avail->idx);

	t->vr.avail->ring[idx & (t->vr.num - 1)] = __cpu_to_virtio16(true, head);
	/* As the driver does it: the entry is there before the index says so */
	smp_store_release(&t->vr.avail->idx, __cpu_to_virtio16(true, idx + 1));
}

void qtest_request(struct kunit *test, u16 head, const void *out, u32 nout,
		   void *in, u32 nin)
{
	qtest_desc(test, head, out, nout, nin ? NEXT : 0, head + 1);
	if (nin)
		qtest_desc(test, head + 1, in, nin, WR, 0);
	qtest_offer(test, head);
}

u16 qtest_used(struct kunit *test)
{
	struct qtest *t = test->priv;

	return __virtio16_to_cpu(true, t->vr.used->idx);
}

void qtest_expect_used(struct kunit *test, u16 n, u32 head, u32 len)
{
	struct qtest *t = test->priv;
	struct vring_used_elem *e = &t->vr.used->ring[n & (t->vr.num - 1)];

	KUNIT_EXPECT_GT(test, (s16)(qtest_used(test) - n), 0);
	KUNIT_EXPECT_EQ(test, __virtio32_to_cpu(true, e->id), head);
	KUNIT_EXPECT_EQ(test, __virtio32_to_cpu(true, e->len), len);
}

/* ------------------------------------------------------------------------ */
/* The link and the backend */

enum vargo_fill qtest_gather(struct kunit *test, u32 limit, bool whole)
{
	struct qtest *t = test->priv;
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

void qtest_sent(struct kunit *test, bool sent)
{
	struct qtest *t = test->priv;

	vargo_queue_frame_done(&t->q, sent);
}

const u8 *qtest_next_pdu(struct kunit *test, u32 *at, struct vargo_pdu *pdu)
{
	struct qtest *t = test->priv;
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

void qtest_expect_chain(struct kunit *test, u32 *at, u16 head, u32 chain,
			const void *out, u32 nout, u32 nin)
{
	const u8 *payload;
	struct vargo_pdu pdu;

	payload = qtest_next_pdu(test, at, &pdu);
	KUNIT_ASSERT_NOT_NULL(test, payload);
	KUNIT_EXPECT_EQ(test, pdu.head, head);
	KUNIT_EXPECT_EQ(test, pdu.chain, chain);
	KUNIT_EXPECT_EQ(test, pdu.total, nout);
	KUNIT_EXPECT_EQ(test, pdu.length, nout);
	KUNIT_EXPECT_EQ(test, pdu.room, nin);
	KUNIT_EXPECT_MEMEQ(test, payload, out, nout);
}

void qtest_expect_end(struct kunit *test, u32 at)
{
	struct vargo_pdu pdu;

	KUNIT_EXPECT_NULL(test, qtest_next_pdu(test, &at, &pdu));
}

void qtest_send_one(struct kunit *test, u16 head, u32 chain, const void *out, u32 nout, u32 nin)
{
	u32 at = 0;

	qtest_gather(test, FRAME, true);
	qtest_expect_chain(test, &at, head, chain, out, nout, nin);
	qtest_expect_end(test, at);
	qtest_sent(test, true);
}

struct vargo_pdu qtest_answer(u16 head, u32 chain, u32 total)
{
	return (struct vargo_pdu) {
		.type = VIRTIO_ARGO_PDU_COMPLETE, .dev = 3, .queue = 1, .head = head,
		.chain = chain, .total = total, .room = total, .length = total, .epoch = 7,
	};
}

int qtest_reply_cut(struct kunit *test, struct vargo_pdu pdu, const u8 *data, u32 cut)
{
	struct qtest *t = test->priv;
	struct vargo_payload payload = {};

	payload.part[0].base = data;
	payload.part[0].len = min(cut, pdu.length);
	payload.part[1].base = data + payload.part[0].len;
	payload.part[1].len = pdu.length - payload.part[0].len;
	return vargo_queue_complete(&t->q, &pdu, &payload);
}

int qtest_reply(struct kunit *test, struct vargo_pdu pdu, const u8 *data)
{
	return qtest_reply_cut(test, pdu, data, U32_MAX);
}

int qtest_budget(struct kunit *test)
{
	struct qtest *t = test->priv;

	return atomic_read(&t->budget.left);
}

/* ------------------------------------------------------------------------ */
/* A queue for each test */

int qtest_init(struct kunit *test)
{
	struct qtest *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->tx.stage = kunit_kmalloc(test, VARGO_STAGE_BYTES, GFP_KERNEL);
	t->wire = kunit_kmalloc(test, FRAME, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->tx.stage);
	KUNIT_ASSERT_NOT_NULL(test, t->wire);
	test->priv = t;
	return 0;
}

void qtest_exit(struct kunit *test)
{
	struct qtest *t = test->priv;

	if (t && t->q.chains)
		vargo_queue_exit(&t->q);
}
