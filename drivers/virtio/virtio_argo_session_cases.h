/* SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause) */
/*
 * VirtIO over Argo: what the rules of a session must give.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * One table for both tests, in user space under the sanitizers and in the kernel
 * with KUnit. Included by nothing else.
 */
#ifndef _VIRTIO_ARGO_SESSION_CASES_H
#define _VIRTIO_ARGO_SESSION_CASES_H

#include "virtio_argo_session.h"

/* ------------------------------------------------------------------------ */
/* HELLOs: a usual one with one field changed */

/**
 * struct session_hello - a HELLO, and what each end makes of it
 * @name: what is special
 * @hello: the driver's request or the device's answer
 * @request: what the device's end answers while session 7 is there
 * @answer: what the driver's end makes of the answer
 */
struct session_hello {
	const char *name;
	struct vargo_hello hello;
	__u16 request;
	__u16 answer;
};

#define USUAL_HELLO							\
	.magic = VIRTIO_ARGO_MAGIC, .version_min = VIRTIO_ARGO_VERSION,	\
	.version_max = VIRTIO_ARGO_VERSION, .session = 8,		\
	.window = 61360, .max_frame = 16384,				\
	.ctrl_window = VIRTIO_ARGO_CTRL_WINDOW,				\
	.max_chain = 1 << 20, .max_inflight = 1 << 21
