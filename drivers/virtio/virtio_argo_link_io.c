// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: a link's frames, out and in.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Theory of operation
 *
 * Out. A source (a virtqueue) that has something joins vargo_link.waiting and
 * is served round-robin, one frame a turn, as long as the peer's ring has room
 * by the session's count, so Xen never has to refuse. What does not go stays
 * with its source. Every frame carries what we have consumed, so credit returns
 * with the traffic; a CREDIT frame goes out when there is none and one is due.
 * All of this happens under vargo_link.lock, which also gives the frames their
 * order.
 *
 * In. Xen's interrupt schedules a bottom half that parses frames in place.
 * Its budget bounds one pass; a peer that keeps the ring full moves the work
 * to a thread, where the scheduler is in charge. Only one pass runs at a time
 * (VARGO_RX_BUSY). Nothing of the peer's is believed: a frame is matched
 * against the session, its number and its credit against our counts, each PDU
 * against its queue. What is merely old is dropped and counted; what no correct
 * peer sends ends the session.
 *
 * Lock order: vargo_link.lock -> vargo_queue.lock. Interrupts into drivers are
 * raised at the end of a pass with no lock held.
 */
#include <linux/bitops.h>
#include <linux/bottom_half.h>
#include <linux/export.h>
#include <linux/sched.h>

#include "virtio_argo_link.h"

#define VARGO_RX_BUDGET		64	/* frames in one pass */
#define VARGO_RX_STREAK		16	/* full passes before a thread takes over */

/* ------------------------------------------------------------------------ */
/* Out */

static void frame_head(struct vargo_link *link, void *at, bool in_session)
{
	struct vargo_frame head = {};

	if (in_session)
		vargo_session_head(&link->session, &head);
	vargo_frame_encode(&head, at);
}

static int frame_send(struct vargo_link *link, u32 type, const struct kvec *iov,
		      unsigned int niov)
{
	const struct argo_addr dst = {
		.port = link->config.port,
		.domid = link->config.backend,
	};
	int ret;

	lockdep_assert_held(&link->lock);
	ret = argo_sendv(link->config.argo, link->config.port, &dst, type, iov, niov);
	if (ret == -EBUSY || ret == -ENOMEM)
		return -EAGAIN;	/* full, and Xen cannot note that we wait: the core does */
	return ret < 0 ? ret : 0;
}

/*
 * Xen would not take a frame. Room will come back by itself if the peer is
 * merely slow to consume what an earlier session left; everything else means
 * that it is gone.
 */
static void frame_refused(struct vargo_link *link, int err, u32 len)
{
	lockdep_assert_held(&link->lock);
	switch (err) {
	case -EAGAIN:
		vargo_link_count(link, VARGO_STAT_TX_FULL, 1);
		if (!link->tx_full) {
			link->tx_full = true;
			link->space.len = len;
			argo_space_wait(link->config.argo, &link->space);
		}
		break;
	case -ECONNREFUSED:
	case -ESRCH:
		vargo_link_lose_locked(link, "the backend's ring is gone");
		break;
	case -ENODEV:
		vargo_link_lose_locked(link, "Argo is suspended");
		break;
	case -EPERM:
	case -EACCES:
		vargo_link_lose_locked(link, "Xen's security policy forbids sending");
		break;
	default:
		vargo_link_lose_locked(link, "Xen refuses a frame");
		break;
	}
}

/* The core calls when a refused frame would fit, or never will. */
void vargo_link_space(struct argo_space_waiter *waiter, int status)
{
	struct vargo_link *link = container_of(waiter, struct vargo_link, space);
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	link->tx_full = false;
	if (status)
		vargo_link_lose_locked(link, "the backend's ring is gone");
	else
		vargo_link_transmit(link);
	spin_unlock_irqrestore(&link->lock, flags);
	wake_up(&link->ctrl_wait);
	vargo_link_poll(link);	/* for chains that failed meanwhile */
}

/**
 * vargo_link_send_control() - send a control frame
 * @link: the link, its lock held
 * @msg: the message, or NULL for a CREDIT frame
 * @in_session: belongs to the session, which exists
 *
 * Context: any.
 *
 * Return: 0; -EAGAIN no control credit, or no room (the peer has left earlier
 * frames unread); -EPROTO the message cannot be encoded; argo_sendv()'s errors
 */
