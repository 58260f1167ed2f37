// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: the device side of a virtqueue that is private to the guest.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Theory of operation
 *
 * The driver's half of the ring is virtio_ring's; this file plays the device.
 * A chain's life:
 *
 *	avail ring -> pending -> (framed) -> sent -> used ring
 *
 * vargo_queue_fill() takes chains from the avail ring as far as the backend's
 * depth and memory allow, and gathers their out-bytes into a frame. A chain
 * that does not fit stays at the head of @pending with the count of what went
 * out, so at most one chain of a queue is partly sent. Nothing is final before
 * vargo_queue_frame_done(): if Xen did not take the frame, the chains go back
 * and the same bytes are gathered again. vargo_queue_complete() scatters
 * in-bytes into the driver's buffers and publishes the used entry.
 *
 * The ring is the truth about what is in flight: vargo_queue_pause() puts the
 * unanswered chains back in the order in which they were taken, and
 * vargo_queue_run() numbers them anew and sends them again.
 *
 * Why not vringh: it takes each chain once, in the order of the ring, into iovs, and
 * forgets it. Here a chain is looked at again for each of its fragments, and for each
 * backend that it is sent to again, and its answer comes in any order. Why not vDPA:
 * that is for devices which reach the driver's memory themselves; nobody does here,
 * and what would stand in for the device is this file.
 *
 * Who writes what: the driver writes desc and avail, this file writes used.
 * avail->idx is read with acquire so that entries and descriptors are not read
 * before it (partner: virtio_wmb in virtqueue_add_split); used->idx is written
 * with release so that in-buffers and the entry are visible before it (partner:
 * virtio_rmb in virtqueue_get_buf_ctx_split). Both halves are in one kernel,
 * but the driver may be on another vCPU.
 *
 * Lock order: link's transmit lock -> vargo_queue.lock. No callback into the
 * driver is made from here; who publishes used entries raises the interrupt
 * after all locks are dropped.
 */
#define pr_fmt(fmt) "virtio_argo: " fmt

#include <linux/export.h>
#include <linux/slab.h>
#include <linux/virtio_byteorder.h>

#include "virtio_argo_desc.h"
#include "virtio_argo_queue.h"

enum vargo_chain_state {
	CHAIN_FREE,	/* the driver's */
	CHAIN_PENDING,	/* on pending */
	CHAIN_FRAMED,	/* on framed: Xen may be copying it */
	CHAIN_SENT,	/* on sent: the backend may answer */
	CHAIN_FAILED,	/* on failed */
};

/**
 * struct vargo_chain - what is known of one head
 * @node: on the list that @state names
 * @state: where it is
 * @head: index of its first descriptor
 * @charged: counts against depth and budget, and has an @id
 * @id: its number on the wire
 * @out: device-readable bytes
 * @in: device-writable bytes
 * @gathered: out-bytes up to the frame being made
 * @gone: out-bytes that the backend has
 * @in_total: in-bytes that the completion announced
 * @in_used: used length that it announced
 * @in_got: in-bytes that came
 */
struct vargo_chain {
	struct list_head node;
	enum vargo_chain_state state;
	u16 head;
	bool charged;
	u32 id;
	u32 out;
	u32 in;
	u32 gathered;
	u32 gone;
	u32 in_total;
	u32 in_used;
	u32 in_got;
};

/* ------------------------------------------------------------------------ */
/* From the avail ring to the backend */

static bool chain_charge(struct vargo_queue *q, struct vargo_chain *c)
{
	struct vargo_budget *budget = q->config.budget;
	int bytes = c->out + c->in;

	if (q->unanswered >= q->config.depth)
		return false;
	/*
	 * Charging is serialized by the link's transmit lock. The first in line
	 * is served at last: no chain is larger than the budget.
	 */
	if (budget->first && budget->first != q)
		return false;
	if (atomic_sub_return(bytes, &budget->left) < 0) {
		atomic_add(bytes, &budget->left);
		budget->first = q;
		return false;
	}
	budget->first = NULL;
	q->unanswered++;
	c->charged = true;
	c->id = q->next_id++;
	return true;
}

