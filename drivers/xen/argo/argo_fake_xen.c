// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest can see of the fake Xen: hypercalls and VIRQs.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * The semantics are those of xen/common/argo.c, written down again in the
 * simplest way: one lock for everything, lists instead of hashes. What is kept
 * to the letter is what a guest can see: the order of the checks, the errors,
 * who is signalled when, and what leaks.
 */
#include <linux/align.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <xen/page.h>

#include "argo_fake_xen.h"

#define FAKE_MAX_PENDING	32	/* waiting domains of a ring */
#define FAKE_MAX_MESSAGE	(XEN_ARGO_MAX_RING_SIZE - ARGO_MSG_HDR - XEN_ARGO_MSG_SLOT_SIZE)

/*
 * VIRQs
 */

void argo_fake_virq(struct irq_work *work)
{
	struct fake_domain *d = container_of(work, struct fake_domain, virq);
	bool deliver;
	unsigned long flags;

	spin_lock_irqsave(&d->xen->lock, flags);
	deliver = d->virq_pending && !d->virq_masked && !d->virq_held;
	if (deliver)
		d->virq_pending = false;
	spin_unlock_irqrestore(&d->xen->lock, flags);

	if (deliver)
		argo_instance_virq(d->argo);
}

void argo_fake_signal(struct fake_domain *d)
{
	lockdep_assert_held(&d->xen->lock);

	d->virq_pending = true;
	if (!d->virq_masked && !d->virq_held)
		irq_work_queue(&d->virq);
}

/* The core calls these under its virq_lock, so no lock of ours is held outside */
static void fake_virq_mask(struct xen_argo *argo)
{
	struct fake_domain *d = fake_of(argo);
	unsigned long flags;

	spin_lock_irqsave(&d->xen->lock, flags);
	WARN_ON(d->virq_masked);
	d->virq_masked = true;
	spin_unlock_irqrestore(&d->xen->lock, flags);
}

static void fake_virq_unmask(struct xen_argo *argo)
{
	struct fake_domain *d = fake_of(argo);
	unsigned long flags;

	spin_lock_irqsave(&d->xen->lock, flags);
	WARN_ON(!d->virq_masked);
	d->virq_masked = false;
	if (d->virq_pending)
		argo_fake_signal(d);
	spin_unlock_irqrestore(&d->xen->lock, flags);
}

/*
 * Finding things; all with the lock held
 */

static struct fake_domain *fake_find_domain(struct argo_fake *xen, domid_t domid)
{
	struct fake_domain *d;

	lockdep_assert_held(&xen->lock);
	list_for_each_entry(d, &xen->domains, node)
		if (d->alive && d->domid == domid)
			return d;
	return NULL;
}

struct fake_ring *argo_fake_find_ring(struct fake_domain *d, u32 port, domid_t partner)
{
	struct fake_ring *r;

	lockdep_assert_held(&d->xen->lock);
	list_for_each_entry(r, &d->rings, node)
		if (r->port == port && r->partner == partner)
			return r;
	return NULL;
}

static struct fake_ring *fake_match_ring(struct fake_domain *d, u32 port, domid_t sender)
{
	return argo_fake_find_ring(d, port, sender) ?:
	       argo_fake_find_ring(d, port, XEN_ARGO_DOMID_ANY);
}

static int fake_xsm(struct argo_fake *xen, domid_t from, domid_t to)
{
	struct fake_denial *denial;

	list_for_each_entry(denial, &xen->denials, node)
		if (denial->from == from && denial->to == to)
			return denial->err;
	return 0;
}

/* Count the call; nonzero if the test has ordered a failure */
static int fake_enter(struct fake_domain *d, enum argo_fake_op op)
{
	struct fake_plan *plan = &d->plans[op];

	lockdep_assert_held(&d->xen->lock);
	d->calls[op]++;
	if (!plan->times)
		return 0;
	if (plan->skip) {
		plan->skip--;
		return 0;
	}
	plan->times--;
	return plan->err;
}

