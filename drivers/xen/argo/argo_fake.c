// SPDX-License-Identifier: GPL-2.0
/*
 * A fake Xen for tests: making it, and what tests can do to the world; see
 * include/xen/argo_fake.h.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "argo_fake_xen.h"

static void fake_remove_rings(struct fake_domain *d, struct list_head *dead)
{
	struct fake_ring *r, *tmp;

	list_for_each_entry_safe(r, tmp, &d->rings, node)
		argo_fake_unlink_ring(r, dead);
	d->ring_count = 0;
}

/* Rings for which the dying domain is the partner; their owners hear nothing */
static void fake_remove_partner_rings(struct fake_domain *dying, struct list_head *dead)
{
	struct fake_ring *r, *tmp;
	struct fake_domain *d;

	list_for_each_entry(d, &dying->xen->domains, node) {
		list_for_each_entry_safe(r, tmp, &d->rings, node) {
			if (r->partner != dying->domid)
				continue;
			argo_fake_unlink_ring(r, dead);
			d->ring_count--;
		}
	}
}

static void fake_end_domain(struct xen_argo *argo, bool alive)
{
	struct fake_domain *d = fake_of(argo);
	LIST_HEAD(dead);

	spin_lock_irq(&d->xen->lock);
	if (d->enabled) {
		fake_remove_rings(d, &dead);
		fake_remove_partner_rings(d, &dead);
	}
	d->enabled = false;
	d->alive = alive;
	spin_unlock_irq(&d->xen->lock);
	argo_fake_free_rings(&dead);
}

void argo_fake_kill_domain(struct xen_argo *argo)
{
	fake_end_domain(argo, false);
}
EXPORT_SYMBOL_GPL(argo_fake_kill_domain);

void argo_fake_disable_domain(struct xen_argo *argo)
{
	fake_end_domain(argo, true);
}
EXPORT_SYMBOL_GPL(argo_fake_disable_domain);

void argo_fake_forget_rings(struct xen_argo *argo)
{
	struct fake_domain *d = fake_of(argo);
	LIST_HEAD(dead);

	spin_lock_irq(&d->xen->lock);
	fake_remove_rings(d, &dead);
	spin_unlock_irq(&d->xen->lock);
	argo_fake_free_rings(&dead);
}
EXPORT_SYMBOL_GPL(argo_fake_forget_rings);

void argo_fake_suspend(struct xen_argo *argo)
{
	argo_instance_suspend(argo);
}
EXPORT_SYMBOL_GPL(argo_fake_suspend);

void argo_fake_resume(struct xen_argo *argo)
{
	argo_instance_resume(argo);
}
EXPORT_SYMBOL_GPL(argo_fake_resume);

void argo_fake_set_permissive(struct argo_fake *xen, bool permissive)
{
	spin_lock_irq(&xen->lock);
	xen->permissive = permissive;
	spin_unlock_irq(&xen->lock);
}
EXPORT_SYMBOL_GPL(argo_fake_set_permissive);

void argo_fake_deny(struct argo_fake *xen, domid_t from, domid_t to, int err)
{
	struct fake_denial *new = kzalloc(sizeof(*new), GFP_KERNEL);

	if (WARN_ON(!new))
		return;
	new->from = from;
	new->to = to;
	new->err = err;
	spin_lock_irq(&xen->lock);
	list_add(&new->node, &xen->denials);	/* the newest counts */
	spin_unlock_irq(&xen->lock);
}
EXPORT_SYMBOL_GPL(argo_fake_deny);

void argo_fake_fail(struct xen_argo *argo, enum argo_fake_op op, int err,
		    unsigned int skip, unsigned int times)
{
	struct fake_domain *d = fake_of(argo);

	spin_lock_irq(&d->xen->lock);
	d->plans[op] = (struct fake_plan){ .skip = skip, .times = times, .err = err };
	spin_unlock_irq(&d->xen->lock);
}
EXPORT_SYMBOL_GPL(argo_fake_fail);

void argo_fake_after_register(struct xen_argo *argo, void (*fn)(void *data), void *data)
{
	struct fake_domain *d = fake_of(argo);

	spin_lock_irq(&d->xen->lock);
	d->after_register = fn;
	d->after_register_data = data;
	spin_unlock_irq(&d->xen->lock);
}
EXPORT_SYMBOL_GPL(argo_fake_after_register);

int argo_fake_poke(struct xen_argo *argo, u32 port, domid_t partner, u32 offset,
		   const void *bytes, u32 len)
{
	struct fake_domain *d = fake_of(argo);
	struct fake_ring *r;
	int err = -ENOENT;

	spin_lock_irq(&d->xen->lock);
	r = argo_fake_find_ring(d, port, partner);
	if (r && offset < r->len && len <= r->len) {
		argo_fake_put_bytes(r, &offset, bytes, len);
		err = 0;
	}
	spin_unlock_irq(&d->xen->lock);
	return err;
}
EXPORT_SYMBOL_GPL(argo_fake_poke);

