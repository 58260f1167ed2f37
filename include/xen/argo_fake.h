/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fake Xen for tests: several domains inside one kernel, each with an
 * instance of the Argo core (struct xen_argo) of its own.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * It answers register, unregister, sendv and notify as xen/common/argo.c does,
 * its errors, limits and leaks included, and it delivers VIRQs from hard irq
 * context, merged like an event channel's. The code under test cannot tell it
 * from Xen. The running kernel's own instance is not touched.
 *
 *	struct argo_fake *xen = argo_fake_create();
 *	struct xen_argo *front = argo_fake_add_domain(xen, 1);
 *	struct xen_argo *back = argo_fake_add_domain(xen, 0);
 *
 *	argo_ring_create(front, ...); argo_sendv(back, ...); ...
 *	argo_fake_destroy(xen);		rings and waiters must be gone
 */
#ifndef _XEN_ARGO_FAKE_H
#define _XEN_ARGO_FAKE_H

#include <xen/argo.h>

struct argo_fake;

enum argo_fake_op {
	ARGO_FAKE_REGISTER,
	ARGO_FAKE_UNREGISTER,
	ARGO_FAKE_SENDV,
	ARGO_FAKE_NOTIFY,	/* with or without entries */
	ARGO_FAKE_NR_OPS
};

/* Making. All in process context. NULL or ERR_PTR without memory. */
struct argo_fake *argo_fake_create(void);
void argo_fake_destroy(struct argo_fake *xen);

/*
 * A new domain and its instance, owned by @xen. The domid of a domain that was
 * killed can be used again: that is a rebooted domain.
 */
struct xen_argo *argo_fake_add_domain(struct argo_fake *xen, domid_t domid);

/* Life and death */

/*
 * The domain is destroyed: its rings are gone and so are, silently, all rings
 * of other domains with it as their partner. Senders to it get -ESRCH, its own
 * hypercalls -ENODEV.
 */
void argo_fake_kill_domain(struct xen_argo *argo);

/* The domain stays but has no Argo (any more): -ECONNREFUSED and -ENODEV */
void argo_fake_disable_domain(struct xen_argo *argo);

/* Xen forgets the domain's rings, as it does across restore and migration */
void argo_fake_forget_rings(struct xen_argo *argo);

/* What the live instance does at suspend, shutdown, kexec and resume */
void argo_fake_suspend(struct xen_argo *argo);
void argo_fake_resume(struct xen_argo *argo);

/* Policy */

/* Wildcard rings, off at first: -EPERM */
void argo_fake_set_permissive(struct argo_fake *xen, bool permissive);

/* XSM: @from may not send to @to, nor @to register a ring for @from; 0 allows */
void argo_fake_deny(struct argo_fake *xen, domid_t from, domid_t to, int err);

/* Faults */

/*
 * After @skip further calls of @op by this domain, @times calls return @err and
 * do nothing. One such plan for each op; a new one replaces it.
 */
void argo_fake_fail(struct xen_argo *argo, enum argo_fake_op op, int err,
		    unsigned int skip, unsigned int times);

/*
 * Called once, in process context, after the domain's next register and before
 * its caller knows: for what happens in that moment. Must not use the domain's
 * own instance.
 */
void argo_fake_after_register(struct xen_argo *argo, void (*fn)(void *data), void *data);

/* Write into a ring as a broken Xen would. @tx_ptr: what memory and Xen say. */
int argo_fake_poke(struct xen_argo *argo, u32 port, domid_t partner, u32 offset,
		   const void *bytes, u32 len);
int argo_fake_set_tx_ptr(struct xen_argo *argo, u32 port, domid_t partner, u32 tx_ptr);

/* Observing */

/* Calls of @op by this domain so far, injected failures included */
unsigned int argo_fake_calls(struct xen_argo *argo, enum argo_fake_op op);

/* What Xen counts against the domain's 128 rings, leaks included */
unsigned int argo_fake_ring_count(struct xen_argo *argo);

/* Length that @waiter waits for at a ring of @argo, or -ENOENT */
int argo_fake_pending(struct xen_argo *argo, u32 port, domid_t partner, domid_t waiter);

/* VIRQs */

/* While held, VIRQs only become pending; released, they are delivered (merged) */
void argo_fake_hold_virqs(struct xen_argo *argo, bool hold);

/* Raise one without reason, as a hostile domain can have it done. Any context. */
void argo_fake_raise_virq(struct xen_argo *argo);

/*
 * Wait until all VIRQs that are pending now have been delivered and the core's
 * work that they started has ended. Process context.
 */
void argo_fake_sync(struct argo_fake *xen);

#endif /* _XEN_ARGO_FAKE_H */