static void chain_uncharge(struct vargo_queue *q, struct vargo_chain *c)
{
	if (!c->charged)
		return;
	c->charged = false;
	q->unanswered--;
	atomic_add(c->out + c->in, &q->config.budget->left);
}

/* A queue that serves nothing for now holds nobody up. */
static void queue_leave_line(struct vargo_queue *q)
{
	if (q->config.budget->first == q)
		q->config.budget->first = NULL;
}

static void chain_fail(struct vargo_queue *q, struct vargo_chain *c)
{
	chain_uncharge(q, c);
	c->state = CHAIN_FAILED;
	list_move_tail(&c->node, &q->failed);
}

/* The first complaint until the next reap; each kind of fault comes in series. */
static void queue_complain(struct vargo_queue *q, enum vargo_complaint what, u32 arg)
{
	if (q->complaint)
		return;
	q->complaint_arg = arg;
	WRITE_ONCE(q->complaint, what);
}

/* Take the next chain from the avail ring; NULL if there is none. */
static struct vargo_chain *queue_take(struct vargo_queue *q)
{
	const struct vring *vr = &q->config.vring;
	struct vargo_chain *c;
	u16 avail, head;

	if (q->bad)
		return NULL;
	/* Acquire: entry and descriptors are read after the index. */
	avail = __virtio16_to_cpu(true, smp_load_acquire(&vr->avail->idx));
	if (avail == q->last_avail)
		return NULL;
	head = __virtio16_to_cpu(true, vr->avail->ring[q->last_avail & (vr->num - 1)]);
	if ((u16)(avail - q->last_avail) > vr->num || head >= vr->num ||
	    q->chains[head].state != CHAIN_FREE) {
		q->bad = true;
		queue_complain(q, VARGO_COMPLAINT_AVAIL, head);
		return NULL;
	}
	q->last_avail++;

	c = &q->chains[head];
	c->state = CHAIN_PENDING;
	c->charged = false;
	c->gathered = 0;
	c->gone = 0;
	c->in_got = 0;
	c->in_total = 0;
	c->out = 0;
	c->in = 0;
	list_add_tail(&c->node, &q->pending);
	if (vargo_desc_measure(vr, head, &c->out, &c->in)) {
		queue_complain(q, VARGO_COMPLAINT_CHAIN, head);
		chain_fail(q, c);
	} else if (q->state == VARGO_QUEUE_FAILING) {
		chain_fail(q, c);
	}
	return c;
}

static u32 gather(void *ctx, void *at, u32 done, u32 len)
{
	return vargo_frame_add(ctx, at, len);
}

/*
 * Put a fragment of @c into the frame. True if the chain is now fully in it.
 * *full says that the frame takes no more.
 */
static bool chain_gather(struct vargo_queue *q, struct vargo_chain *c,
			 struct vargo_frame_tx *tx, bool *full)
{
	struct vargo_pdu pdu = {
		.type = VIRTIO_ARGO_PDU_SUBMIT,
		.dev = q->config.dev,
		.queue = q->config.index,
		.head = c->head,
		.chain = c->id,
		.total = c->out,
		.room = c->in,
		.offset = c->gathered,
		.epoch = q->epoch,
	};
	u32 want = c->out - c->gathered;
	u32 got;

	if (!vargo_frame_open_pdu(tx)) {
		*full = true;
		return false;
	}
	got = vargo_desc_each(&q->config.vring, c->head, false, c->gathered, want, gather, tx);
	if (got < want)
		*full = true;
	if (!got && want) {
		vargo_frame_cancel_pdu(tx);
		return false;
	}
	vargo_frame_close_pdu(tx, &pdu);
	c->gathered += got;
	return got == want;
}

/**
 * vargo_queue_fill() - gather what the driver has made available
 * @q: the queue
 * @tx: an empty frame
 *
 * The frame must be sent or given up, and vargo_queue_frame_done() called,
 * before the next frame of this queue.
 *
 * Context: any; the link's transmit lock is held.
 *
 * Return: what the frame holds now
 */
