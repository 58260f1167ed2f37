// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * VirtIO over Argo: the rules of a session.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Theory of operation
 *
 *	no session -- HELLO was answered OK --> a session
 *	a session -- violation, no peer, another HELLO --> no session, or the next
 *
 * The driver's end may send as soon as it has the answer. The device's end
 * answers and waits: only a frame of the session says that its answer came,
 * and until then it is not confirmed.
 *
 * Every counter is modulo 2^32, and compared by subtraction from what is known
 * to be behind it. What was sent and the peer has not consumed is sent - acked;
 * a report must lie between the two. Data may fill the window that the peer's
 * HELLO gave, so Xen never has to refuse a frame for want of room. Control
 * frames are counted apart. CREDIT frames are not counted at all: one is due
 * when half a window, or half of the control window, was consumed and not
 * told. The two halves add up: an end without credit has a whole window untold
 * or in flight, so a report of at least half of it is on its way, and at most
 * two CREDIT frames are ever unread.
 *
 * A frame counts as sent only after it was taken: until then no counter has
 * moved, and the next attempt has the same sequence number.
 */
#ifdef __KERNEL__
#include <linux/export.h>
#else
#define EXPORT_SYMBOL_GPL(fn)	extern __typeof__(fn) fn
#endif

#include "virtio_argo_session.h"

#define COUNT_MAX	0x7fffffff	/* differences of counts stay comparable */

static __u32 align_down(__u32 n)
{
	return n & ~(__u32)(VIRTIO_ARGO_ALIGN - 1);
}

/* ------------------------------------------------------------------------ */
/* Before a session */

/**
 * vargo_session_init() - no session yet, and what this end's ring takes
 * @s: the session
 * @ring_len: bytes of the ring; Argo leaves one unit of it empty
 *
 * Return: whether the ring is large enough for the protocol
 */
bool vargo_session_init(struct vargo_session *s, __u32 ring_len)
{
	*s = (struct vargo_session){};
	if (ring_len < VIRTIO_ARGO_WINDOW_MIN + VIRTIO_ARGO_RING_RESERVE +
		       VIRTIO_ARGO_ALIGN)
		return false;
	s->own.window = ring_len - VIRTIO_ARGO_ALIGN - VIRTIO_ARGO_RING_RESERVE;
	s->own.max_frame = align_down(s->own.window / 2);
	if (s->own.max_frame > VARGO_FRAME_MAX)
		s->own.max_frame = VARGO_FRAME_MAX;
	return true;
}
EXPORT_SYMBOL_GPL(vargo_session_init);

/**
 * vargo_session_offer() - what a HELLO of this end says of it
 * @s: the session
 * @hello: what both ends state is set, the rest stays
 */
void vargo_session_offer(const struct vargo_session *s, struct vargo_hello *hello)
{
	hello->magic = VIRTIO_ARGO_MAGIC;
	hello->version_min = VIRTIO_ARGO_VERSION;
	hello->version_max = VIRTIO_ARGO_VERSION;
	hello->window = s->own.window;
	hello->max_frame = s->own.max_frame;
	hello->ctrl_window = VIRTIO_ARGO_CTRL_WINDOW;
}
EXPORT_SYMBOL_GPL(vargo_session_offer);

static bool limits_valid(const struct vargo_hello *h)
{
	return h->window >= VIRTIO_ARGO_WINDOW_MIN && h->window <= COUNT_MAX &&
	       h->max_frame >= VIRTIO_ARGO_FRAME_MIN &&
	       h->max_frame <= h->window / 2 &&
	       h->ctrl_window == VIRTIO_ARGO_CTRL_WINDOW;
}

/**
 * vargo_session_check_request() - the device's end: may this HELLO be answered OK?
 * @s: the session as it is
 * @hello: what the driver asks for
 *
 * Return: the status to answer with, VIRTIO_ARGO_HELLO_*
 */
__u16 vargo_session_check_request(const struct vargo_session *s,
				  const struct vargo_hello *hello)
{
	if (hello->version_min > VIRTIO_ARGO_VERSION ||
	    hello->version_max < VIRTIO_ARGO_VERSION)
		return VIRTIO_ARGO_HELLO_VERSION;
	/* The number of the session that it is to follow would tell nothing apart */
	if (!limits_valid(hello) || hello->session == s->id)
		return VIRTIO_ARGO_HELLO_LIMITS;
	return VIRTIO_ARGO_HELLO_OK;
}
EXPORT_SYMBOL_GPL(vargo_session_check_request);

/**
 * vargo_session_check_answer() - the driver's end: does this answer begin a session?
 * @hello: the device's answer to a HELLO of this end
 *
 * Return: VIRTIO_ARGO_HELLO_OK; or why not, by the device's word or this end's
 */
__u16 vargo_session_check_answer(const struct vargo_hello *hello)
{
	if (hello->status != VIRTIO_ARGO_HELLO_OK)
		return hello->status;
	if (hello->version_min != VIRTIO_ARGO_VERSION ||
	    hello->version_max != VIRTIO_ARGO_VERSION)
		return VIRTIO_ARGO_HELLO_VERSION;
	/* Of features none was asked for */
	if (!limits_valid(hello) || hello->features || !hello->max_chain ||
	    hello->max_inflight < hello->max_chain || hello->max_inflight > COUNT_MAX)
		return VIRTIO_ARGO_HELLO_LIMITS;
	return VIRTIO_ARGO_HELLO_OK;
}
EXPORT_SYMBOL_GPL(vargo_session_check_answer);

/* ------------------------------------------------------------------------ */
/* Its life */

