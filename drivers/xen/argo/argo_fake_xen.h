/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fake Xen knows of domains and rings, for what a guest can see of it
 * (argo_fake_xen.c) and for what a test can do to it (argo_fake.c).
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef _DRIVERS_XEN_ARGO_FAKE_XEN_H
#define _DRIVERS_XEN_ARGO_FAKE_XEN_H

#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <xen/argo_fake.h>

#include "argo.h"

struct fake_pending {
	struct list_head node;		/* fake_ring.pending */
	domid_t domid;
	u32 len;
};

struct fake_ring {
	struct list_head node;		/* fake_domain.rings */
	u32 port;
	domid_t partner;
	u32 len;
	u32 tx_ptr;			/* Xen's own */
	struct xen_argo_ring *mem;	/* Xen's mapping of the domain's pages */
	struct list_head pending;
	unsigned int npending;
};

struct fake_plan {
	unsigned int skip;
	unsigned int times;
	int err;
};

struct fake_denial {
	struct list_head node;		/* argo_fake.denials */
	domid_t from;
	domid_t to;
	int err;
};

struct fake_domain {
	struct list_head node;		/* argo_fake.domains */
	struct argo_fake *xen;
	struct xen_argo *argo;
	domid_t domid;
	bool alive;			/* can be found by its domid */
	bool enabled;			/* has Argo */
	struct list_head rings;
	unsigned int ring_count;
	unsigned int calls[ARGO_FAKE_NR_OPS];
	struct fake_plan plans[ARGO_FAKE_NR_OPS];
	void (*after_register)(void *data);
	void *after_register_data;
	struct irq_work virq;
	bool virq_pending;
	bool virq_masked;		/* by the core */
	bool virq_held;			/* by the test */
};

struct argo_fake {
	spinlock_t lock;		/* all below, and all of the domains */
	struct list_head domains;
	struct list_head denials;
	bool permissive;
};

static inline struct fake_domain *fake_of(struct xen_argo *argo)
{
	return argo->priv;
}

/* Hypercalls, and masking of the VIRQ, as an instance of the core takes them */
extern const struct argo_hypervisor_ops argo_fake_ops;

/* The domain's VIRQ: raise it, with the lock held; what then comes, in hard irq */
void argo_fake_signal(struct fake_domain *d);
void argo_fake_virq(struct irq_work *work);

/* With the lock held */
struct fake_ring *argo_fake_find_ring(struct fake_domain *d, u32 port, domid_t partner);

/* Copy to *pos of the ring and move it on. With the lock held. */
void argo_fake_put_bytes(struct fake_ring *r, u32 *pos, const void *src, u32 len);

/* Take a ring out, with the lock held; then free it without, since vunmap may sleep */
void argo_fake_unlink_ring(struct fake_ring *r, struct list_head *dead);
void argo_fake_free_rings(struct list_head *dead);

#endif /* _DRIVERS_XEN_ARGO_FAKE_XEN_H */