enum vargo_fill vargo_queue_fill(struct vargo_queue *q, struct vargo_frame_tx *tx)
{
	enum vargo_fill result = VARGO_FILL_EMPTY;
	struct vargo_chain *c;
	unsigned long flags;
	bool full = false;

	spin_lock_irqsave(&q->lock, flags);
	while (q->state != VARGO_QUEUE_PAUSED) {
		c = list_first_entry_or_null(&q->pending, struct vargo_chain, node);
		if (!c)
			c = queue_take(q);
		if (!c)
			break;
		if (c->state == CHAIN_FAILED)
			continue;

		/* Not when it is taken: it may be sent again to a backend with less. */
		if (c->out + c->in > q->config.budget->max_chain) {
			queue_complain(q, VARGO_COMPLAINT_LIMIT, c->out + c->in);
			chain_fail(q, c);
			continue;
		}
		if (!c->charged && !chain_charge(q, c)) {
			result = VARGO_FILL_BLOCKED;
			break;
		}
		/*
		 * Cut a chain only when a whole frame is not enough for it:
		 * not because others were first, nor to use up a last bit of
		 * credit, which would make frames ever smaller.
		 */
		if (c->out - c->gathered > vargo_frame_room(tx) &&
		    (tx->pdus || !tx->whole)) {
			result = tx->pdus ? VARGO_FILL_MORE : VARGO_FILL_BLOCKED;
			break;
		}
		if (chain_gather(q, c, tx, &full)) {
			c->state = CHAIN_FRAMED;
			list_move_tail(&c->node, &q->framed);
		}
		if (full) {
			result = VARGO_FILL_MORE;
			break;
		}
	}
	spin_unlock_irqrestore(&q->lock, flags);
	return result;
}
EXPORT_SYMBOL_GPL(vargo_queue_fill);

/**
 * vargo_queue_frame_done() - make final what vargo_queue_fill() gathered
 * @q: the queue
 * @sent: Xen took the frame; if not, the same bytes will be gathered again
 *
 * Context: any; the link's transmit lock is held.
 */
void vargo_queue_frame_done(struct vargo_queue *q, bool sent)
{
	struct vargo_chain *c;
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	list_for_each_entry(c, &q->framed, node)
		c->state = sent ? CHAIN_SENT : CHAIN_PENDING;
	if (sent)
		list_splice_tail_init(&q->framed, &q->sent);
	else
		list_splice_init(&q->framed, &q->pending);
	list_for_each_entry(c, &q->pending, node) {
		if (sent)
			c->gone = c->gathered;
		else
			c->gathered = c->gone;
	}
	spin_unlock_irqrestore(&q->lock, flags);
}
EXPORT_SYMBOL_GPL(vargo_queue_frame_done);

/**
 * vargo_queue_needs_reap() - may vargo_queue_reap() have something to do?
 * @q: the queue
 *
 * Without the lock: whoever makes a chain fail asks for a receive pass after
 * that, and the pass asks here.
 *
 * Context: any.
 *
 * Return: false if it surely has not
 */
bool vargo_queue_needs_reap(const struct vargo_queue *q)
{
	return READ_ONCE(q->state) == VARGO_QUEUE_FAILING || READ_ONCE(q->complaint) ||
	       !list_empty_careful(&q->failed);
}
EXPORT_SYMBOL_GPL(vargo_queue_needs_reap);

/* ------------------------------------------------------------------------ */
/* From the backend to the used ring */

static u32 scatter(void *ctx, void *at, u32 done, u32 len)
{
	vargo_payload_copy(ctx, done, at, len);
	return len;
}

static u32 zero(void *ctx, void *at, u32 done, u32 len)
{
	memset(at, 0, len);
	return len;
}

static u32 put_byte(void *ctx, void *at, u32 done, u32 len)
{
	*(u8 *)at = *(u8 *)ctx;
	return len;
}