/*
 * Rings
 */

void argo_fake_unlink_ring(struct fake_ring *r, struct list_head *dead)
{
	struct fake_pending *p, *tmp;

	list_for_each_entry_safe(p, tmp, &r->pending, node)
		kfree(p);
	INIT_LIST_HEAD(&r->pending);
	list_move(&r->node, dead);
}

void argo_fake_free_rings(struct list_head *dead)
{
	struct fake_ring *r, *tmp;

	list_for_each_entry_safe(r, tmp, dead, node) {
		vunmap(r->mem);
		kfree(r);
	}
}

static struct fake_ring *fake_make_ring(const struct xen_argo_register_ring *reg,
					const xen_argo_gfn_t *gfns, u32 npages)
{
	unsigned int n = DIV_ROUND_UP(npages, XEN_PFN_PER_PAGE);
	struct page **pages;
	struct fake_ring *r;
	unsigned int i;

	r = kzalloc(sizeof(*r), GFP_KERNEL);
	pages = kvcalloc(n, sizeof(*pages), GFP_KERNEL);
	if (!r || !pages)
		goto fail;

	INIT_LIST_HEAD(&r->pending);
	r->port = reg->aport;
	r->partner = reg->partner_id;
	r->len = reg->len;
	for (i = 0; i < n; i++)
		pages[i] = xen_pfn_to_page(gfn_to_pfn(gfns[i * XEN_PFN_PER_PAGE]));
	r->mem = vmap(pages, n, VM_MAP, PAGE_KERNEL);
	kvfree(pages);
	pages = NULL;
	if (!r->mem)
		goto fail;
	return r;

fail:
	kvfree(pages);
	kfree(r);
	return NULL;
}

static int fake_insert_ring(struct fake_domain *d, struct fake_ring *r, u32 flags,
			    struct list_head *dead)
{
	struct fake_domain *partner;
	struct fake_ring *old;
	u32 tx;
	int err;

	lockdep_assert_held(&d->xen->lock);

	if (r->partner == XEN_ARGO_DOMID_ANY) {
		if (!d->xen->permissive)
			return -EPERM;
	} else {
		partner = fake_find_domain(d->xen, r->partner);
		if (!partner)
			return -ESRCH;
		err = fake_xsm(d->xen, r->partner, d->domid);
		if (err)
			return err;
		if (!d->enabled)
			return -ENODEV;
		if (!partner->enabled)
			return -ECONNREFUSED;
	}
	if (!d->enabled)
		return -ENODEV;
	if (d->ring_count >= ARGO_MAX_RINGS)
		return -ENOSPC;

	old = argo_fake_find_ring(d, r->port, r->partner);
	if (old && ((flags & XEN_ARGO_REGISTER_FLAG_FAIL_EXIST) || old->len != r->len))
		return -EEXIST;
	if (old)
		argo_fake_unlink_ring(old, dead);

	tx = READ_ONCE(r->mem->tx_ptr);
	if (tx >= r->len || tx % XEN_ARGO_MSG_SLOT_SIZE) {
		tx = ALIGN(READ_ONCE(r->mem->rx_ptr), XEN_ARGO_MSG_SLOT_SIZE);
		if (tx >= r->len)
			tx = 0;
		WRITE_ONCE(r->mem->tx_ptr, tx);
	}
	r->tx_ptr = tx;
	list_add(&r->node, &d->rings);
	d->ring_count++;	/* for a ring registered in place too: Xen leaks it */
	return 0;
}