int argo_fake_set_tx_ptr(struct xen_argo *argo, u32 port, domid_t partner, u32 tx_ptr)
{
	struct fake_domain *d = fake_of(argo);
	struct fake_ring *r;

	spin_lock_irq(&d->xen->lock);
	r = argo_fake_find_ring(d, port, partner);
	if (r) {
		r->tx_ptr = tx_ptr;
		WRITE_ONCE(r->mem->tx_ptr, tx_ptr);
	}
	spin_unlock_irq(&d->xen->lock);
	return r ? 0 : -ENOENT;
}
EXPORT_SYMBOL_GPL(argo_fake_set_tx_ptr);

unsigned int argo_fake_calls(struct xen_argo *argo, enum argo_fake_op op)
{
	return READ_ONCE(fake_of(argo)->calls[op]);
}
EXPORT_SYMBOL_GPL(argo_fake_calls);

unsigned int argo_fake_ring_count(struct xen_argo *argo)
{
	return READ_ONCE(fake_of(argo)->ring_count);
}
EXPORT_SYMBOL_GPL(argo_fake_ring_count);

int argo_fake_pending(struct xen_argo *argo, u32 port, domid_t partner, domid_t waiter)
{
	struct fake_domain *d = fake_of(argo);
	struct fake_pending *p;
	struct fake_ring *r;
	int ret = -ENOENT;

	spin_lock_irq(&d->xen->lock);
	r = argo_fake_find_ring(d, port, partner);
	if (r)
		list_for_each_entry(p, &r->pending, node)
			if (p->domid == waiter)
				ret = p->len;
	spin_unlock_irq(&d->xen->lock);
	return ret;
}
EXPORT_SYMBOL_GPL(argo_fake_pending);

void argo_fake_hold_virqs(struct xen_argo *argo, bool hold)
{
	struct fake_domain *d = fake_of(argo);

	spin_lock_irq(&d->xen->lock);
	d->virq_held = hold;
	if (d->virq_pending)
		argo_fake_signal(d);
	spin_unlock_irq(&d->xen->lock);
}
EXPORT_SYMBOL_GPL(argo_fake_hold_virqs);

void argo_fake_raise_virq(struct xen_argo *argo)
{
	struct fake_domain *d = fake_of(argo);
	unsigned long flags;

	spin_lock_irqsave(&d->xen->lock, flags);
	argo_fake_signal(d);
	spin_unlock_irqrestore(&d->xen->lock, flags);
}
EXPORT_SYMBOL_GPL(argo_fake_raise_virq);

/* Domains are added by the test's own thread and freed at the end: no lock */
void argo_fake_sync(struct argo_fake *xen)
{
	struct fake_domain *d;

	list_for_each_entry(d, &xen->domains, node)
		irq_work_sync(&d->virq);
	list_for_each_entry(d, &xen->domains, node)
		flush_workqueue(d->argo->space_wq);
	list_for_each_entry(d, &xen->domains, node)
		irq_work_sync(&d->virq);
}
EXPORT_SYMBOL_GPL(argo_fake_sync);

struct argo_fake *argo_fake_create(void)
{
	struct argo_fake *xen = kzalloc(sizeof(*xen), GFP_KERNEL);

	if (!xen)
		return NULL;
	spin_lock_init(&xen->lock);
	INIT_LIST_HEAD(&xen->domains);
	INIT_LIST_HEAD(&xen->denials);
	return xen;
}
EXPORT_SYMBOL_GPL(argo_fake_create);

struct xen_argo *argo_fake_add_domain(struct argo_fake *xen, domid_t domid)
{
	struct fake_domain *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return ERR_PTR(-ENOMEM);
	d->xen = xen;
	d->domid = domid;
	d->alive = true;
	d->enabled = true;
	INIT_LIST_HEAD(&d->rings);
	init_irq_work(&d->virq, argo_fake_virq);
	d->argo = argo_instance_create(NULL, &argo_fake_ops, d);
	if (IS_ERR(d->argo)) {
		struct xen_argo *err = d->argo;

		kfree(d);
		return err;
	}
	spin_lock_irq(&xen->lock);
	list_add_tail(&d->node, &xen->domains);
	spin_unlock_irq(&xen->lock);
	return d->argo;
}
EXPORT_SYMBOL_GPL(argo_fake_add_domain);

void argo_fake_destroy(struct argo_fake *xen)
{
	struct fake_denial *denial, *next_denial;
	struct fake_domain *d, *next;
	LIST_HEAD(dead);

	if (!xen)
		return;
	argo_fake_sync(xen);
	list_for_each_entry_safe(d, next, &xen->domains, node) {
		spin_lock_irq(&xen->lock);
		d->virq_held = true;
		spin_unlock_irq(&xen->lock);
		irq_work_sync(&d->virq);
		argo_instance_destroy(d->argo);
		fake_remove_rings(d, &dead);
		list_del(&d->node);
		kfree(d);
	}
	argo_fake_free_rings(&dead);
	list_for_each_entry_safe(denial, next_denial, &xen->denials, node)
		kfree(denial);
	kfree(xen);
}
EXPORT_SYMBOL_GPL(argo_fake_destroy);

MODULE_DESCRIPTION("Fake Xen for the tests of Argo's users");
MODULE_LICENSE("GPL");