/* Publish a used entry. Returns whether the driver wants to hear of it. */
static bool queue_push(struct vargo_queue *q, struct vargo_chain *c, u32 len)
{
	struct vring *vr = &q->config.vring;
	struct vring_used_elem *e = &vr->used->ring[q->used_idx & (vr->num - 1)];

	chain_uncharge(q, c);
	list_del_init(&c->node);
	c->state = CHAIN_FREE;

	e->id = __cpu_to_virtio32(true, c->head);
	e->len = __cpu_to_virtio32(true, len);
	q->used_idx++;
	/* Release: in-bytes and entry are visible before the index. */
	smp_store_release(&vr->used->idx, __cpu_to_virtio16(true, q->used_idx));
	/*
	 * Index before flags (partner: virtio_store_mb and the re-check in
	 * virtqueue_enable_cb): either we see that the driver wants an
	 * interrupt, or it sees the entry.
	 */
	smp_mb();
	return !(READ_ONCE(vr->avail->flags) & __cpu_to_virtio16(true, VRING_AVAIL_F_NO_INTERRUPT));
}

/* Answer a chain without the backend. */
static bool queue_push_error(struct vargo_queue *q, struct vargo_chain *c)
{
	const struct vring *vr = &q->config.vring;
	u8 status = q->config.fail_status;
	u32 len = 0;

	if (q->config.fail_status >= 0 && c->in) {
		vargo_desc_each(vr, c->head, true, 0, c->in - 1, zero, NULL);
		vargo_desc_each(vr, c->head, true, c->in - 1, 1, put_byte, &status);
		len = c->in;
	}
	return queue_push(q, c, len);
}

/**
 * vargo_queue_complete() - take a COMPLETE PDU
 * @q: the queue that it names
 * @pdu: its head, structurally valid
 * @payload: its in-bytes, @pdu->length of them
 *
 * Context: bottom half.
 *
 * Return: 1 if the driver wants an interrupt, 0 if not; -ESTALE: of another
 * epoch, to be ignored; -EPROTO: the backend broke the protocol; -EAGAIN: the
 * chain's frame is still in Xen's hands, so its buffers must not go back to the
 * driver yet: call again when the transmit lock was free once
 */
int vargo_queue_complete(struct vargo_queue *q, const struct vargo_pdu *pdu,
			 const struct vargo_payload *payload)
{
	struct vargo_chain *c;
	unsigned long flags;
	int ret = -EPROTO;
	u32 left;

	spin_lock_irqsave(&q->lock, flags);
	if (q->state != VARGO_QUEUE_RUNNING || pdu->epoch != q->epoch) {
		ret = -ESTALE;
		goto out;
	}
	if (pdu->head >= q->config.vring.num)
		goto out;
	c = &q->chains[pdu->head];
	if (c->state == CHAIN_FRAMED && c->id == pdu->chain) {
		ret = -EAGAIN;
		goto out;
	}
	if (c->state != CHAIN_SENT || c->id != pdu->chain)
		goto out;

	if (pdu->flags & VIRTIO_ARGO_PDU_F_ERROR) {
		if (c->in_got)
			goto out;
		ret = queue_push_error(q, c);
		goto out;
	}

	/* The codec has checked offset + length <= total. */
	if (pdu->total > c->in || pdu->room > c->in || pdu->offset != c->in_got)
		goto out;
	if (c->in_got && (pdu->total != c->in_total || pdu->room != c->in_used))
		goto out;
	/* A driver that looks at the last byte for the status must get one. */
	if (q->config.fill && pdu->total != c->in)
		goto out;

	vargo_desc_each(&q->config.vring, c->head, true, pdu->offset, pdu->length,
			scatter, (void *)payload);
	c->in_total = pdu->total;
	c->in_used = pdu->room;		/* at most the total: the codec has checked */
	c->in_got += pdu->length;
	left = c->in_total - c->in_got;
	ret = left ? 0 : queue_push(q, c, c->in_used);
out:
	spin_unlock_irqrestore(&q->lock, flags);
	return ret;
}
EXPORT_SYMBOL_GPL(vargo_queue_complete);

