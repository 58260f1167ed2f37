/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Argo for kernel users: rings to receive from, sendv to send with.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Xen copies each message from the sender's memory into a ring that the
 * receiver has registered; nothing is shared between the two domains. This
 * header is the whole interface; the hypercall's layout is in
 * xen/interface/argo.h and nobody but drivers/xen/argo includes it.
 */
#ifndef _XEN_ARGO_H
#define _XEN_ARGO_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/uio.h>
#include <xen/interface/xen.h>

struct xen_argo;	/* this domain's access to Argo; one per kernel, more in tests */
struct argo_ring;

#define ARGO_MAX_IOVS		8

struct argo_addr {
	u32 port;
	domid_t domid;
};

/**
 * enum argo_ring_event - what happens to a ring besides messages
 * @ARGO_RING_SUSPENDED: the ring was unregistered and emptied, because the
 *	domain is about to be suspended or migrated
 * @ARGO_RING_RESUMED: it is registered again, empty; the partner may be new
 * @ARGO_RING_LOST: it could not be registered again; only destroy is left
 */
enum argo_ring_event {
	ARGO_RING_SUSPENDED,
	ARGO_RING_RESUMED,
	ARGO_RING_LOST,
};

/**
 * struct argo_ring_ops - a ring owner's callbacks
 * @rx: there are messages. Interrupts are off, hard irq context mostly: schedule,
 *	do not work. It may be called without a message being there, also before
 *	argo_ring_create() has returned; a call after the last message came is
 *	all that is sure.
 * @event: process context, may sleep, must not create or destroy rings. An owner
 *	that consumes in any other context than its callbacks needs it: after
 *	ARGO_RING_SUSPENDED it must have let go of the ring's messages.
 */
struct argo_ring_ops {
	void (*rx)(struct argo_ring *ring, void *priv);
	void (*event)(struct argo_ring *ring, void *priv, enum argo_ring_event event);
};

/**
 * struct argo_ring_config - what argo_ring_create() is to make
 * @port: port number, not 0
 * @partner: the only domain that may send here (XEN_ARGO_DOMID_ANY: any)
 * @len: wanted bytes of ring data; rounded up to N * 4096 - 64
 * @max_msg: largest payload that senders will send here, 0 if that is not known.
 *	Only a hint: with it argo_ring_done() spares Xen's help when no sender can
 *	be blocked
 * @ops: callbacks
 * @priv: handed to them
 * @user: counts against the share of rings that user space may have, and stays
 *	unregistered after suspend: ARGO_RING_SUSPENDED is its last event
 */
struct argo_ring_config {
	u32 port;
	domid_t partner;
	u32 len;
	u32 max_msg;
	const struct argo_ring_ops *ops;
	void *priv;
	bool user;
};

/**
 * struct argo_msg - one message in place in a ring, from argo_ring_peek()
 * @source: who sent it; the domid is Xen's word, the port the sender's
 * @type: message_type, the sender's word
 * @len: payload bytes, already checked against what the ring holds
 * @start: private: ring offset of the payload
 * @next: private: ring offset behind the message
 */
struct argo_msg {
	struct argo_addr source;
	u32 type;
	u32 len;
	u32 start;
	u32 next;
};

/**
 * struct argo_space_waiter - a sender that waits for room at a destination
 * @dst: destination
 * @len: payload bytes that want to fit
 * @fn: called once, process context, no locks held: 0 there is room;
 *	-ECONNREFUSED no such ring or domain (any more); -EMSGSIZE it never
 *	fits; -EPERM, -EACCES policy; -ENODEV Argo has gone away or is suspended.
 *	It may arm the waiter again, or free it.
 */
struct argo_space_waiter {
	struct argo_addr dst;
	u32 len;
	void (*fn)(struct argo_space_waiter *waiter, int status);
	/* private: */
	struct list_head node;
	u32 run;
	int status;
};

/**
 * xen_argo_get() - this kernel's access to Argo
 *
 * Valid as long as the xen-argo module is loaded, which a caller's use of its
 * symbols ensures.
 *
 * Return: it, or ERR_PTR(-ENODEV)
 */
struct xen_argo *xen_argo_get(void);

/**
 * argo_ring_create() - allocate a ring and register it with Xen
 * @argo: from xen_argo_get()
 * @config: copied
 *
 * Context: process, may sleep.
 *
 * Return: the ring or ERR_PTR: -EINVAL (config), -EEXIST (port and partner in
 * use in this domain), -ESRCH or -ECONNREFUSED (partner missing or without
 * Argo), -ENOSPC (128 rings in this domain, or user space's share is used up),
 * -EPERM, -EACCES (policy), -EAGAIN (the domain is being migrated), -ENOMEM
 */
