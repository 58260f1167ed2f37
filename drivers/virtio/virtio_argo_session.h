/* SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause) */
/*
 * VirtIO over Argo: the rules of a session.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * HELLO's limits, sequence numbers, acknowledgment and credit, for both ends of
 * a link and for whoever else speaks the protocol. Like the codec this depends
 * on nothing but fixed-width types and never allocates, sleeps or locks: who
 * sends frames, and under which lock, is its caller's. All functions may be
 * called in any context; those that take a session that is not const want it
 * for themselves.
 */
#ifndef _VIRTIO_ARGO_SESSION_H
#define _VIRTIO_ARGO_SESSION_H

#ifndef __KERNEL__
#include <stdbool.h>
#endif

#include "virtio_argo_codec.h"

#define VARGO_FRAME_MAX		66560	/* data frames, either way: 64 KiB and the heads */

/**
 * struct vargo_limits - what one ring takes
 * @window: bytes of data frames that may be unconsumed in it
 * @max_frame: bytes that the largest data frame takes there
 */
struct vargo_limits {
	__u32 window;
	__u32 max_frame;
};

/**
 * struct vargo_counts - what went in one direction, modulo 2^32
 * @data: ring bytes of data frames
 * @ctrl: control frames with a message
 */
struct vargo_counts {
	__u32 data;
	__u32 ctrl;
};

/**
 * struct vargo_session - one end's state of a session
 * @own: limits of this end's ring; stay from one session to the next
 * @id: epoch on the wire, 0: there is no session
 * @confirmed: this end may send
 * @peer: limits of the peer's ring, for this end's frames
 * @tx_seq: number of the last frame sent
 * @rx_seq: number of the last frame accepted
 * @sent: what was sent
 * @acked: what of it the peer has reported as consumed
 * @consumed: what was consumed
 * @told: what of it the peer has been told
 */
struct vargo_session {
	struct vargo_limits own;
	__u32 id;
	bool confirmed;
	struct vargo_limits peer;
	__u32 tx_seq;
	__u32 rx_seq;
	struct vargo_counts sent;
	struct vargo_counts acked;
	struct vargo_counts consumed;
	struct vargo_counts told;
};

/* The kinds of frames as they are accounted */
enum vargo_kind {
	VARGO_KIND_CREDIT,	/* a head and nothing else: not counted at all */
	VARGO_KIND_CONTROL,	/* with a message */
	VARGO_KIND_DATA,
};

/* What a frame's head is to its receiver */
enum vargo_verdict {
	VARGO_ACCEPT,		/* the next one; what it reports was taken */
	VARGO_STALE,		/* of another session: to be dropped */
	VARGO_REPLAY,		/* was there before: to be dropped */
	VARGO_GAP,		/* one is missing: a violation */
	VARGO_BAD_ACK,		/* reports as consumed what was not sent: a violation */
};

/* Before a session */
bool vargo_session_init(struct vargo_session *s, __u32 ring_len);
void vargo_session_offer(const struct vargo_session *s, struct vargo_hello *hello);
__u16 vargo_session_check_request(const struct vargo_session *s,
				  const struct vargo_hello *hello);
__u16 vargo_session_check_answer(const struct vargo_hello *hello);

/* Its life */
void vargo_session_begin(struct vargo_session *s, const struct vargo_hello *hello,
			 bool confirmed);
void vargo_session_end(struct vargo_session *s);

/* Frames out */
void vargo_session_head(const struct vargo_session *s, struct vargo_frame *head);
void vargo_session_sent(struct vargo_session *s, enum vargo_kind kind, __u32 len);
__u32 vargo_session_room(const struct vargo_session *s);
bool vargo_session_may_ask(const struct vargo_session *s);
bool vargo_session_credit_due(const struct vargo_session *s);

/* Frames in */
enum vargo_verdict vargo_session_accept(struct vargo_session *s,
					const struct vargo_frame *head);
bool vargo_session_fits(const struct vargo_session *s, __u32 len);
void vargo_session_consumed(struct vargo_session *s, enum vargo_kind kind, __u32 len);

#endif /* _VIRTIO_ARGO_SESSION_H */
