// SPDX-License-Identifier: GPL-2.0
/*
 * Rings: memory that Xen writes messages into.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Theory of operation. A ring is a 64-byte header and len bytes of data,
 * virtually contiguous here, single pages for Xen. Xen alone writes tx_ptr and
 * the data, and it keeps its own copy of tx_ptr; we alone write rx_ptr, which
 * Xen reads to see how much room there is. Both are offsets into the data and
 * multiples of 16. rx_ptr == tx_ptr means empty; Xen never fills the last slot,
 * so full is distinct from empty. A message is a 16-byte header, which never
 * wraps, and a payload, which may wrap once, rounded up to 16.
 *
 * The consumer reads tx_ptr once per pass (argo_ring_fetch) and then walks the
 * messages up to that snapshot. It reads each header once and uses the copy,
 * though Xen does not touch what lies between rx_ptr and tx_ptr: so parsing in
 * place has no time-of-check race as long as nothing was consumed. Lengths are
 * checked against the snapshot all the same; if they make no sense, then memory
 * was corrupted and nothing in the ring can be trusted.
 */
#define pr_fmt(fmt) "xen-argo: " fmt

#include <linux/align.h>
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <xen/page.h>

#include "argo.h"

#define REGISTER_TRIES	5

static unsigned int max_user_rings = ARGO_MAX_USER_RINGS;
module_param(max_user_rings, uint, 0644);
MODULE_PARM_DESC(max_user_rings,
		 "how many of this domain's 128 rings programs may have (default 112)");

static_assert(sizeof(struct xen_argo_ring) == ARGO_RING_HDR);
static_assert(sizeof(struct xen_argo_ring_message_header) == ARGO_MSG_HDR);

static u32 argo_ring_used(const struct argo_ring *ring, u32 rx, u32 tx)
{
	return tx >= rx ? tx - rx : tx + ring->len - rx;
}

static u32 argo_msg_slots(u32 payload)
{
	return ARGO_MSG_HDR + ALIGN(payload, XEN_ARGO_MSG_SLOT_SIZE);
}

/*
 * Registration
 */

/*
 * -EAGAIN means that a page is being tracked for live migration or is paged
 * out. Both end when the page is written to, until the tracker's next round.
 */
static void argo_ring_touch(struct argo_ring *ring)
{
	void *page = ring->mem;
	u32 i;

	for (i = 0; i < ring->npages; i++, page += XEN_PAGE_SIZE)
		WRITE_ONCE(*(u64 *)(page + ARGO_RING_HDR), 0);
}

/* Frame numbers change when a PV domain is restored: look them up each time */
static void argo_ring_fill_gfns(struct argo_ring *ring)
{
	void *page = ring->mem;
	u32 i;

	for (i = 0; i < ring->npages; i++, page += XEN_PAGE_SIZE)
		ring->gfns[i] = xen_page_to_gfn(vmalloc_to_page(page)) +
				(offset_in_page(page) >> XEN_PAGE_SHIFT);
}

static int argo_ring_unregister(struct argo_ring *ring)
{
	struct xen_argo *argo = ring->argo;
	struct xen_argo_unregister_ring unreg = {
		.aport = ring->port,
		.partner_id = ring->partner,
	};

	argo_count(argo, ARGO_C_HC_UNREGISTER);
	return argo->ops->unregister_ring(argo, &unreg);
}

static int argo_ring_register_once(struct argo_ring *ring)
{
	struct xen_argo *argo = ring->argo;
	struct xen_argo_register_ring reg = {
		.aport = ring->port,
		.partner_id = ring->partner,
		.len = ring->len,
	};

	/*
	 * Never in place of an existing ring: Xen would count it twice for ever.
	 */
	argo_count(argo, ARGO_C_HC_REGISTER);
	return argo->ops->register_ring(argo, &reg, ring->gfns, ring->npages,
					XEN_ARGO_REGISTER_FLAG_FAIL_EXIST);
}