int vargo_link_send_control(struct vargo_link *link, const struct vargo_msg *msg,
			    bool in_session)
{
	u8 buf[VARGO_CTRL_FRAME_MAX];
	struct kvec iov = { .iov_base = buf, .iov_len = VARGO_FRAME_HDR };
	int ret;

	lockdep_assert_held(&link->lock);
	if (msg && in_session && !vargo_session_may_ask(&link->session))
		return -EAGAIN;
	frame_head(link, buf, in_session);
	if (msg) {
		ret = vargo_msg_encode(msg, buf + VARGO_FRAME_HDR,
				       sizeof(buf) - VARGO_FRAME_HDR);
		if (ret < 0)
			return -EPROTO;
		iov.iov_len += ret;
	}
	ret = frame_send(link, VIRTIO_ARGO_MT_CONTROL, &iov, 1);
	if (ret) {
		if (in_session)
			frame_refused(link, ret, iov.iov_len);
		return ret;
	}
	if (in_session)
		vargo_session_sent(&link->session,
				   msg ? VARGO_KIND_CONTROL : VARGO_KIND_CREDIT,
				   iov.iov_len);
	vargo_link_count(link, msg ? VARGO_STAT_TX_CONTROL : VARGO_STAT_TX_CREDIT, 1);
	return 0;
}

/* One turn of one source. True if it may have another. */
static bool source_turn(struct vargo_link *link, struct vargo_source *source,
			struct list_head *blocked)
{
	u32 room = vargo_session_room(&link->session);
	u32 largest = link->session.peer.max_frame;
	struct vargo_frame_tx *tx = &link->tx;
	enum vargo_fill fill;
	int err;

	vargo_frame_begin(tx, min(room, largest) - VARGO_ARGO_HDR, room >= largest);
	fill = vargo_queue_fill(source->queue, tx);
	if (tx->pdus) {
		frame_head(link, tx->stage, true);
		err = frame_send(link, VIRTIO_ARGO_MT_DATA, tx->iov, tx->niov);
		if (!err) {
			vargo_session_sent(&link->session, VARGO_KIND_DATA, tx->len);
			vargo_link_watch(link);
			vargo_link_count(link, VARGO_STAT_TX_FRAMES, 1);
			vargo_link_count(link, VARGO_STAT_TX_PDUS, tx->pdus);
			vargo_link_count(link, VARGO_STAT_TX_BYTES, tx->len);
		}
		vargo_queue_frame_done(source->queue, !err);
		if (err) {
			frame_refused(link, err, tx->len);
			return false;
		}
	}

	if (fill == VARGO_FILL_EMPTY)
		list_del_init(&source->node);
	else if (fill == VARGO_FILL_BLOCKED || !tx->pdus)
		list_move_tail(&source->node, blocked);
	else
		list_move_tail(&source->node, &link->waiting);
	return true;
}

/**
 * vargo_link_transmit() - send what credit allows
 * @link: the link, its lock held
 *
 * Context: any. Bounded by the window.
 */
void vargo_link_transmit(struct vargo_link *link)
{
	struct vargo_source *source;
	LIST_HEAD(blocked);

	lockdep_assert_held(&link->lock);
	while (link->session.id && !link->tx_full) {
		source = list_first_entry_or_null(&link->waiting, struct vargo_source, node);
		if (!source)
			break;
		if (vargo_session_room(&link->session) < VIRTIO_ARGO_FRAME_MIN) {
			vargo_link_count(link, VARGO_STAT_TX_NO_CREDIT, 1);
			break;
		}
		if (!source_turn(link, source, &blocked))
			break;
	}
	list_splice(&blocked, &link->waiting);
	if (!list_empty(&link->waiting))
		vargo_link_watch(link);

	if (link->session.id && !link->tx_full && vargo_session_credit_due(&link->session))
		vargo_link_send_control(link, NULL, true);
}

/**
 * vargo_link_kick() - a source has something to send
 * @link: the link
 * @source: it; stays linked until it is empty or vargo_link_hold() is called
 *
 * Context: any, irqs off and driver locks held included. Sends what credit
 * allows and returns; never sleeps, never raises an interrupt.
 */