#ifdef __CHECKER__	/* sparse minds two values of a field, and knows no such pragma */
#define HELLO_CASE(name, request, answer, ...)				\
	{ name, { __VA_ARGS__ },					\
	  VIRTIO_ARGO_HELLO_##request, VIRTIO_ARGO_HELLO_##answer }
#else
#define HELLO_CASE(name, request, answer, ...)				\
	{ name, { USUAL_HELLO, __VA_ARGS__ },				\
	  VIRTIO_ARGO_HELLO_##request, VIRTIO_ARGO_HELLO_##answer }
#endif

/* Of two values of one field the last one counts, and that is what is wanted */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static const struct session_hello session_hellos[] = {
	HELLO_CASE("a usual one", OK, OK, .status = 0),
	HELLO_CASE("versions 0 to 2", OK, VERSION, .version_min = 0, .version_max = 2),
	HELLO_CASE("versions 0 and 1", OK, VERSION, .version_min = 0),
	HELLO_CASE("versions from 2", VERSION, VERSION, .version_min = 2, .version_max = 2),
	HELLO_CASE("versions below ours", VERSION, VERSION, .version_min = 0, .version_max = 0),
	HELLO_CASE("the smallest window", OK, OK, .window = 8192, .max_frame = 4096),
	HELLO_CASE("a window too small", LIMITS, LIMITS, .window = 8191, .max_frame = 1024),
	HELLO_CASE("the largest window", OK, OK, .window = 0x7fffffff),
	HELLO_CASE("a window too large", LIMITS, LIMITS, .window = 0x80000000),
	HELLO_CASE("the smallest frame", OK, OK, .max_frame = 1024),
	HELLO_CASE("a frame too small", LIMITS, LIMITS, .max_frame = 1023),
	HELLO_CASE("a frame of half the window", OK, OK, .max_frame = 30680),
	HELLO_CASE("a frame of more than that", LIMITS, LIMITS, .max_frame = 30681),
	HELLO_CASE("another control window", LIMITS, LIMITS, .ctrl_window = 9),
	HELLO_CASE("no control window", LIMITS, LIMITS, .ctrl_window = 0),
	HELLO_CASE("the session that there is", LIMITS, OK, .session = 7),
	HELLO_CASE("no chain at all", OK, LIMITS, .max_chain = 0),
	HELLO_CASE("a chain that may not be in flight", OK, LIMITS, .max_inflight = 1),
	HELLO_CASE("one chain in flight", OK, OK, .max_inflight = 1 << 20),
	HELLO_CASE("too many bytes in flight", OK, LIMITS, .max_inflight = 0x80000000),
	HELLO_CASE("a feature", OK, LIMITS, .features = 1),
	HELLO_CASE("refused for its version", OK, VERSION,
		   .status = VIRTIO_ARGO_HELLO_VERSION, .version_max = 3),
	HELLO_CASE("refused for its limits", OK, LIMITS, .status = VIRTIO_ARGO_HELLO_LIMITS),
	HELLO_CASE("a busy device", OK, BUSY, .status = VIRTIO_ARGO_HELLO_BUSY),
};

#pragma GCC diagnostic pop

/* Return: whether both ends make of it what they are to make */
static inline bool session_hello_good(const struct session_hello *c)
{
	struct vargo_session s = { .id = 7 };

	return vargo_session_check_request(&s, &c->hello) == c->request &&
	       vargo_session_check_answer(&c->hello) == c->answer;
}

/* ------------------------------------------------------------------------ */
/* Sessions: what happens, step by step */

enum session_op {
	STEP_END_OF_CASE,
	STEP_INIT,		/* a ring of @a bytes: accepted? */
	STEP_OWN_WINDOW,	/* own.window */
	STEP_OWN_FRAME,		/* own.max_frame */
	STEP_BEGIN,		/* session @a, window @b, largest frame @c; confirmed? as wanted */
	STEP_END,
	STEP_JUMP,		/* frames up to number @a, counts up to @b went before */
	STEP_CONFIRMED,		/* confirmed */
	STEP_SEQ,		/* number in the head of the next frame */
	STEP_TELLS_DATA,	/* data_consumed there */
	STEP_TELLS_CTRL,	/* ctrl_consumed there */
	STEP_SENT,		/* a frame of kind @a, @b bytes */
	STEP_ROOM,		/* vargo_session_room() */
	STEP_FRAME,		/* peer.max_frame */
	STEP_MAY_ASK,		/* vargo_session_may_ask() */
	STEP_DUE,		/* vargo_session_credit_due() */
	STEP_ACCEPT,		/* session @a, number @b, data @c, control @d: verdict */
	STEP_FITS,		/* a frame of @a bytes */
	STEP_CONSUMED,		/* a frame of kind @a, @b bytes */
};

/**
 * struct session_step - something happens, or is asked for
 * @op: what
 * @want: what is to come of it
 * @a: see there
 * @b: same
 * @c: same
 * @d: same
 */
struct session_step {
	enum session_op op;
	__u32 want;
	__u32 a, b, c, d;
};

/**
 * struct session_case - the life of a session
 * @name: what it shows
 * @step: what happens, ended by STEP_END_OF_CASE
 */
struct session_case {
	const char *name;
	struct session_step step[24];
};

#define INIT(want, len)		{ STEP_INIT, want, len, 0, 0, 0 }
#define BEGIN(confirmed, id, window, frame)				\
	{ STEP_BEGIN, confirmed, id, window, frame, 0 }
#define USUAL	INIT(1, 65472), BEGIN(1, 7, 8192, 4096)
#define IS(what, want)		{ STEP_##what, want, 0, 0, 0, 0 }
#define END			{ STEP_END, 0, 0, 0, 0, 0 }
#define JUMP(seq, counts)	{ STEP_JUMP, 0, seq, counts, 0, 0 }
#define SENT(kind, len)		{ STEP_SENT, 0, VARGO_KIND_##kind, len, 0, 0 }
#define CONSUMED(kind, len)	{ STEP_CONSUMED, 0, VARGO_KIND_##kind, len, 0, 0 }
#define FITS(want, len)		{ STEP_FITS, want, len, 0, 0, 0 }
#define ACCEPT(want, id, seq, data, ctrl)				\
	{ STEP_ACCEPT, VARGO_##want, id, seq, data, ctrl }

static const struct session_case session_cases[] = {
	{ "the smallest ring", {
		INIT(0, 0), INIT(0, 12303), INIT(1, 12304),
		IS(OWN_WINDOW, 8192), IS(OWN_FRAME, 4096) } },
	{ "a usual ring", {
		INIT(1, 65472), IS(OWN_WINDOW, 61360), IS(OWN_FRAME, 30672) } },
	{ "the largest frame is bounded here", {
		INIT(1, 200000), IS(OWN_FRAME, VARGO_FRAME_MAX),
		BEGIN(1, 7, 1 << 20, 1 << 19), IS(FRAME, VARGO_FRAME_MAX) } },
	{ "the peer's limits are rounded down", {
		INIT(1, 65472), BEGIN(1, 7, 8207, 1039),
		IS(ROOM, 8192), IS(FRAME, 1024), SENT(DATA, 4080),
		ACCEPT(ACCEPT, 7, 1, 1, 0), IS(ROOM, 4096) } },
	{ "own limits outlive a session", {
		USUAL, BEGIN(1, 8, 8192, 4096), END,
		IS(OWN_WINDOW, 61360), IS(OWN_FRAME, 30672) } },
	{ "a frame of the session confirms it", {
		INIT(1, 65472), BEGIN(0, 7, 8192, 4096), IS(CONFIRMED, 0),
		ACCEPT(STALE, 8, 1, 0, 0), IS(CONFIRMED, 0),
		ACCEPT(GAP, 7, 2, 0, 0), IS(CONFIRMED, 0),
		ACCEPT(ACCEPT, 7, 1, 0, 0), IS(CONFIRMED, 1),
		END, IS(CONFIRMED, 0) } },
	{ "the driver's end is confirmed from the beginning", {
		USUAL, IS(CONFIRMED, 1), IS(SEQ, 1) } },
	{ "numbers out: a frame not sent leaves none behind", {
		USUAL, IS(SEQ, 1), IS(SEQ, 1), SENT(CREDIT, 16), IS(SEQ, 2),
		SENT(CONTROL, 64), SENT(DATA, 64), IS(SEQ, 4) } },
	{ "numbers in: the next, an old one, one too far", {
		USUAL, ACCEPT(REPLAY, 7, 0, 0, 0), ACCEPT(ACCEPT, 7, 1, 0, 0),
		ACCEPT(REPLAY, 7, 1, 0, 0), ACCEPT(GAP, 7, 3, 0, 0),
		ACCEPT(ACCEPT, 7, 2, 0, 0), ACCEPT(GAP, 7, 0x80000002, 0, 0),
		ACCEPT(REPLAY, 7, 0x80000003, 0, 0), ACCEPT(ACCEPT, 7, 3, 0, 0) } },
	{ "numbers wrap", {
		USUAL, JUMP(0xffffffff, 0), IS(SEQ, 0), SENT(CREDIT, 16), IS(SEQ, 1),
		ACCEPT(REPLAY, 7, 0xffffffff, 0, 0), ACCEPT(GAP, 7, 1, 0, 0),
		ACCEPT(ACCEPT, 7, 0, 0, 0), ACCEPT(ACCEPT, 7, 1, 0, 0) } },
	{ "frames of another session are stale", {
		INIT(1, 65472), ACCEPT(STALE, 0, 1, 0, 0), ACCEPT(STALE, 7, 1, 0, 0),
		BEGIN(1, 7, 8192, 4096), ACCEPT(STALE, 6, 1, 0, 0),
		ACCEPT(STALE, 0, 1, 0, 0), ACCEPT(ACCEPT, 7, 1, 0, 0),
		END, ACCEPT(STALE, 7, 2, 0, 0), ACCEPT(STALE, 0, 2, 0, 0) } },
	{ "a new session counts from the beginning", {
		USUAL, SENT(DATA, 8000), SENT(CONTROL, 64), CONSUMED(CONTROL, 64),
		ACCEPT(ACCEPT, 7, 1, 0, 0), BEGIN(1, 8, 8192, 4096), IS(ROOM, 8192),
		IS(SEQ, 1), IS(TELLS_CTRL, 0), IS(DUE, 0),
		ACCEPT(BAD_ACK, 8, 1, 16, 0), ACCEPT(ACCEPT, 8, 1, 0, 0) } },
	{ "data takes room, reports give it back", {
		USUAL, SENT(DATA, 4080), IS(ROOM, 4096), SENT(DATA, 4079),
		IS(ROOM, 0), ACCEPT(ACCEPT, 7, 1, 4096, 0), IS(ROOM, 4096),
		ACCEPT(ACCEPT, 7, 2, 8192, 0), IS(ROOM, 8192) } },
	{ "a report that is no sum of frames", {
		USUAL, SENT(DATA, 4080), ACCEPT(ACCEPT, 7, 1, 1, 0), IS(ROOM, 4096),
		ACCEPT(ACCEPT, 7, 2, 15, 0), IS(ROOM, 4096),
		ACCEPT(ACCEPT, 7, 3, 16, 0), IS(ROOM, 4112) } },
	{ "more data reported than was sent", {
		USUAL, SENT(DATA, 100), ACCEPT(BAD_ACK, 7, 1, 129, 0), IS(ROOM, 8064),
		ACCEPT(ACCEPT, 7, 1, 128, 0), IS(ROOM, 8192) } },
	{ "less data reported than before", {
		USUAL, SENT(DATA, 100), ACCEPT(ACCEPT, 7, 1, 128, 0),
		ACCEPT(BAD_ACK, 7, 2, 127, 0), ACCEPT(ACCEPT, 7, 2, 128, 0) } },
	{ "more control frames reported than were sent", {
		USUAL, SENT(CONTROL, 64), ACCEPT(BAD_ACK, 7, 1, 0, 2),
		ACCEPT(ACCEPT, 7, 1, 0, 1), ACCEPT(BAD_ACK, 7, 2, 0, 0) } },
	{ "counts wrap", {
		USUAL, JUMP(0, 0xfffffff0), SENT(DATA, 16), SENT(CONTROL, 64),
		IS(ROOM, 8160), ACCEPT(BAD_ACK, 7, 1, 17, 0xfffffff0),
		ACCEPT(BAD_ACK, 7, 1, 0xffffffef, 0xfffffff0),
		ACCEPT(BAD_ACK, 7, 1, 16, 0xfffffff2),
		ACCEPT(ACCEPT, 7, 1, 16, 0xfffffff1), IS(ROOM, 8192) } },
	{ "eight control frames and no more", {
		USUAL, SENT(CONTROL, 64), SENT(CONTROL, 64), SENT(CONTROL, 64),
		SENT(CONTROL, 64), SENT(CONTROL, 64), SENT(CONTROL, 64),
		SENT(CONTROL, 64), IS(MAY_ASK, 1), SENT(CONTROL, 64), IS(MAY_ASK, 0),
		SENT(DATA, 64), SENT(CREDIT, 16), IS(MAY_ASK, 0), IS(ROOM, 8112),
		ACCEPT(ACCEPT, 7, 1, 0, 1), IS(MAY_ASK, 1) } },
	{ "CREDIT takes nothing", {
		USUAL, SENT(CREDIT, 16), SENT(CREDIT, 16), IS(ROOM, 8192),
		ACCEPT(BAD_ACK, 7, 1, 0, 1), CONSUMED(CREDIT, 16),
		IS(TELLS_DATA, 0), IS(TELLS_CTRL, 0) } },
	{ "CREDIT is due after half a window", {
		INIT(1, 12304), BEGIN(1, 7, 8192, 4096),
		CONSUMED(DATA, 4048), IS(DUE, 0), IS(TELLS_DATA, 4064),
		CONSUMED(CREDIT, 16), IS(DUE, 0), CONSUMED(DATA, 16), IS(DUE, 1),
		SENT(CREDIT, 16), IS(DUE, 0), IS(TELLS_DATA, 4096) } },
	{ "CREDIT is due after half the control window", {
		USUAL, CONSUMED(CONTROL, 64), CONSUMED(CONTROL, 64),
		CONSUMED(CONTROL, 64), IS(DUE, 0), CONSUMED(CONTROL, 64), IS(DUE, 1),
		IS(TELLS_CTRL, 4), SENT(DATA, 64), IS(DUE, 0), IS(TELLS_CTRL, 4) } },
	{ "the largest data frame", {
		USUAL, FITS(1, 16), FITS(1, 30656), FITS(0, 30657), FITS(0, 30672),
		FITS(0, 0xffffffff), FITS(0, 0xfffffff0), FITS(0, 0xffffffe0) } },
};

#undef INIT
#undef BEGIN
#undef USUAL
#undef IS
#undef END
#undef JUMP
#undef SENT
#undef CONSUMED
#undef FITS
#undef ACCEPT

static inline __u32 session_step_run(struct vargo_session *s,
				     const struct session_step *step)
{
	const struct vargo_hello hello = {
		.session = step->a, .window = step->b, .max_frame = step->c,
	};
	const struct vargo_frame frame = {
		.session = step->a, .seq = step->b,
		.data_consumed = step->c, .ctrl_consumed = step->d,
	};
	const struct vargo_counts counts = { step->b, step->b };
	struct vargo_frame head;

	switch (step->op) {
	case STEP_INIT:
		return vargo_session_init(s, step->a);
	case STEP_OWN_WINDOW:
		return s->own.window;
	case STEP_OWN_FRAME:
		return s->own.max_frame;
	case STEP_BEGIN:
		vargo_session_begin(s, &hello, step->want);
		return s->id ? step->want : ~step->want;
	case STEP_END:
		vargo_session_end(s);
		return s->id;
	case STEP_JUMP:
		s->tx_seq = step->a;
		s->rx_seq = step->a;
		s->sent = counts;
		s->acked = counts;
		s->consumed = counts;
		s->told = counts;
		return 0;
	case STEP_CONFIRMED:
		return s->confirmed;
	case STEP_SEQ:
		vargo_session_head(s, &head);
		return head.session == s->id ? head.seq : ~step->want;
	case STEP_TELLS_DATA:
		vargo_session_head(s, &head);
		return head.data_consumed;
	case STEP_TELLS_CTRL:
		vargo_session_head(s, &head);
		return head.ctrl_consumed;
	case STEP_SENT:
		vargo_session_sent(s, step->a, step->b);
		return 0;
	case STEP_ROOM:
		return vargo_session_room(s);
	case STEP_FRAME:
		return s->peer.max_frame;
	case STEP_MAY_ASK:
		return vargo_session_may_ask(s);
	case STEP_DUE:
		return vargo_session_credit_due(s);
	case STEP_ACCEPT:
		return vargo_session_accept(s, &frame);
	case STEP_FITS:
		return vargo_session_fits(s, step->a);
	case STEP_CONSUMED:
		vargo_session_consumed(s, step->a, step->b);
		return 0;
	case STEP_END_OF_CASE:
		break;
	}
	return ~step->want;
}

/* Return: the number of the first step, from 1, that gives something else; or 0 */
static inline unsigned int session_case_run(const struct session_case *c, __u32 *got)
{
	struct vargo_session s = {};
	unsigned int i;

	for (i = 0; c->step[i].op != STEP_END_OF_CASE; i++) {
		*got = session_step_run(&s, &c->step[i]);
		if (*got != c->step[i].want)
			return i + 1;
	}
	return 0;
}

#endif /* _VIRTIO_ARGO_SESSION_CASES_H */