struct argo_ring *argo_ring_create(struct xen_argo *argo,
				   const struct argo_ring_config *config);

/**
 * argo_ring_destroy() - unregister and free
 * @ring: may be NULL
 *
 * When it returns, no callback runs or will run, and Xen no longer writes.
 *
 * Context: process, may sleep; not from the ring's callbacks.
 */
void argo_ring_destroy(struct argo_ring *ring);

/**
 * argo_ring_len() - the ring's length
 * @ring: the ring
 *
 * Return: bytes of data, N * 4096 - 64
 */
u32 argo_ring_len(const struct argo_ring *ring);

/**
 * argo_ring_peek() - look at the oldest message
 * @ring: the ring
 * @msg: filled in if there is one
 *
 * Single consumer: peek, span, copy, consume and done of one ring must not run
 * concurrently. The payload stays in place until argo_ring_consume(), and Xen
 * does not write there before.
 *
 * Context: any.
 *
 * Return: 1 a message, 0 none, -EPROTO if the ring's content makes no sense
 * (never seen from a correct Xen: destroy the ring); -ENODEV while suspended
 */
int argo_ring_peek(struct argo_ring *ring, struct argo_msg *msg);

/**
 * argo_msg_span() - contiguous bytes of a payload
 * @ring: the ring
 * @msg: from argo_ring_peek()
 * @offset: byte of the payload, below @msg->len
 * @len: in: bytes wanted; out: bytes at the returned address, at least 1,
 *	never beyond the payload's end (a payload wraps at most once)
 *
 * Return: their address
 */
const void *argo_msg_span(const struct argo_ring *ring, const struct argo_msg *msg,
			  u32 offset, u32 *len);

/**
 * argo_msg_copy() - copy bytes out of a payload
 * @ring: the ring
 * @msg: from argo_ring_peek()
 * @offset: first byte
 * @dst: where to
 * @len: how many
 *
 * Return: 0, or -EMSGSIZE if they are not all inside the payload (then
 * nothing is copied)
 */
int argo_msg_copy(const struct argo_ring *ring, const struct argo_msg *msg,
		  u32 offset, void *dst, u32 len);

/**
 * argo_ring_consume() - give the oldest message's place back
 * @ring: the ring
 * @msg: it, from argo_ring_peek()
 */
void argo_ring_consume(struct argo_ring *ring, const struct argo_msg *msg);

/**
 * argo_ring_done() - end a pass over the ring
 * @ring: the ring
 *
 * Call after the last consume of a pass. Xen does not watch a ring's read
 * pointer: if senders may be blocked, this lets it look.
 *
 * Context: any.
 */
void argo_ring_done(struct argo_ring *ring);

/**
 * argo_sendv() - send one message
 * @argo: from xen_argo_get()
 * @src_port: port of one of this domain's rings, for the receiver's information
 * @dst: where to
 * @type: message_type
 * @iov: kernel addresses (linear map or vmalloc); empty parts are skipped
 * @niov: at most ARGO_MAX_IOVS
 *
 * Context: any, irqs off included; never sleeps or spins.
 *
 * Return: bytes sent (all, or nothing was); -EAGAIN no room; -ECONNREFUSED,
 * -ESRCH nobody there; -EMSGSIZE larger than the ring can ever take; -EINVAL;
 * -EPERM, -EACCES policy; -EBUSY, -ENOMEM no room either, and Xen cannot even
 * note that we wait: treat as -EAGAIN; -ENODEV while suspended
 */
int argo_sendv(struct xen_argo *argo, u32 src_port, const struct argo_addr *dst,
	       u32 type, const struct kvec *iov, unsigned int niov);

/**
 * argo_space_wait() - be called when a message would fit at a destination
 * @argo: from xen_argo_get()
 * @waiter: @dst, @len and @fn filled in; owned by the core until @fn is called
 *	or argo_space_cancel() returns
 *
 * Xen keeps one pending notification per (ring, domain) and any answer cancels
 * it, so the core is the only one to ask, for the largest of its waiters.
 *
 * Context: any.
 */
void argo_space_wait(struct xen_argo *argo, struct argo_space_waiter *waiter);

/**
 * argo_space_cancel() - stop waiting
 * @argo: from xen_argo_get()
 * @waiter: armed or not, but initialised (zeroed before its first use)
 *
 * Context: process, may sleep. When it returns, @fn does not run and will not.
 */
void argo_space_cancel(struct xen_argo *argo, struct argo_space_waiter *waiter);

#endif /* _XEN_ARGO_H */