static int fake_register(struct xen_argo *argo, struct xen_argo_register_ring *reg,
			 xen_argo_gfn_t *gfns, u32 npages, u32 flags)
{
	struct fake_domain *d = fake_of(argo);
	void (*after)(void *data);
	struct fake_ring *r;
	LIST_HEAD(dead);
	int err;

	spin_lock_irq(&d->xen->lock);
	err = fake_enter(d, ARGO_FAKE_REGISTER);
	spin_unlock_irq(&d->xen->lock);
	if (err)
		return err;

	if (npages > XEN_ARGO_MAX_RING_SIZE / XEN_PAGE_SIZE ||
	    (flags & ~XEN_ARGO_REGISTER_FLAG_FAIL_EXIST) ||
	    reg->len < ARGO_MSG_HDR + 2 * XEN_ARGO_MSG_SLOT_SIZE ||
	    reg->len > XEN_ARGO_MAX_RING_SIZE ||
	    reg->len % XEN_ARGO_MSG_SLOT_SIZE || reg->pad ||
	    npages != DIV_ROUND_UP(reg->len + ARGO_RING_HDR, XEN_PAGE_SIZE))
		return -EINVAL;

	r = fake_make_ring(reg, gfns, npages);
	if (!r)
		return -ENOMEM;

	spin_lock_irq(&d->xen->lock);
	err = fake_insert_ring(d, r, flags, &dead);
	if (err)
		list_add(&r->node, &dead);
	after = d->after_register;
	d->after_register = NULL;
	spin_unlock_irq(&d->xen->lock);
	argo_fake_free_rings(&dead);
	if (after)
		after(d->after_register_data);
	return err;
}

static int fake_unregister(struct xen_argo *argo, struct xen_argo_unregister_ring *unreg)
{
	struct fake_domain *d = fake_of(argo);
	struct fake_ring *r;
	LIST_HEAD(dead);
	int err;

	spin_lock_irq(&d->xen->lock);
	err = fake_enter(d, ARGO_FAKE_UNREGISTER);
	if (err)
		goto out;
	if (unreg->pad) {
		err = -EINVAL;
		goto out;
	}
	if (!d->enabled) {
		err = -ENODEV;
		goto out;
	}
	r = argo_fake_find_ring(d, unreg->aport, unreg->partner_id);
	if (!r) {
		err = -ENOENT;
		goto out;
	}
	argo_fake_unlink_ring(r, &dead);
	d->ring_count--;
out:
	spin_unlock_irq(&d->xen->lock);
	argo_fake_free_rings(&dead);
	return err;
}

/*
 * Messages
 */

static u32 fake_sane_rx(const struct fake_ring *r)
{
	u32 rx = ALIGN(READ_ONCE(r->mem->rx_ptr), XEN_ARGO_MSG_SLOT_SIZE);

	return rx >= r->len ? 0 : rx;
}

/* Bytes from tx_ptr to rx_ptr; all of the ring if it is empty */
static u32 fake_free(const struct fake_ring *r)
{
	u32 rx = fake_sane_rx(r);

	return rx > r->tx_ptr ? rx - r->tx_ptr : rx + r->len - r->tx_ptr;
}

static u32 fake_payload_space(const struct fake_ring *r)
{
	u32 space = fake_free(r);
	u32 least = ARGO_MSG_HDR + XEN_ARGO_MSG_SLOT_SIZE;

	return space < least ? 0 : space - least;
}

static int fake_queue_pending(struct fake_ring *r, domid_t domid, u32 len)
{
	struct fake_pending *p;

	list_for_each_entry(p, &r->pending, node) {
		if (p->domid == domid) {
			p->len = max(p->len, len);
			return 0;
		}
	}
	if (r->npending >= FAKE_MAX_PENDING)
		return -EBUSY;
	p = kmalloc(sizeof(*p), GFP_ATOMIC);
	if (!p)
		return -ENOMEM;
	p->domid = domid;
	p->len = len;
	list_add(&p->node, &r->pending);
	r->npending++;
	return 0;
}

static void fake_cancel_pending(struct fake_ring *r, domid_t domid)
{
	struct fake_pending *p, *tmp;

	list_for_each_entry_safe(p, tmp, &r->pending, node) {
		if (p->domid == domid) {
			list_del(&p->node);
			kfree(p);
			r->npending--;
		}
	}
}