/**
 * vargo_session_begin() - begin a session; one that there was is over
 * @s: the session
 * @hello: the peer's, checked
 * @confirmed: whether this end may send at once, as the driver's
 */
void vargo_session_begin(struct vargo_session *s, const struct vargo_hello *hello,
			 bool confirmed)
{
	*s = (struct vargo_session){
		.own = s->own,
		.id = hello->session,
		.confirmed = confirmed,
		.peer.window = align_down(hello->window),
		.peer.max_frame = align_down(hello->max_frame),
	};
	/* Bounded here too, so that nobody waits behind a megabyte */
	if (s->peer.max_frame > VARGO_FRAME_MAX)
		s->peer.max_frame = VARGO_FRAME_MAX;
}
EXPORT_SYMBOL_GPL(vargo_session_begin);

/**
 * vargo_session_end() - there is no session any more
 * @s: the session
 */
void vargo_session_end(struct vargo_session *s)
{
	s->id = 0;
	s->confirmed = false;
}
EXPORT_SYMBOL_GPL(vargo_session_end);

/* ------------------------------------------------------------------------ */
/* Frames out */

/**
 * vargo_session_head() - the head of the next frame
 * @s: a session
 * @head: to be set
 */
void vargo_session_head(const struct vargo_session *s, struct vargo_frame *head)
{
	head->session = s->id;
	head->seq = s->tx_seq + 1;
	head->data_consumed = s->consumed.data;
	head->ctrl_consumed = s->consumed.ctrl;
}
EXPORT_SYMBOL_GPL(vargo_session_head);

static void count(struct vargo_counts *c, enum vargo_kind kind, __u32 len)
{
	switch (kind) {
	case VARGO_KIND_CREDIT:
		break;
	case VARGO_KIND_CONTROL:
		c->ctrl++;
		break;
	case VARGO_KIND_DATA:
		c->data += vargo_ring_bytes(len);
		break;
	}
}

/**
 * vargo_session_sent() - the frame with the last head was taken
 * @s: the session, from which nothing was consumed since that head
 * @kind: what it is
 * @len: its bytes
 */
void vargo_session_sent(struct vargo_session *s, enum vargo_kind kind, __u32 len)
{
	s->tx_seq++;
	s->told = s->consumed;
	count(&s->sent, kind, len);
}
EXPORT_SYMBOL_GPL(vargo_session_sent);

/**
 * vargo_session_room() - what data frames may still take of the peer's ring
 * @s: the session
 *
 * Never below 0: what is sent was within it, and reports within what is sent.
 * The peer may report counts that are no sum of frames; what is cut by them
 * must still fit, so this is rounded.
 *
 * Return: bytes of the ring
 */
__u32 vargo_session_room(const struct vargo_session *s)
{
	return align_down(s->peer.window - (s->sent.data - s->acked.data));
}
EXPORT_SYMBOL_GPL(vargo_session_room);

/**
 * vargo_session_may_ask() - is there credit for a control message?
 * @s: the session
 *
 * Return: whether there is
 */
bool vargo_session_may_ask(const struct vargo_session *s)
{
	return s->sent.ctrl - s->acked.ctrl < VIRTIO_ARGO_CTRL_WINDOW;
}
EXPORT_SYMBOL_GPL(vargo_session_may_ask);

/**
 * vargo_session_credit_due() - is a CREDIT frame to be sent if nothing else is?
 * @s: the session
 *
 * Return: whether it is
 */
bool vargo_session_credit_due(const struct vargo_session *s)
{
	return s->consumed.data - s->told.data >= s->own.window / 2 ||
	       s->consumed.ctrl - s->told.ctrl >= VIRTIO_ARGO_CTRL_WINDOW / 2;
}
EXPORT_SYMBOL_GPL(vargo_session_credit_due);

/* ------------------------------------------------------------------------ */
/* Frames in */

/**
 * vargo_session_accept() - match a frame that came against the session
 * @s: the session
 * @head: the frame's head, which names a session
 *
 * Return: what it is; nothing has changed if it is not VARGO_ACCEPT
 */
enum vargo_verdict vargo_session_accept(struct vargo_session *s,
					const struct vargo_frame *head)
{
	__u32 ahead = head->seq - (s->rx_seq + 1);

	if (!s->id || head->session != s->id)
		return VARGO_STALE;
	if (ahead > COUNT_MAX)
		return VARGO_REPLAY;
	if (ahead)
		return VARGO_GAP;
	if (head->data_consumed - s->acked.data > s->sent.data - s->acked.data ||
	    head->ctrl_consumed - s->acked.ctrl > s->sent.ctrl - s->acked.ctrl)
		return VARGO_BAD_ACK;
	s->rx_seq = head->seq;
	s->confirmed = true;
	s->acked.data = head->data_consumed;
	s->acked.ctrl = head->ctrl_consumed;
	return VARGO_ACCEPT;
}
EXPORT_SYMBOL_GPL(vargo_session_accept);

/**
 * vargo_session_fits() - is a data frame that came within the agreed size?
 * @s: the session
 * @len: the frame's bytes
 *
 * Return: whether it is
 */
bool vargo_session_fits(const struct vargo_session *s, __u32 len)
{
	return len <= s->own.max_frame && vargo_ring_bytes(len) <= s->own.max_frame;
}
EXPORT_SYMBOL_GPL(vargo_session_fits);

/**
 * vargo_session_consumed() - an accepted frame has left this end's ring
 * @s: the session that accepted it
 * @kind: what it is
 * @len: its bytes
 */
void vargo_session_consumed(struct vargo_session *s, enum vargo_kind kind, __u32 len)
{
	count(&s->consumed, kind, len);
}
EXPORT_SYMBOL_GPL(vargo_session_consumed);