static int argo_ring_register(struct argo_ring *ring)
{
	bool evicted = false;
	int try, err;

	lockdep_assert_held(&ring->argo->lock);

	/*
	 * Xen starts at the tx_ptr that it finds if that is valid. Nobody reads
	 * data behind it, so old data need not be cleared.
	 */
	ring->mem->rx_ptr = 0;
	ring->mem->tx_ptr = 0;
	ring->rx = 0;
	ring->limit = 0;
	ring->consumed = 0;
	argo_ring_fill_gfns(ring);

	for (try = 0; try < REGISTER_TRIES; try++) {
		err = argo_ring_register_once(ring);
		if (err == -EAGAIN) {
			msleep(1 << try);
			argo_ring_touch(ring);
		} else if (err == -EEXIST && !evicted) {
			/*
			 * There is one Argo driver in a kernel and it has no
			 * such ring: a kernel before this one left it, which
			 * crashed and whose kdump we are.
			 */
			evicted = true;
			argo_count(ring->argo, ARGO_C_RINGS_EVICTED);
			argo_ring_unregister(ring);
		} else {
			break;
		}
	}
	return err;
}

/* Take the pages back from Xen */
static void argo_ring_withdraw(struct argo_ring *ring, enum argo_ring_state state)
{
	int err;

	lockdep_assert_held(&ring->argo->lock);

	if (ring->state == ARGO_RING_ACTIVE) {
		err = argo_ring_unregister(ring);
		/*
		 * -ENOENT: Xen removed it when the partner died. -ENODEV: Xen
		 * does not do Argo with this domain any more, so it has no
		 * ring either. After anything else, a policy that was changed
		 * say, Xen goes on writing and the pages can never be freed.
		 */
		if (err && err != -ENOENT && err != -ENODEV) {
			pr_err("ring %u of domain %u: Xen refuses to give it back (%d), leaking %u KiB\n",
			       ring->port, ring->partner, err, ring->npages * 4);
			ring->leaked = true;
			argo_count(ring->argo, ARGO_C_RINGS_LEAKED);
			state = ARGO_RING_GONE;
		}
	}
	WRITE_ONCE(ring->state, state);
}

/*
 * Telling owners
 */

static bool argo_ring_pending(const struct argo_ring *ring)
{
	return READ_ONCE(ring->state) == ARGO_RING_ACTIVE &&
	       READ_ONCE(ring->mem->tx_ptr) != READ_ONCE(ring->mem->rx_ptr);
}

/**
 * argo_scan() - call the owners of rings that have messages
 * @argo: instance
 *
 * Context: any.
 */
void argo_scan(struct xen_argo *argo)
{
	struct argo_ring *ring;
	unsigned long flags = 0;

	/* On PREEMPT_RT this is a thread's business, and so is what owners do. */
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		local_irq_save(flags);
	rcu_read_lock();
	list_for_each_entry_rcu(ring, &argo->rings, node)
		if (argo_ring_pending(ring))
			ring->ops->rx(ring, ring->priv);
	rcu_read_unlock();
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		local_irq_restore(flags);

	argo_space_check(argo);
}

/*
 * Making and unmaking
 */

static void argo_ring_free(struct argo_ring *ring)
{
	kvfree(ring->gfns);
	vfree(ring->mem);
	kfree(ring);
}

static int argo_ring_check_config(const struct argo_ring_config *config)
{
	if (!config->port || !config->ops || !config->ops->rx)
		return -EINVAL;
	if (config->partner >= DOMID_FIRST_RESERVED &&
	    config->partner != XEN_ARGO_DOMID_ANY)
		return -EINVAL;
	if (!config->len || config->len > XEN_ARGO_MAX_RING_SIZE - ARGO_RING_HDR)
		return -EINVAL;
	return 0;
}