void argo_fake_put_bytes(struct fake_ring *r, u32 *pos, const void *src, u32 len)
{
	u32 n;

	for (; len; len -= n, src += n) {
		n = min(len, r->len - *pos);
		memcpy(r->mem->ring + *pos, src, n);
		*pos += n;
		if (*pos == r->len)
			*pos = 0;
	}
}

/* A guest handle is a pointer on x86 and a union on Arm */
static const void *fake_iov_base(const struct xen_argo_iov *iov)
{
#ifdef CONFIG_X86
	return iov->iov_hnd;
#else
	return iov->iov_hnd.p;
#endif
}

static int fake_insert_message(struct fake_ring *r, domid_t domid, u32 port,
			       const struct xen_argo_iov *iov, u32 niov, u32 type, u32 len)
{
	struct xen_argo_ring_message_header hdr = {
		.len = len + ARGO_MSG_HDR,
		.source = { .aport = port, .domain_id = domid },
		.message_type = type,
	};
	u32 need = ARGO_MSG_HDR + ALIGN(len, XEN_ARGO_MSG_SLOT_SIZE);
	u32 pos = r->tx_ptr;
	u32 i;

	if (r->len <= need)
		return -EMSGSIZE;
	if (need >= fake_free(r))
		return -EAGAIN;

	argo_fake_put_bytes(r, &pos, &hdr, sizeof(hdr));
	for (i = 0; i < niov; i++)
		argo_fake_put_bytes(r, &pos, fake_iov_base(&iov[i]), iov[i].iov_len);
	pos = ALIGN(pos, XEN_ARGO_MSG_SLOT_SIZE);
	if (pos >= r->len)
		pos -= r->len;
	r->tx_ptr = pos;
	virt_store_release(&r->mem->tx_ptr, pos);	/* behind the message */
	return 0;
}

static int fake_count_iov(const struct xen_argo_iov *iov, u32 niov, u32 *len)
{
	u32 i, sum = 0;

	if (niov > XEN_ARGO_MAXIOV)
		return -EINVAL;
	for (i = 0; i < niov; i++) {
		if (iov[i].pad || iov[i].iov_len > FAKE_MAX_MESSAGE)
			return -EINVAL;
		sum += iov[i].iov_len;
		if (sum > FAKE_MAX_MESSAGE)
			return -EMSGSIZE;
	}
	*len = sum;
	return 0;
}

static int fake_send(struct fake_domain *src, struct xen_argo_send_addr *addr,
		     struct xen_argo_iov *iov, u32 niov, u32 type)
{
	struct argo_fake *xen = src->xen;
	struct fake_domain *dst;
	struct fake_ring *r;
	u32 len = 0;
	int err, rc;

	lockdep_assert_held(&xen->lock);

	if (niov > XEN_ARGO_MAXIOV || addr->src.pad || addr->dst.pad)
		return -EINVAL;
	if (addr->src.domain_id != XEN_ARGO_DOMID_ANY && addr->src.domain_id != src->domid)
		return -EPERM;
	dst = fake_find_domain(xen, addr->dst.domain_id);
	if (!dst)
		return -ESRCH;
	err = fake_xsm(xen, src->domid, dst->domid);
	if (err)
		return err;
	if (!src->enabled)
		return -ENODEV;
	if (!dst->enabled)
		return -ECONNREFUSED;
	r = fake_match_ring(dst, addr->dst.aport, src->domid);
	if (!r)
		return -ECONNREFUSED;
	err = fake_count_iov(iov, niov, &len);
	if (err)
		return err;
	err = fake_insert_message(r, src->domid, addr->src.aport, iov, niov, type, len);
	if (err == -EAGAIN) {
		rc = fake_queue_pending(r, src->domid, len);
		if (rc)
			err = rc;
	}
	if (err)
		return err;
	argo_fake_signal(dst);
	return len;
}