void vargo_link_kick(struct vargo_link *link, struct vargo_source *source)
{
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	if (list_empty(&source->node))
		list_add_tail(&source->node, &link->waiting);
	vargo_link_transmit(link);
	spin_unlock_irqrestore(&link->lock, flags);
	if (unlikely(vargo_queue_needs_reap(source->queue)))
		vargo_link_poll(link);
}
EXPORT_SYMBOL_GPL(vargo_link_kick);

/**
 * vargo_link_hold() - pause, kill or forget a source's queue
 * @link: the link
 * @source: it; when this returns, none of its frames is being sent, and none
 *	will be before vargo_queue_run()
 * @how: vargo_queue_pause(), vargo_queue_fail() or vargo_queue_forget()
 *
 * Both under the lock, because its driver may go on kicking: a queue that ran
 * on behind the unlinking would be sending again, from buffers that a killed
 * queue's driver gets back.
 *
 * Context: any.
 */
void vargo_link_hold(struct vargo_link *link, struct vargo_source *source,
		     void (*how)(struct vargo_queue *q))
{
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	list_del_init(&source->node);
	how(source->queue);
	spin_unlock_irqrestore(&link->lock, flags);
}
EXPORT_SYMBOL_GPL(vargo_link_hold);

/* ------------------------------------------------------------------------ */
/* In */

static void rx_data(struct vargo_link *link, u32 session, const struct argo_msg *msg)
{
	const struct vargo_link_ops *ops = link->config.ops;
	const char *why = "the backend sent a malformed data frame";
	u32 offset = VARGO_FRAME_HDR;

	if (!vargo_session_fits(&link->session, msg->len)) {
		why = "the backend sent a data frame over the agreed size";
		goto violation;
	}
	vargo_link_count(link, VARGO_STAT_RX_FRAMES, 1);
	vargo_link_count(link, VARGO_STAT_RX_BYTES, msg->len);

	do {	/* a frame without a PDU is malformed too */
		struct vargo_payload payload = {};
		u8 head[VARGO_PDU_HDR];
		struct vargo_pdu pdu;
		int step, ret;

		if (argo_msg_copy(link->ring, msg, offset, head, sizeof(head)))
			goto violation;
		step = vargo_pdu_decode(head, msg->len - offset, &pdu);
		if (step < 0 || pdu.type != VIRTIO_ARGO_PDU_COMPLETE)
			goto violation;
		vargo_link_count(link, VARGO_STAT_RX_PDUS, 1);
		if (pdu.length) {
			u32 at = offset + VARGO_PDU_HDR;

			payload.part[0].len = pdu.length;
			payload.part[0].base = argo_msg_span(link->ring, msg, at,
							     &payload.part[0].len);
			payload.part[1].len = pdu.length - payload.part[0].len;
			if (payload.part[1].len)
				payload.part[1].base =
					argo_msg_span(link->ring, msg,
						      at + payload.part[0].len,
						      &payload.part[1].len);
		}
		ret = ops->pdu(link->config.priv, &pdu, &payload);
		if (ret == -EAGAIN) {
			/* The chain's frame is on its way out: let that end. */
			unsigned long flags;

			spin_lock_irqsave(&link->lock, flags);
			spin_unlock_irqrestore(&link->lock, flags);
			ret = ops->pdu(link->config.priv, &pdu, &payload);
		}
		if (ret == -ESTALE) {
			vargo_link_count(link, VARGO_STAT_DROP_EPOCH, 1);
		} else if (ret < 0) {
			why = "the backend answered a request that it does not have, or wrongly";
			goto violation;
		}
		offset += step;
	} while (offset < msg->len);
	return;

violation:
	vargo_link_count(link, VARGO_STAT_VIOLATIONS, 1);
	vargo_link_lose(link, session, why);
}