static void complain(const struct vargo_queue *q, enum vargo_complaint what, u32 arg)
{
	u32 index = q->config.index, dev = q->config.dev;

	switch (what) {
	case VARGO_COMPLAINT_AVAIL:
		pr_err("queue %u of device %u: the driver's avail ring is corrupt (entry %u), taking nothing more\n",
		       index, dev, arg);
		break;
	case VARGO_COMPLAINT_CHAIN:
		pr_err_ratelimited("queue %u of device %u: descriptor chain %u is malformed, failing it\n",
				   index, dev, arg);
		break;
	case VARGO_COMPLAINT_LIMIT:
		pr_err_ratelimited("queue %u of device %u: a request of %u bytes is larger than the backend's limit of %u, failing it\n",
				   index, dev, arg, q->config.budget->max_chain);
		break;
	case VARGO_COMPLAINT_NONE:
		break;
	}
}

/**
 * vargo_queue_reap() - answer the failed chains, and log why
 * @q: the queue
 *
 * Context: bottom half or process, where the driver may be interrupted after.
 *
 * Return: whether the driver wants an interrupt
 */
bool vargo_queue_reap(struct vargo_queue *q)
{
	struct vargo_chain *c, *tmp;
	enum vargo_complaint what;
	unsigned long flags;
	bool interrupt = false;
	u32 arg;

	spin_lock_irqsave(&q->lock, flags);
	if (q->state == VARGO_QUEUE_FAILING)
		while (queue_take(q))
			;
	list_for_each_entry_safe(c, tmp, &q->failed, node)
		interrupt |= queue_push_error(q, c);
	what = q->complaint;
	arg = q->complaint_arg;
	q->complaint = VARGO_COMPLAINT_NONE;
	spin_unlock_irqrestore(&q->lock, flags);
	complain(q, what, arg);
	return interrupt;
}
EXPORT_SYMBOL_GPL(vargo_queue_reap);

/**
 * vargo_queue_waits() - has the driver asked for what was not answered yet?
 * @q: the queue
 *
 * Context: any.
 *
 * Return: whether it has
 */
bool vargo_queue_waits(struct vargo_queue *q)
{
	const struct vring *vr = &q->config.vring;
	unsigned long flags;
	bool waits;

	spin_lock_irqsave(&q->lock, flags);
	waits = !list_empty(&q->pending) || !list_empty(&q->framed) || !list_empty(&q->sent) ||
		__virtio16_to_cpu(true, READ_ONCE(vr->avail->idx)) != q->last_avail;
	spin_unlock_irqrestore(&q->lock, flags);
	return waits;
}
EXPORT_SYMBOL_GPL(vargo_queue_waits);

/* ------------------------------------------------------------------------ */
/* Life */

/**
 * vargo_queue_run() - let chains go to the backend, from the first unanswered on
 * @q: the queue, paused or failing
 * @epoch: the device's epoch
 *
 * While it is paused, its depth may be changed.
 *
 * Context: process. The caller kicks the link afterwards.
 */
void vargo_queue_run(struct vargo_queue *q, u16 epoch)
{
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	q->epoch = epoch;
	q->next_id = 0;
	q->state = VARGO_QUEUE_RUNNING;
	spin_unlock_irqrestore(&q->lock, flags);
}
EXPORT_SYMBOL_GPL(vargo_queue_run);

/* Back to pending, oldest first, as if nothing had been sent. */
static void queue_recall(struct vargo_queue *q)
{
	struct vargo_chain *c;

	list_splice_init(&q->framed, &q->pending);
	list_splice_init(&q->sent, &q->pending);
	list_for_each_entry(c, &q->pending, node) {
		chain_uncharge(q, c);
		c->state = CHAIN_PENDING;
		c->gathered = 0;
		c->gone = 0;
		c->in_got = 0;
	}
}

/**
 * vargo_queue_pause() - hold chains back; the unanswered will be sent again
 * @q: the queue; what has failed already stays so
 *
 * Completions that are still under way are stale from now on.
 *
 * Context: any; must not run between fill and frame_done, which
 * vargo_link_hold() ensures.
 */