static struct argo_ring *argo_ring_alloc(struct xen_argo *argo,
					 const struct argo_ring_config *config)
{
	gfp_t gfp = config->user ? GFP_KERNEL_ACCOUNT : GFP_KERNEL;
	struct argo_ring *ring;

	ring = kzalloc(sizeof(*ring), gfp);
	if (!ring)
		return NULL;

	ring->argo = argo;
	ring->port = config->port;
	ring->partner = config->partner;
	ring->user = config->user;
	ring->ops = config->ops;
	ring->priv = config->priv;
	ring->npages = DIV_ROUND_UP(config->len + ARGO_RING_HDR, XEN_PAGE_SIZE);
	ring->len = ring->npages * XEN_PAGE_SIZE - ARGO_RING_HDR;
	ring->state = ARGO_RING_GONE;
	/* Of an unknown size: any message may be too large for what is free */
	ring->need = ring->len;
	if (config->max_msg && config->max_msg < ring->len - 2 * XEN_ARGO_MSG_SLOT_SIZE)
		ring->need = argo_msg_slots(config->max_msg);

	/* Plain, zeroed, whole pages; Xen gets nothing else of ours to see */
	ring->mem = __vmalloc((size_t)ring->npages * XEN_PAGE_SIZE, gfp | __GFP_ZERO);
	ring->gfns = kvcalloc(ring->npages, sizeof(*ring->gfns), gfp);
	if (!ring->mem || !ring->gfns) {
		argo_ring_free(ring);
		return NULL;
	}
	return ring;
}

/* Find room for a ring among the others */
static int argo_ring_admit(struct xen_argo *argo, const struct argo_ring *new)
{
	const struct argo_ring *ring;

	lockdep_assert_held(&argo->lock);

	if (argo->suspended)
		return -ENODEV;
	list_for_each_entry(ring, &argo->rings, node)
		if (ring->port == new->port && ring->partner == new->partner)
			return -EEXIST;
	if (argo->nr_rings >= ARGO_MAX_RINGS)
		return -ENOSPC;
	/* User space cannot take the last rings from the kernel's own users */
	if (new->user && argo->nr_user_rings >= READ_ONCE(max_user_rings))
		return -ENOSPC;
	return 0;
}