static void rx_control(struct vargo_link *link, const struct vargo_frame *frame,
		       const u8 *buf, u32 len)
{
	struct vargo_msg msg;

	if (vargo_msg_decode(buf, len, &msg) < 0) {
		vargo_link_count(link, VARGO_STAT_DROP_CONTROL, 1);
		return;
	}
	vargo_link_count(link, VARGO_STAT_RX_CONTROL, 1);

	if (!frame->session) {
		if (msg.type == (VIRTIO_ARGO_TYPE_BUS | VIRTIO_ARGO_TYPE_RESPONSE) &&
		    msg.id == VIRTIO_ARGO_BUS_HELLO)
			vargo_link_hello_answer(link, &msg);
		else if (msg.type == VIRTIO_ARGO_TYPE_BUS && msg.id == VIRTIO_ARGO_BUS_READY)
			vargo_link_ready(link);
		else if (msg.type == VIRTIO_ARGO_TYPE_BUS && msg.id == VIRTIO_ARGO_BUS_HELLO)
			vargo_link_hello_echo(link, &msg);
		else
			vargo_link_count(link, VARGO_STAT_DROP_CONTROL, 1);
		return;
	}

	if (msg.type & VIRTIO_ARGO_TYPE_RESPONSE)
		vargo_link_answer(link, &msg);
	else if ((msg.type == 0 && msg.id == VIRTIO_ARGO_EVENT_CONFIG) ||
		 (msg.type == VIRTIO_ARGO_TYPE_BUS && msg.id == VIRTIO_ARGO_BUS_EVENT_DEVICE))
		link->config.ops->event(link->config.priv, &msg);
	else
		vargo_link_count(link, VARGO_STAT_DROP_CONTROL, 1);
}

/*
 * Match a frame against the session. Returns whether its content may be looked
 * at; *account says that it counts as consumed in this session.
 */
static bool rx_accept(struct vargo_link *link, const struct vargo_frame *frame,
		      bool data, bool credit, bool *account)
{
	const char *why = NULL;
	unsigned long flags;
	bool ok = false, wake = false;
	u32 ctrl_acked;

	*account = false;
	if (!frame->session) {
		if (data)
			vargo_link_count(link, VARGO_STAT_DROP_STALE, 1);
		return !data;
	}

	spin_lock_irqsave(&link->lock, flags);
	ctrl_acked = link->session.acked.ctrl;
	switch (vargo_session_accept(&link->session, frame)) {
	case VARGO_STALE:
		vargo_link_count(link, VARGO_STAT_DROP_STALE, 1);
		break;
	case VARGO_REPLAY:
		vargo_link_count(link, VARGO_STAT_DROP_REPLAY, 1);
		break;
	case VARGO_GAP:
		why = "the backend skipped a frame";
		break;
	case VARGO_BAD_ACK:
		why = "the backend reports more consumed than was sent";
		break;
	case VARGO_ACCEPT:
		link->heard = jiffies;
		wake = frame->ctrl_consumed != ctrl_acked;
		*account = !credit;
		ok = !credit;
		if (credit)
			vargo_link_count(link, VARGO_STAT_RX_CREDIT, 1);
		break;
	}
	if (why) {
		vargo_link_count(link, VARGO_STAT_VIOLATIONS, 1);
		vargo_link_lose_locked(link, why);
	}
	spin_unlock_irqrestore(&link->lock, flags);
	if (wake)
		wake_up(&link->ctrl_wait);
	return ok;
}

static void rx_frame(struct vargo_link *link, const struct argo_msg *msg)
{
	bool data = msg->type == VIRTIO_ARGO_MT_DATA;
	u8 buf[VARGO_CTRL_FRAME_MAX];
	struct vargo_frame frame;
	unsigned long flags;
	bool account = false;
	u32 len;

	if (msg->source.port != link->config.port ||
	    msg->source.domid != link->config.backend) {
		vargo_link_count(link, VARGO_STAT_DROP_PORT, 1);
		goto consume;
	}
	if (!data && msg->type != VIRTIO_ARGO_MT_CONTROL) {
		vargo_link_count(link, VARGO_STAT_DROP_TYPE, 1);
		goto consume;
	}
	len = data ? min_t(u32, msg->len, VARGO_FRAME_HDR) :
		     min_t(u32, msg->len, sizeof(buf));
	if (argo_msg_copy(link->ring, msg, 0, buf, len) ||
	    vargo_frame_decode(buf, len, &frame) < 0) {
		vargo_link_count(link, VARGO_STAT_DROP_SHORT, 1);
		goto consume;
	}
	if (rx_accept(link, &frame, data, !data && len == VARGO_FRAME_HDR, &account)) {
		if (data)
			rx_data(link, frame.session, msg);
		else
			rx_control(link, &frame, buf + VARGO_FRAME_HDR,
				   len - VARGO_FRAME_HDR);
	}

consume:
	argo_ring_consume(link->ring, msg);
	if (!account)
		return;
	spin_lock_irqsave(&link->lock, flags);
	if (frame.session == link->session.id)
		vargo_session_consumed(&link->session,
				       data ? VARGO_KIND_DATA : VARGO_KIND_CONTROL, msg->len);
	spin_unlock_irqrestore(&link->lock, flags);
}