void vargo_queue_pause(struct vargo_queue *q)
{
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	q->state = VARGO_QUEUE_PAUSED;
	queue_leave_line(q);
	queue_recall(q);
	spin_unlock_irqrestore(&q->lock, flags);
}
EXPORT_SYMBOL_GPL(vargo_queue_pause);

/**
 * vargo_queue_fail() - answer everything with an error, until it runs or is paused
 * @q: the queue
 *
 * Context: any, as for vargo_queue_pause(). The caller reaps afterwards.
 */
void vargo_queue_fail(struct vargo_queue *q)
{
	struct vargo_chain *c, *tmp;
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	q->state = VARGO_QUEUE_FAILING;
	queue_leave_line(q);
	queue_recall(q);
	list_for_each_entry_safe(c, tmp, &q->pending, node)
		chain_fail(q, c);
	spin_unlock_irqrestore(&q->lock, flags);
}
EXPORT_SYMBOL_GPL(vargo_queue_fail);

static void list_forget(struct vargo_queue *q, struct list_head *list)
{
	struct vargo_chain *c, *tmp;

	list_for_each_entry_safe(c, tmp, list, node) {
		if (c->charged) {
			c->charged = false;
			q->unanswered--;
			q->owed += c->out + c->in;
		}
		list_del_init(&c->node);
		c->state = CHAIN_FREE;
	}
}

/**
 * vargo_queue_forget() - the driver has taken its chains back: a reset
 * @q: the queue, in any state; paused afterwards
 *
 * Nothing is put into the ring or the buffers any more, errors included. The backend
 * counts the chains until it has carried out the reset: vargo_queue_settle() is to
 * follow.
 *
 * Context: any, as for vargo_queue_pause().
 */
void vargo_queue_forget(struct vargo_queue *q)
{
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	q->state = VARGO_QUEUE_PAUSED;
	queue_leave_line(q);
	list_forget(q, &q->pending);
	list_forget(q, &q->framed);
	list_forget(q, &q->sent);
	list_forget(q, &q->failed);
	spin_unlock_irqrestore(&q->lock, flags);
}
EXPORT_SYMBOL_GPL(vargo_queue_forget);

/**
 * vargo_queue_settle() - what was forgotten the backend counts no more
 * @q: the queue
 *
 * It has answered the reset, or the session in which it counted is over. In that
 * case before the next begins, which starts with nothing in flight.
 *
 * Context: any.
 */
void vargo_queue_settle(struct vargo_queue *q)
{
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	atomic_add(q->owed, &q->config.budget->left);
	q->owed = 0;
	spin_unlock_irqrestore(&q->lock, flags);
}
EXPORT_SYMBOL_GPL(vargo_queue_settle);

/**
 * vargo_queue_init() - make a paused queue over a driver's ring
 * @q: the queue, zeroed
 * @config: copied
 *
 * Context: process, may sleep.
 *
 * Return: 0 or -ENOMEM
 */
int vargo_queue_init(struct vargo_queue *q, const struct vargo_queue_config *config)
{
	u32 i;

	q->config = *config;
	q->chains = kvcalloc(config->vring.num, sizeof(*q->chains), GFP_KERNEL);
	if (!q->chains)
		return -ENOMEM;
	for (i = 0; i < config->vring.num; i++) {
		q->chains[i].head = i;
		INIT_LIST_HEAD(&q->chains[i].node);
	}
	spin_lock_init(&q->lock);
	INIT_LIST_HEAD(&q->pending);
	INIT_LIST_HEAD(&q->framed);
	INIT_LIST_HEAD(&q->sent);
	INIT_LIST_HEAD(&q->failed);
	return 0;
}
EXPORT_SYMBOL_GPL(vargo_queue_init);

/**
 * vargo_queue_exit() - give back what a queue holds
 * @q: the queue; nobody uses it any more
 *
 * Context: process.
 */
void vargo_queue_exit(struct vargo_queue *q)
{
	vargo_queue_forget(q);
	vargo_queue_settle(q);
	kvfree(q->chains);
	q->chains = NULL;
}
EXPORT_SYMBOL_GPL(vargo_queue_exit);
