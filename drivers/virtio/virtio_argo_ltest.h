/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the KUnit suites of links share: a link, and a backend by hand.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * The backend is the tests: a ring in another domain of the fake Xen, read and
 * written with the codec, by the rules or against them. Waiting is bounded, and
 * nothing depends on how long something takes.
 */
#ifndef _VIRTIO_ARGO_LTEST_H
#define _VIRTIO_ARGO_LTEST_H

#include <linux/completion.h>
#include <linux/workqueue.h>

#include "virtio_argo_kunit.h"
#include "virtio_argo_link.h"

#define GUEST		5
#define BACKEND		0
#define PORT		0x1234
#define RING_LEN	(16 * 4096 - 64)
#define WINDOW		8192
#define MAX_FRAME	1024
#define RING_LEN_MAX	(32 * 4096 - 64)	/* what t->buf has room for */

/* A frame that the backend got */
struct ltest_got {
	u32 type;
	u32 len;
	struct vargo_frame frame;
	struct vargo_msg msg;	/* control */
	struct vargo_pdu pdu;	/* data: the first */
};

struct ltest {
	struct kunit_xen xen;
	struct argo_ring *ring;	/* the backend's */
	struct vargo_link *link;
	struct vargo_frame head;	/* of the backend's last frame */
	u8 *buf;
	atomic_t up;
	atomic_t down;
	atomic_t pdu;
	atomic_t event;
	int up_result;
	int pdu_result;
};

/* For the suites: test->priv is a struct ltest, all of which goes with the test */
int ltest_init(struct kunit *test);
void ltest_exit(struct kunit *test);

/* The link, whose ops count their calls in struct ltest; open also starts it */
void ltest_create(struct kunit *test);
void ltest_open(struct kunit *test);
void ltest_close(struct ltest *t);
long ltest_stat(struct kunit *test, enum vargo_stat which);

/* The backend's ring */
void ltest_backend_open(struct kunit *test);
void ltest_backend_open_len(struct kunit *test, u32 len);
void ltest_backend_close(struct ltest *t);

/* What the guest sent: if there is something; after waiting; expect nothing */
bool ltest_try_receive(struct kunit *test, struct ltest_got *got);
struct ltest_got ltest_receive(struct kunit *test);
void ltest_expect_silence(struct kunit *test);

/* Wait for HELLO; what accepts it */
struct ltest_got ltest_receive_hello(struct kunit *test);
struct vargo_msg ltest_hello_answer(const struct ltest_got *hello);

/* @len bytes of t->buf, from any port */
void ltest_send_from(struct kunit *test, u32 port, u32 type, u32 len);

/* A frame with this head; @len bytes of t->buf behind it are there already */
void ltest_send_frame(struct kunit *test, u32 type, struct vargo_frame head, u32 len);

/* The head of the session's next frame */
struct vargo_frame ltest_next_head(struct kunit *test);

/* A control message, in the session or not; NULL: CREDIT */
void ltest_send_control(struct kunit *test, const struct vargo_msg *msg, bool in_session);
void ltest_send_ready(struct kunit *test);

/* A completion with @len bytes */
void ltest_send_complete(struct kunit *test, u32 len);

/* Answer HELLO, and wait for the session; open all and do that */
void ltest_accept(struct kunit *test);
void ltest_accept_limits(struct kunit *test, const struct vargo_hello *limits);
void ltest_establish(struct kunit *test);

/* Nothing that was sent has cost the session; it has, as a violation */
void ltest_expect_alive(struct kunit *test);
void ltest_expect_violation(struct kunit *test);

/* A control request that waits for its answer; asked: its result, at last */

struct ltest_ask {
	struct work_struct work;
	struct completion done;
	struct vargo_link *link;
	u32 session;
	struct vargo_msg ask;
	struct vargo_msg answer;
	int result;
};

void ltest_ask_msg(struct kunit *test, struct ltest_ask *a, const struct vargo_msg *ask);
void ltest_ask(struct kunit *test, struct ltest_ask *a, u8 id, u16 dev);
int ltest_asked(struct ltest_ask *a);

#endif /* _VIRTIO_ARGO_LTEST_H */