/* One pass. Returns whether the budget was used up. Bottom halves are off. */
static bool rx_pass(struct vargo_link *link)
{
	unsigned int budget = VARGO_RX_BUDGET;
	struct argo_msg msg;
	unsigned long flags;
	int ret = 0;

	vargo_link_count(link, VARGO_STAT_RX_PASSES, 1);
	if (READ_ONCE(link->ring)) {
		while (budget && (ret = argo_ring_peek(link->ring, &msg)) > 0) {
			rx_frame(link, &msg);
			budget--;
		}
		argo_ring_done(link->ring);
	}

	spin_lock_irqsave(&link->lock, flags);
	if (ret == -EPROTO) {
		link->ring_lost = true;
		vargo_link_lose_locked(link, "the receive ring is corrupt");
	}
	vargo_link_transmit(link);
	spin_unlock_irqrestore(&link->lock, flags);

	link->config.ops->pass_end(link->config.priv);
	return !budget;
}

/*
 * Run one pass, unless one is running in the other context: then that one sees
 * VARGO_RX_AGAIN, which was set before VARGO_RX_BUSY was tried, after it has
 * cleared VARGO_RX_BUSY. A message that comes behind a pass raises an
 * interrupt, so an empty ring need not be looked at twice.
 */
static void rx_run(struct vargo_link *link)
{
	bool more;

	set_bit(VARGO_RX_AGAIN, &link->rx_flags);
	/* AGAIN is seen by whoever gives up BUSY, or we see that it is given up */
	smp_mb__after_atomic();
	if (test_and_set_bit_lock(VARGO_RX_BUSY, &link->rx_flags))
		return;
	clear_bit(VARGO_RX_AGAIN, &link->rx_flags);
	/* Whoever sets it from here on has a message that this pass may have missed */
	smp_mb__after_atomic();
	more = rx_pass(link);
	WRITE_ONCE(link->rx_streak, more ? link->rx_streak + 1 : 0);
	clear_bit_unlock(VARGO_RX_BUSY, &link->rx_flags);
	/* The partner of the barrier above */
	smp_mb__after_atomic();
	if (more || test_bit(VARGO_RX_AGAIN, &link->rx_flags))
		vargo_link_poll(link);
}

static void rx_bh(struct work_struct *work)
{
	rx_run(container_of(work, struct vargo_link, rx_bh));
}

static void rx_thread(struct work_struct *work)
{
	struct vargo_link *link = container_of(work, struct vargo_link, rx_thread);

	vargo_link_count(link, VARGO_STAT_RX_THREAD, 1);
	local_bh_disable();
	rx_run(link);
	local_bh_enable();
}

/**
 * vargo_link_poll() - make a receive pass happen soon
 * @link: the link
 *
 * Context: any.
 */
void vargo_link_poll(struct vargo_link *link)
{
	if (READ_ONCE(link->rx_streak) > VARGO_RX_STREAK)
		queue_work(link->rx_wq, &link->rx_thread);
	else
		queue_work(system_bh_wq, &link->rx_bh);
}
EXPORT_SYMBOL_GPL(vargo_link_poll);

/**
 * vargo_link_flush() - wait until no earlier receive pass is running
 * @link: the link
 *
 * Passes that begin later see what the caller has changed before. This cancels
 * and does not flush, because the link's worker, which is there for memory
 * reclaim, must not wait for works that are not; one more pass makes up for
 * what was cancelled or could not be queued meanwhile.
 *
 * Context: process, may sleep; not from the link's callbacks in bottom half.
 */
void vargo_link_flush(struct vargo_link *link)
{
	cancel_work_sync(&link->rx_bh);
	cancel_work_sync(&link->rx_thread);
	vargo_link_poll(link);
}
EXPORT_SYMBOL_GPL(vargo_link_flush);

void vargo_link_rx_init(struct vargo_link *link)
{
	INIT_WORK(&link->rx_bh, rx_bh);
	INIT_WORK(&link->rx_thread, rx_thread);
}