struct argo_ring *argo_ring_create(struct xen_argo *argo,
				   const struct argo_ring_config *config)
{
	struct argo_ring *ring;
	int err;

	err = argo_ring_check_config(config);
	if (err)
		return ERR_PTR(err);
	ring = argo_ring_alloc(argo, config);
	if (!ring)
		return ERR_PTR(-ENOMEM);

	mutex_lock(&argo->lock);
	err = argo_ring_admit(argo, ring);
	if (!err)
		err = argo_ring_register(ring);
	if (err)
		goto unlock;
	smp_store_release(&ring->state, ARGO_RING_ACTIVE);	/* argo_ring_peek() */
	argo->nr_rings++;
	argo->nr_user_rings += ring->user;
	list_add_tail_rcu(&ring->node, &argo->rings);
	mutex_unlock(&argo->lock);

	/* The VIRQ of a message that came before the ring was on the list is lost */
	argo_scan(argo);
	return ring;

unlock:
	mutex_unlock(&argo->lock);
	argo_ring_free(ring);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(argo_ring_create);

void argo_ring_destroy(struct argo_ring *ring)
{
	struct xen_argo *argo;

	if (!ring)
		return;
	argo = ring->argo;

	mutex_lock(&argo->lock);
	list_del_rcu(&ring->node);
	argo->nr_rings--;
	argo->nr_user_rings -= ring->user;
	argo_ring_withdraw(ring, ARGO_RING_GONE);
	mutex_unlock(&argo->lock);

	/*
	 * Nobody is left: Xen gave the pages back, event callbacks run under
	 * the mutex, rx callbacks in read sections that found the ring on the
	 * list, and the caller is the only consumer.
	 */
	synchronize_rcu();
	if (!ring->leaked) {
		argo_ring_free(ring);
		return;
	}
	mutex_lock(&argo->lock);
	list_add_tail(&ring->node, &argo->leaked);
	mutex_unlock(&argo->lock);
}
EXPORT_SYMBOL_GPL(argo_ring_destroy);

/* The last chance for Xen to give rings back: no user of the instance is left */
void argo_ring_reclaim(struct xen_argo *argo)
{
	struct argo_ring *ring, *tmp;
	int err;

	list_for_each_entry_safe(ring, tmp, &argo->leaked, node) {
		err = argo_ring_unregister(ring);
		if (!err || err == -ENOENT || err == -ENODEV)
			argo_ring_free(ring);
	}
}

/* The messages stay readable for a consumer that is still at them */
void argo_ring_suspend(struct argo_ring *ring)
{
	lockdep_assert_held(&ring->argo->lock);

	if (ring->state != ARGO_RING_ACTIVE)
		return;
	/* User space cannot tell that the peer behind an fd is another one now */
	argo_ring_withdraw(ring, ring->user ? ARGO_RING_GONE : ARGO_RING_DOWN);
	if (ring->ops->event)
		ring->ops->event(ring, ring->priv, ARGO_RING_SUSPENDED);
}

void argo_ring_resume(struct argo_ring *ring)
{
	enum argo_ring_event event = ARGO_RING_RESUMED;
	int err;

	lockdep_assert_held(&ring->argo->lock);

	if (ring->leaked)
		event = ARGO_RING_LOST;
	else if (ring->state != ARGO_RING_DOWN)
		return;

	if (event == ARGO_RING_RESUMED) {
		err = argo_ring_register(ring);
		if (err) {
			pr_warn("ring %u of domain %u: not registered again (%d)\n",
				ring->port, ring->partner, err);
			event = ARGO_RING_LOST;
		}
	}
	/* Release: who finds the ring active finds it empty (argo_ring_peek()). */
	smp_store_release(&ring->state,
			  event == ARGO_RING_RESUMED ? ARGO_RING_ACTIVE : ARGO_RING_GONE);
	if (ring->ops->event)
		ring->ops->event(ring, ring->priv, event);
}

/*
 * Consuming
 */

/*
 * argo_ring_fetch() - see how far Xen has written
 *
 * The acquire keeps our reads of messages behind the read of tx_ptr. Its
 * partner ought to be a barrier between the payload and tx_ptr in Xen's
 * update_tx_ptr(); but there the barrier comes after the store. x86 orders
 * stores anyway. On arm64 a payload may become visible later than tx_ptr. Xen
 * does write both under the ring's lock, and notify takes and drops that lock:
 * once it has returned, all that lies before the tx_ptr that we read earlier is
 * visible. So one notify for each snapshot, not for each message.
 */
static int argo_ring_fetch(struct argo_ring *ring)
{
	u32 tx = virt_load_acquire(&ring->mem->tx_ptr);	/* see above */

	if (tx == ring->rx)
		return 0;
	if (tx >= ring->len || tx % XEN_ARGO_MSG_SLOT_SIZE)
		return -EPROTO;
	if (ring->argo->fence)
		argo_notify_own(ring->argo);
	ring->limit = tx;
	return 1;
}

static int argo_ring_bad(struct argo_ring *ring, const char *what, u32 value)
{
	argo_count(ring->argo, ARGO_C_RX_BAD);
	pr_err_ratelimited("ring %u of domain %u: %s 0x%x at 0x%x of 0x%x\n",
			   ring->port, ring->partner, what, value, ring->rx, ring->len);
	return -EPROTO;
}

int argo_ring_peek(struct argo_ring *ring, struct argo_msg *msg)
{
	struct xen_argo_ring_message_header hdr;
	u32 avail, next;
	int ret;

	/* Acquire: rx and limit are of this registration. */
	if (smp_load_acquire(&ring->state) != ARGO_RING_ACTIVE)
		return -ENODEV;

	if (ring->rx == ring->limit) {
		ret = argo_ring_fetch(ring);
		if (!ret)
			return 0;
		if (ret < 0)
			return argo_ring_bad(ring, "tx_ptr", READ_ONCE(ring->mem->tx_ptr));
	}

	/* rx, limit and len are multiples of 16: a header never wraps */
	avail = argo_ring_used(ring, ring->rx, ring->limit);
	memcpy(&hdr, ring->mem->ring + ring->rx, sizeof(hdr));
	if (hdr.len < ARGO_MSG_HDR || hdr.len > avail)
		return argo_ring_bad(ring, "message length", hdr.len);

	/* hdr.len <= avail and avail is a multiple of 16: so is the rounded one */
	next = ring->rx + ALIGN(hdr.len, XEN_ARGO_MSG_SLOT_SIZE);
	if (next >= ring->len)
		next -= ring->len;

	msg->source.port = hdr.source.aport;
	msg->source.domid = hdr.source.domain_id;
	msg->type = hdr.message_type;
	msg->len = hdr.len - ARGO_MSG_HDR;
	msg->start = ring->rx + ARGO_MSG_HDR;
	if (msg->start == ring->len)
		msg->start = 0;
	msg->next = next;
	return 1;
}
EXPORT_SYMBOL_GPL(argo_ring_peek);

const void *argo_msg_span(const struct argo_ring *ring, const struct argo_msg *msg,
			  u32 offset, u32 *len)
{
	u32 pos = msg->start + offset;

	/* start < len and offset < msg->len < len, so pos < 2 * len */
	if (pos >= ring->len)
		pos -= ring->len;
	*len = min3(*len, msg->len - offset, ring->len - pos);
	return ring->mem->ring + pos;
}
EXPORT_SYMBOL_GPL(argo_msg_span);

int argo_msg_copy(const struct argo_ring *ring, const struct argo_msg *msg,
		  u32 offset, void *dst, u32 len)
{
	const void *src;
	u32 n;

	if (offset > msg->len || len > msg->len - offset)
		return -EMSGSIZE;

	for (; len; len -= n, offset += n, dst += n) {
		n = len;
		src = argo_msg_span(ring, msg, offset, &n);
		memcpy(dst, src, n);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(argo_msg_copy);

void argo_ring_consume(struct argo_ring *ring, const struct argo_msg *msg)
{
	ring->consumed += argo_msg_slots(msg->len);
	ring->msgs++;
	ring->bytes += msg->len;
	argo_count(ring->argo, ARGO_C_RX_MSGS);
	argo_count_n(ring->argo, ARGO_C_RX_BYTES, msg->len);

	ring->rx = msg->next;
	/*
	 * Our reads of the message stay before this store, behind which Xen may
	 * overwrite it; partner: get_rx_ptr() under the ring's lock in Xen.
	 */
	virt_store_release(&ring->mem->rx_ptr, ring->rx);
}
EXPORT_SYMBOL_GPL(argo_ring_consume);

/*
 * A sender is blocked if its message took as much as was free or more. What was
 * in the ring at any moment since the last call is at most what is in it now
 * plus what was consumed since. If the largest message would have fitted beside
 * all that, nobody is blocked and the hypercall can be spared.
 *
 * Where the largest message is not known, every answer would be "perhaps". An
 * owner that reads message by message would pay a hypercall for each, so there
 * Xen is asked when the ring has been emptied or a quarter of it consumed, and
 * by a timer if the owner stops short of that.
 */
void argo_ring_done(struct argo_ring *ring)
{
	u32 used, tx;

	/* Acquire: as in argo_ring_peek() */
	if (smp_load_acquire(&ring->state) != ARGO_RING_ACTIVE || !ring->consumed)
		return;

	/*
	 * rx_ptr must be visible to Xen before tx_ptr is read: else a sender
	 * could fail on the old rx_ptr while we do not see what filled the ring.
	 */
	virt_mb();
	tx = READ_ONCE(ring->mem->tx_ptr);
	used = tx < ring->len ? argo_ring_used(ring, ring->rx, tx) : ring->len;

	if ((u64)used + ring->consumed + ring->need < ring->len) {
		ring->consumed = 0;
		return;
	}
	if (ring->need == ring->len && used && ring->consumed < ring->len / 4) {
		argo_notify_own_soon(ring->argo);
		return;
	}
	ring->consumed = 0;
	argo_notify_own(ring->argo);
}
EXPORT_SYMBOL_GPL(argo_ring_done);

u32 argo_ring_len(const struct argo_ring *ring)
{
	return ring->len;
}
EXPORT_SYMBOL_GPL(argo_ring_len);
