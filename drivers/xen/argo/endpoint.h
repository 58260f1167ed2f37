/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An endpoint: what a file descriptor of /dev/xen/argo stands for.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * No files in here, so that tests can drive it with kernel buffers.
 */
#ifndef _DRIVERS_XEN_ARGO_ENDPOINT_H
#define _DRIVERS_XEN_ARGO_ENDPOINT_H

#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <uapi/xen/argo.h>
#include <xen/argo.h>

#define ARGO_MAX_MSG_DEFAULT	SZ_128K
#define ARGO_MAX_MSG_LIMIT	SZ_1M

/*
 * Locks: setup, then those of the core; setup, rx_lock, tx_lock, lock.
 */
struct argo_endpoint {
	struct xen_argo *argo;
	wait_queue_head_t wait;		/* readable, writable or dead */

	struct mutex setup;		/* bind, connect, restrict */
	struct argo_ring *ring;		/* released after the rest of bind; until it is dead */
	u32 port;
	domid_t partner;
	u32 max_msg;
	void *bounce;			/* max_msg bytes */

	spinlock_t lock;		/* the next block */
	struct argo_addr peer;		/* port 0: not connected */
	bool restricted;
	domid_t restrict_domid;

	struct mutex rx_lock;		/* the ring's consumer */
	bool rx_ready;			/* there may be messages */
	unsigned long filtered;		/* messages not from the peer, dropped */

	struct mutex tx_lock;		/* bounce, waiter */
	struct argo_space_waiter waiter;
	bool blocked;			/* waiter is armed: not writable */

	bool hup;			/* the peer is not there */
	bool dead;			/* the ring is not there any more */
};

struct argo_endpoint *argo_endpoint_create(struct xen_argo *argo);
void argo_endpoint_destroy(struct argo_endpoint *ep);

int argo_endpoint_bind(struct argo_endpoint *ep, struct xen_argo_bind *bind,
		       bool may_any);
int argo_endpoint_connect(struct argo_endpoint *ep, const struct xen_argo_addr *addr);
int argo_endpoint_restrict(struct argo_endpoint *ep, const struct xen_argo_restrict *arg);
ssize_t argo_endpoint_send(struct argo_endpoint *ep, const struct xen_argo_addr *dst,
			   u32 type, struct iov_iter *from, bool nonblock);
ssize_t argo_endpoint_read(struct argo_endpoint *ep, struct iov_iter *to, bool nonblock);
__poll_t argo_endpoint_events(struct argo_endpoint *ep);

#endif /* _DRIVERS_XEN_ARGO_ENDPOINT_H */
