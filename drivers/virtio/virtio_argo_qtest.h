/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the KUnit suites of queues share: a driver, a link and a backend.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * The driver is a few lines that fill a struct vring, so that it can also do
 * what no driver may. A frame is flattened as Xen would copy it, and looked at
 * with the codec.
 */
#ifndef _VIRTIO_ARGO_QTEST_H
#define _VIRTIO_ARGO_QTEST_H

#include <kunit/test.h>

#include "virtio_argo_queue.h"

#define RING		16	/* entries, unless a test says otherwise */
#define FRAME		(64 * 1024)
#define IOERR		1
#define NEXT		VRING_DESC_F_NEXT
#define WR		VRING_DESC_F_WRITE
#define INDIRECT	VRING_DESC_F_INDIRECT

struct qtest {
	struct vargo_queue q;
	struct vargo_budget budget;
	struct vring vr;
	struct vargo_frame_tx tx;
	u8 *wire;	/* the last frame */
	u32 wire_len;
};

/* For the suites: test->priv is a struct qtest, whose queue goes with the test */
int qtest_init(struct kunit *test);
void qtest_exit(struct kunit *test);

/* The driver */

/* The queue runs, in epoch 7, with @left bytes of budget */
void qtest_start(struct kunit *test, u32 num, u32 depth, int left);

/* Memory of the test's: @seed's pattern, or what is at @from */
void *qtest_buffer(struct kunit *test, u32 len, u8 seed);
void *qtest_copy(struct kunit *test, const void *from, u32 len);

/* Descriptor @i, or any; addresses are given as the driver knows them */
void qtest_desc(struct kunit *test, u16 i, const void *buf, u32 len, u16 flags, u16 next);
void qtest_set_desc(struct vring_desc *d, const void *buf, u32 len, u16 flags, u16 next);

/* Put the chain at @head into the available ring */
void qtest_offer(struct kunit *test, u16 head);

/* A chain of one out- and one in-buffer, in descriptors @head and @head + 1 */
void qtest_request(struct kunit *test, u16 head, const void *out, u32 nout,
		   void *in, u32 nin);

/* The used ring: its index, and its entry @n */
u16 qtest_used(struct kunit *test);
void qtest_expect_used(struct kunit *test, u16 n, u32 head, u32 len);

/* The link */

/* Fill a frame, which becomes t->wire; what comes of it is said with sent */
enum vargo_fill qtest_gather(struct kunit *test, u32 limit, bool whole);
void qtest_sent(struct kunit *test, bool sent);
int qtest_budget(struct kunit *test);

/* The PDU at *at of the last frame; moves on. Its payload, NULL at the end. */
const u8 *qtest_next_pdu(struct kunit *test, u32 *at, struct vargo_pdu *pdu);

/* The next PDU is this whole chain; there is no further PDU */
void qtest_expect_chain(struct kunit *test, u32 *at, u16 head, u32 chain,
			const void *out, u32 nout, u32 nin);
void qtest_expect_end(struct kunit *test, u32 at);

/* Send one frame and expect it to be this one chain */
void qtest_send_one(struct kunit *test, u16 head, u32 chain, const void *out, u32 nout, u32 nin);

/* The backend */

/* The head of an answer that fills all of @total in-bytes */
struct vargo_pdu qtest_answer(u16 head, u32 chain, u32 total);

/* Give it to the queue; the payload wraps in the ring after @cut bytes */
int qtest_reply(struct kunit *test, struct vargo_pdu pdu, const u8 *data);
int qtest_reply_cut(struct kunit *test, struct vargo_pdu pdu, const u8 *data, u32 cut);

#endif /* _VIRTIO_ARGO_QTEST_H */