static int fake_sendv(struct xen_argo *argo, struct xen_argo_send_addr *addr,
		      struct xen_argo_iov *iov, u32 niov, u32 type)
{
	struct fake_domain *d = fake_of(argo);
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&d->xen->lock, flags);
	ret = fake_enter(d, ARGO_FAKE_SENDV);
	if (!ret)
		ret = fake_send(d, addr, iov, niov, type);
	spin_unlock_irqrestore(&d->xen->lock, flags);
	return ret;
}

/* Release those who wait for room in rings of @d that has come */
static void fake_release_waiters(struct fake_domain *d)
{
	struct fake_pending *p, *tmp;
	struct fake_domain *waiter;
	struct fake_ring *r;
	u32 space;

	list_for_each_entry(r, &d->rings, node) {
		space = fake_payload_space(r);
		if (!space)
			continue;
		list_for_each_entry_safe(p, tmp, &r->pending, node) {
			if (p->len > space)
				continue;
			waiter = fake_find_domain(d->xen, p->domid);
			if (waiter)
				argo_fake_signal(waiter);
			list_del(&p->node);
			kfree(p);
			r->npending--;
		}
	}
}

static int fake_answer(struct fake_domain *d, struct xen_argo_ring_data_ent *ent)
{
	struct fake_domain *dst = fake_find_domain(d->xen, ent->ring.domain_id);
	u32 space, max = ent->max_message_size;
	struct fake_ring *r;
	u16 flags = 0;
	int err;

	if (!dst || !dst->enabled)
		goto out;
	err = fake_xsm(d->xen, d->domid, dst->domid);
	if (err)
		return err;
	r = fake_match_ring(dst, ent->ring.aport, d->domid);
	if (!r)
		goto out;

	flags |= XEN_ARGO_RING_EXISTS;
	max = r->len - ARGO_MSG_HDR - XEN_ARGO_MSG_SLOT_SIZE;
	space = fake_payload_space(r);
	if (r->partner == XEN_ARGO_DOMID_ANY)
		flags |= XEN_ARGO_RING_SHARED;
	if (ent->space_required > max) {
		flags |= XEN_ARGO_RING_EMSGSIZE;
	} else if (space >= ent->space_required) {
		fake_cancel_pending(r, d->domid);
		flags |= XEN_ARGO_RING_SUFFICIENT;
	} else {
		err = fake_queue_pending(r, d->domid, ent->space_required);
		if (err == -EBUSY)
			flags |= XEN_ARGO_RING_EBUSY;
		else if (err)
			return err;
	}
	if (space == max)
		flags |= XEN_ARGO_RING_EMPTY;
out:
	ent->flags = flags;
	ent->max_message_size = max;
	return 0;
}

static int fake_notify(struct xen_argo *argo, struct xen_argo_ring_data *data)
{
	struct fake_domain *d = fake_of(argo);
	unsigned long flags;
	int err;
	u32 i;

	spin_lock_irqsave(&d->xen->lock, flags);
	err = fake_enter(d, ARGO_FAKE_NOTIFY);
	if (err)
		goto out;
	if (!d->enabled) {
		err = -ENODEV;
		goto out;
	}
	fake_release_waiters(d);
	if (!data)
		goto out;
	if (data->nent > ARGO_MAX_NOTIFY) {
		err = -EACCES;
		goto out;
	}
	/* The first error ends it, and its entry is not written back */
	for (i = 0; i < data->nent && !err; i++)
		err = fake_answer(d, &data->data[i]);
out:
	spin_unlock_irqrestore(&d->xen->lock, flags);
	return err;
}

const struct argo_hypervisor_ops argo_fake_ops = {
	.register_ring = fake_register,
	.unregister_ring = fake_unregister,
	.sendv = fake_sendv,
	.notify = fake_notify,
	.virq_mask = fake_virq_mask,
	.virq_unmask = fake_virq_unmask,
};
