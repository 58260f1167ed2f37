// SPDX-License-Identifier: GPL-2.0
/*
 * Endpoints of /dev/xen/argo.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Theory of operation.
 *
 * Readable: the ring's rx callback sets rx_ready and wakes. Only a reader that
 * found the ring empty clears it, and then looks once more, so a message that
 * came in between is not overlooked. Messages that are not from the connected
 * peer are dropped and counted on the way, by readers and by poll.
 *
 * Writable: until a non-blocking send found no room. That arms the waiter; the
 * endpoint is writable again when the core calls it. A blocking send waits with
 * a waiter of its own.
 *
 * Sends are copied into a buffer of the kernel's, of the size of the largest
 * message, before Xen copies them into the peer's ring. Xen takes the iovs by
 * virtual address and does not fault pages in: user memory would have to be
 * pinned and mapped for each send, which costs more than copying it for small
 * messages and brings TLB flushes for large ones.
 *
 * hup: the connected peer was not there at the last attempt. A successful send
 * to it or another connect clears that, for a peer can register its ring again.
 * dead: the domain was suspended. The ring is gone and its partner may be
 * another domain now, so who has the endpoint says whether to bind it again, and for
 * whom; what it is restricted to stays. ring, max_msg and bounce are changed then:
 * under rx_lock and tx_lock, whose holders look at them anew.
 */
#include <linux/cred.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "endpoint.h"

#define PORT_TRIES	32
#define FILTER_BUDGET	256	/* messages that one look may drop */

static_assert(ARGO_MAX_IOVS == XEN_ARGO_MAX_IOVS);
/* The same for 32-bit programs: no pointers, no padding */
static_assert(sizeof(struct xen_argo_addr) == 8);
static_assert(sizeof(struct xen_argo_bind) == 20);
static_assert(sizeof(struct xen_argo_msg) == 16);
static_assert(sizeof(struct xen_argo_restrict) == 8);
static_assert(sizeof(struct xen_argo_sendv) == 24);
static_assert(offsetof(struct xen_argo_bind, partner) == 16);
static_assert(offsetof(struct xen_argo_msg, domid) == 12);
static_assert(offsetof(struct xen_argo_sendv, iov) == 16);

static struct argo_ring *argo_endpoint_ring(struct argo_endpoint *ep)
{
	/* With the ring come port, max_msg and bounce; partner: the store in bind */
	return smp_load_acquire(&ep->ring);
}

static bool argo_endpoint_peer(struct argo_endpoint *ep, struct argo_addr *peer)
{
	spin_lock(&ep->lock);
	*peer = ep->peer;
	spin_unlock(&ep->lock);
	return peer->port;
}

static bool argo_endpoint_may_talk_to(struct argo_endpoint *ep, domid_t domid)
{
	bool may;

	spin_lock(&ep->lock);
	may = !ep->restricted || ep->restrict_domid == domid;
	spin_unlock(&ep->lock);
	return may;
}

/* Learn from the outcome of a send or a wait whether the peer is there */
static void argo_endpoint_note(struct argo_endpoint *ep, const struct argo_addr *dst, int ret)
{
	bool hup = ret == -ECONNREFUSED || ret == -ESRCH;

	spin_lock(&ep->lock);
	if ((hup || ret >= 0) && ep->peer.port == dst->port && ep->peer.domid == dst->domid)
		WRITE_ONCE(ep->hup, hup);
	spin_unlock(&ep->lock);
	if (hup)
		wake_up_interruptible_poll(&ep->wait, EPOLLHUP);
}

/*
 * Receiving
 */

static void argo_endpoint_rx(struct argo_ring *ring, void *priv)
{
	struct argo_endpoint *ep = priv;

	WRITE_ONCE(ep->rx_ready, true);
	wake_up_interruptible_poll(&ep->wait, EPOLLIN | EPOLLRDNORM);
}

/*
 * A reader may be at a message at this moment. It is left alone: the memory
 * stays until the ring is destroyed, and a ring of user space is never
 * registered again.
 */
static void argo_endpoint_event(struct argo_ring *ring, void *priv, enum argo_ring_event event)
{
	struct argo_endpoint *ep = priv;

	WRITE_ONCE(ep->dead, true);
	wake_up_interruptible_poll(&ep->wait, EPOLLHUP | EPOLLERR);
}

static const struct argo_ring_ops argo_endpoint_ring_ops = {
	.rx = argo_endpoint_rx,
	.event = argo_endpoint_event,
};

/* 1: @msg is the next message for this endpoint; 0: none; -EAGAIN: look again */
static int argo_endpoint_next(struct argo_endpoint *ep, struct argo_msg *msg)
{
	struct argo_addr peer;
	unsigned int dropped;
	bool connected;
	int ret;

	lockdep_assert_held(&ep->rx_lock);

	if (READ_ONCE(ep->dead))
		return -ENODEV;
	if (!ep->ring)
		return -ENOTCONN;
	connected = argo_endpoint_peer(ep, &peer);
	for (dropped = 0; dropped < FILTER_BUDGET; dropped++) {
		ret = argo_ring_peek(ep->ring, msg);
		if (!ret) {
			WRITE_ONCE(ep->rx_ready, false);
			/* Not to miss a message behind the look before; rx sets it after */
			smp_mb();
			ret = argo_ring_peek(ep->ring, msg);
			if (ret)
				WRITE_ONCE(ep->rx_ready, true);
		}
		if (ret <= 0 || !connected ||
		    (msg->source.domid == peer.domid && msg->source.port == peer.port))
			goto out;
		argo_ring_consume(ep->ring, msg);
		ep->filtered++;
	}
	ret = -EAGAIN;
out:
	if (dropped)
		argo_ring_done(ep->ring);
	return ret;
}

static ssize_t argo_endpoint_copy_out(struct argo_endpoint *ep, const struct argo_msg *msg,
				      struct iov_iter *to)
{
	struct xen_argo_msg head = {
		.len = msg->len,
		.type = msg->type,
		.port = msg->source.port,
		.domid = msg->source.domid,
	};
	u32 done, n;
	const void *p;

	if (iov_iter_count(to) < sizeof(head) + msg->len)
		return -EMSGSIZE;
	if (copy_to_iter(&head, sizeof(head), to) != sizeof(head))
		return -EFAULT;
	for (done = 0; done < msg->len; done += n) {
		n = msg->len - done;
		p = argo_msg_span(ep->ring, msg, done, &n);
		if (copy_to_iter(p, n, to) != n)
			return -EFAULT;
	}

	/* Only now, when the reader has it all */
	argo_ring_consume(ep->ring, msg);
	argo_ring_done(ep->ring);
	return sizeof(head) + msg->len;
}

static ssize_t argo_endpoint_read_one(struct argo_endpoint *ep, struct iov_iter *to)
{
	struct argo_msg msg;
	ssize_t ret;

	if (mutex_lock_interruptible(&ep->rx_lock))
		return -ERESTARTSYS;
	ret = argo_endpoint_next(ep, &msg);
	if (ret > 0)
		ret = argo_endpoint_copy_out(ep, &msg, to);
	mutex_unlock(&ep->rx_lock);
	return ret;
}

/**
 * argo_endpoint_read() - receive one message: struct xen_argo_msg and payload
 * @ep: endpoint
 * @to: where to; if it is too short nothing is consumed
 * @nonblock: do not wait
 *
 * Return: bytes; -ENOTCONN not bound; -EAGAIN nothing there; -EMSGSIZE, -EFAULT
 * @to; -ERESTARTSYS; -ENODEV dead; -EPROTO
 */
ssize_t argo_endpoint_read(struct argo_endpoint *ep, struct iov_iter *to, bool nonblock)
{
	ssize_t ret;

	if (!argo_endpoint_ring(ep))
		return -ENOTCONN;
	for (;;) {
		ret = argo_endpoint_read_one(ep, to);
		if (ret == -EAGAIN) {
			/* Someone floods us with what we drop; let others run */
			if (signal_pending(current))
				return -ERESTARTSYS;
			cond_resched();
			continue;
		}
		if (ret)
			return ret;
		if (nonblock)
			return -EAGAIN;
		ret = wait_event_interruptible(ep->wait,
					       READ_ONCE(ep->rx_ready) || READ_ONCE(ep->dead));
		if (ret)
			return ret;
	}
}
EXPORT_SYMBOL_GPL(argo_endpoint_read);

/*
 * Sending
 */

static bool argo_no_space(int ret)
{
	return ret == -EAGAIN || ret == -EBUSY || ret == -ENOMEM;
}

static void argo_endpoint_space(struct argo_space_waiter *waiter, int status)
{
	struct argo_endpoint *ep = container_of(waiter, struct argo_endpoint, waiter);

	if (status == -ECONNREFUSED)
		argo_endpoint_note(ep, &waiter->dst, status);
	/* Whatever it was, the next send tells; and it does not block */
	WRITE_ONCE(ep->blocked, false);
	wake_up_interruptible_poll(&ep->wait, EPOLLOUT | EPOLLWRNORM);
}

/* Not writable until @len bytes fit at @dst */
static void argo_endpoint_block(struct argo_endpoint *ep, const struct argo_addr *dst, u32 len)
{
	struct argo_space_waiter *w = &ep->waiter;

	lockdep_assert_held(&ep->tx_lock);

	if (READ_ONCE(ep->blocked) && w->dst.port == dst->port &&
	    w->dst.domid == dst->domid && w->len >= len)
		return;
	argo_space_cancel(ep->argo, w);
	w->dst = *dst;
	w->len = len;
	WRITE_ONCE(ep->blocked, true);
	argo_space_wait(ep->argo, w);
}

struct argo_endpoint_sleeper {
	struct argo_space_waiter waiter;
	struct completion done;
	int status;
};

static void argo_endpoint_wake_sleeper(struct argo_space_waiter *waiter, int status)
{
	struct argo_endpoint_sleeper *s =
		container_of(waiter, struct argo_endpoint_sleeper, waiter);

	s->status = status;
	complete(&s->done);
}

static int argo_endpoint_sleep(struct argo_endpoint *ep, const struct argo_addr *dst, u32 len)
{
	struct argo_endpoint_sleeper s = {
		.waiter = { .dst = *dst, .len = len, .fn = argo_endpoint_wake_sleeper },
	};
	int err;

	init_completion(&s.done);
	argo_space_wait(ep->argo, &s.waiter);
	err = wait_for_completion_interruptible(&s.done);
	argo_space_cancel(ep->argo, &s.waiter);
	return err ?: s.status;
}

static ssize_t argo_endpoint_send_once(struct argo_endpoint *ep, const struct argo_addr *dst,
				       u32 type, struct iov_iter *from, bool nonblock)
{
	struct kvec iov = { .iov_len = iov_iter_count(from) };
	int ret;

	if (mutex_lock_interruptible(&ep->tx_lock))
		return -ERESTARTSYS;
	iov.iov_base = ep->bounce;
	if (READ_ONCE(ep->dead)) {
		ret = -ENODEV;
	} else if (!ep->bounce) {
		ret = -ENOTCONN;
	} else if (iov.iov_len > ep->max_msg) {
		ret = -EMSGSIZE;
	} else if (!copy_from_iter_full(ep->bounce, iov.iov_len, from)) {
		ret = -EFAULT;
	} else {
		ret = argo_sendv(ep->argo, ep->port, dst, type, &iov, 1);
		argo_endpoint_note(ep, dst, ret);
		if (argo_no_space(ret)) {
			ret = -EAGAIN;
			if (nonblock)
				argo_endpoint_block(ep, dst, iov.iov_len);
		}
	}
	mutex_unlock(&ep->tx_lock);
	return ret;
}

static int argo_endpoint_resolve(struct argo_endpoint *ep, const struct xen_argo_addr *to,
				 struct argo_addr *dst)
{
	if (!to || (!to->port && !to->domid && !to->reserved))
		return argo_endpoint_peer(ep, dst) ? 0 : -EDESTADDRREQ;
	if (!to->port || to->reserved || to->domid >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	if (!argo_endpoint_may_talk_to(ep, to->domid))
		return -EACCES;
	dst->port = to->port;
	dst->domid = to->domid;
	return 0;
}

/**
 * argo_endpoint_send() - send one message
 * @ep: endpoint
 * @to: where to; NULL or all zero: to the connected peer
 * @type: message_type
 * @from: the payload
 * @nonblock: do not wait
 *
 * Return: bytes, or
 * -ENOTCONN not bound; -EDESTADDRREQ not connected; -EINVAL, -EACCES @to;
 * -EMSGSIZE more than max_msg, or than the peer's ring can ever take; -EAGAIN no
 * room; -EFAULT @from; -ERESTARTSYS; -ECONNREFUSED, -ESRCH nobody there; -EPERM,
 * -EACCES policy; -ENODEV dead
 */
ssize_t argo_endpoint_send(struct argo_endpoint *ep, const struct xen_argo_addr *to,
			   u32 type, struct iov_iter *from, bool nonblock)
{
	size_t len = iov_iter_count(from);
	struct iov_iter again = *from;
	struct argo_addr dst;
	ssize_t ret;
	int err;

	if (!argo_endpoint_ring(ep))
		return -ENOTCONN;
	err = argo_endpoint_resolve(ep, to, &dst);
	if (err)
		return err;

	for (;;) {
		ret = argo_endpoint_send_once(ep, &dst, type, from, nonblock);
		if (ret != -EAGAIN || nonblock)
			return ret;
		err = argo_endpoint_sleep(ep, &dst, len);
		if (err == -ECONNREFUSED)
			argo_endpoint_note(ep, &dst, err);
		if (err)
			return err;
		/* The buffer was somebody else's meanwhile: copy once more */
		*from = again;
	}
}
EXPORT_SYMBOL_GPL(argo_endpoint_send);

/*
 * Setting up
 */

/* The share of ports that endpoints choose from when they are asked to */
static u32 argo_random_port(void)
{
	return get_random_u32() | BIT(31);
}

static int argo_endpoint_make_ring(struct argo_endpoint *ep, struct xen_argo_bind *bind)
{
	struct argo_ring_config config = {
		.port = bind->port ?: argo_random_port(),
		.partner = bind->partner,
		.len = bind->ring_len,
		.max_msg = bind->max_recv,
		.ops = &argo_endpoint_ring_ops,
		.priv = ep,
		.user = true,
	};
	struct argo_ring *ring;
	unsigned int try;

	for (try = 0; try < PORT_TRIES; try++) {
		ring = argo_ring_create(ep->argo, &config);
		if (!IS_ERR(ring) || bind->port || PTR_ERR(ring) != -EEXIST)
			break;
		config.port = argo_random_port();
	}
	if (IS_ERR(ring))
		return PTR_ERR(ring);

	ep->port = config.port;
	bind->port = config.port;
	bind->ring_len = argo_ring_len(ring);
	bind->max_msg = ep->max_msg;
	/* Pairs with argo_endpoint_ring(): the rest of the endpoint comes before it */
	smp_store_release(&ep->ring, ring);
	return 0;
}

static int argo_endpoint_check_bind(struct argo_endpoint *ep, const struct xen_argo_bind *bind,
				    bool may_any)
{
	if (ep->ring && !READ_ONCE(ep->dead))
		return -EBUSY;
	if (bind->flags)
		return -EINVAL;
	if (bind->partner >= DOMID_FIRST_RESERVED && bind->partner != XEN_ARGO_DOMID_ANY)
		return -EINVAL;
	if (!bind->ring_len || bind->ring_len > XEN_ARGO_RING_MAX)
		return -EINVAL;
	if (bind->max_msg > ARGO_MAX_MSG_LIMIT)
		return -EINVAL;
	if (bind->partner == XEN_ARGO_DOMID_ANY && !may_any)
		return -EPERM;
	if (!argo_endpoint_may_talk_to(ep, bind->partner))
		return -EACCES;
	return 0;
}

/* The dead ring, and what belongs to it. Neither reader nor sender has it in hand. */
static void argo_endpoint_unbind(struct argo_endpoint *ep)
{
	mutex_lock(&ep->rx_lock);
	mutex_lock(&ep->tx_lock);
	argo_space_cancel(ep->argo, &ep->waiter);
	argo_ring_destroy(ep->ring);
	WRITE_ONCE(ep->ring, NULL);
	kvfree(ep->bounce);
	ep->bounce = NULL;
	spin_lock(&ep->lock);
	ep->peer.port = 0;
	spin_unlock(&ep->lock);
	WRITE_ONCE(ep->rx_ready, false);
	WRITE_ONCE(ep->blocked, false);
	WRITE_ONCE(ep->hup, false);
	WRITE_ONCE(ep->dead, false);	/* the last: nothing of it is left */
	mutex_unlock(&ep->tx_lock);
	mutex_unlock(&ep->rx_lock);
}

/**
 * argo_endpoint_bind() - give the endpoint a port and a ring
 * @ep: endpoint
 * @bind: in and out
 * @may_any: the caller may receive from any domain
 *
 * Once; and again after the domain was suspended, which took the ring away: it is
 * not connected then.
 *
 * Return: 0; -EBUSY it has them; -EINVAL; -EPERM; -EACCES restricted; -ENOMEM;
 * what argo_ring_create() says
 */
int argo_endpoint_bind(struct argo_endpoint *ep, struct xen_argo_bind *bind, bool may_any)
{
	void *bounce;
	int err;

	mutex_lock(&ep->setup);
	err = argo_endpoint_check_bind(ep, bind, may_any);
	if (err)
		goto unlock;
	if (ep->ring)
		argo_endpoint_unbind(ep);

	ep->max_msg = bind->max_msg ?: ARGO_MAX_MSG_DEFAULT;
	ep->partner = bind->partner;
	err = -ENOMEM;
	bounce = kvmalloc(ep->max_msg, GFP_KERNEL_ACCOUNT);
	if (!bounce)
		goto unlock;
	ep->bounce = bounce;
	err = argo_endpoint_make_ring(ep, bind);
	if (err) {
		ep->bounce = NULL;
		kvfree(bounce);
	}
unlock:
	mutex_unlock(&ep->setup);
	return err;
}
EXPORT_SYMBOL_GPL(argo_endpoint_bind);

/**
 * argo_endpoint_connect() - set the default destination and only source
 * @ep: endpoint
 * @addr: the peer
 *
 * Messages from elsewhere that are in the ring now, or will be, are dropped. It
 * can be done again, for another peer or to forget that this one was gone.
 *
 * Return: 0; -ENOTCONN not bound; -EINVAL @addr, or not the ring's partner;
 * -EACCES restricted
 */
int argo_endpoint_connect(struct argo_endpoint *ep, const struct xen_argo_addr *addr)
{
	if (!argo_endpoint_ring(ep))
		return -ENOTCONN;
	if (!addr->port || addr->reserved || addr->domid >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	if (ep->partner != XEN_ARGO_DOMID_ANY && ep->partner != addr->domid)
		return -EINVAL;
	if (!argo_endpoint_may_talk_to(ep, addr->domid))
		return -EACCES;

	spin_lock(&ep->lock);
	ep->peer.port = addr->port;
	ep->peer.domid = addr->domid;
	WRITE_ONCE(ep->hup, false);
	spin_unlock(&ep->lock);
	return 0;
}
EXPORT_SYMBOL_GPL(argo_endpoint_connect);

/**
 * argo_endpoint_restrict() - talk to one domain only, for ever
 * @ep: endpoint
 * @arg: that domain
 *
 * Return: 0; -EINVAL @arg, or the endpoint is bound for another domain or for
 * any; -EACCES restricted to another one
 */
int argo_endpoint_restrict(struct argo_endpoint *ep, const struct xen_argo_restrict *arg)
{
	int err = 0;

	if (arg->domid >= DOMID_FIRST_RESERVED ||
	    arg->reserved[0] || arg->reserved[1] || arg->reserved[2])
		return -EINVAL;

	mutex_lock(&ep->setup);
	spin_lock(&ep->lock);
	if (ep->restricted && ep->restrict_domid != arg->domid) {
		err = -EACCES;
	} else if (ep->ring && ep->partner != arg->domid) {
		err = -EINVAL;
	} else {
		ep->restricted = true;
		ep->restrict_domid = arg->domid;
	}
	spin_unlock(&ep->lock);
	mutex_unlock(&ep->setup);
	return err;
}
EXPORT_SYMBOL_GPL(argo_endpoint_restrict);

/**
 * argo_endpoint_events() - what poll is to say
 * @ep: endpoint; the caller waits at its wait queue already
 *
 * Context: process.
 *
 * Return: EPOLL*
 */
__poll_t argo_endpoint_events(struct argo_endpoint *ep)
{
	__poll_t events = 0;
	struct argo_msg msg;

	if (!argo_endpoint_ring(ep))
		return EPOLLERR;
	if (READ_ONCE(ep->dead))
		return EPOLLHUP | EPOLLERR;

	/* Also "look again" and errors: a read would not wait */
	mutex_lock(&ep->rx_lock);
	if (argo_endpoint_next(ep, &msg))
		events |= EPOLLIN | EPOLLRDNORM;
	mutex_unlock(&ep->rx_lock);
	if (!READ_ONCE(ep->blocked))
		events |= EPOLLOUT | EPOLLWRNORM;
	if (READ_ONCE(ep->hup))
		events |= EPOLLHUP;
	return events;
}
EXPORT_SYMBOL_GPL(argo_endpoint_events);

/**
 * argo_endpoint_create() - make an endpoint, neither bound nor connected
 * @argo: instance
 *
 * Context: process.
 *
 * Return: the endpoint, or NULL without memory
 */
struct argo_endpoint *argo_endpoint_create(struct xen_argo *argo)
{
	struct argo_endpoint *ep = kzalloc(sizeof(*ep), GFP_KERNEL_ACCOUNT);

	if (!ep)
		return NULL;
	ep->argo = argo;
	init_waitqueue_head(&ep->wait);
	mutex_init(&ep->setup);
	mutex_init(&ep->rx_lock);
	mutex_init(&ep->tx_lock);
	spin_lock_init(&ep->lock);
	ep->waiter.fn = argo_endpoint_space;
	return ep;
}
EXPORT_SYMBOL_GPL(argo_endpoint_create);

/* By the last user: no call on @ep is under way */
void argo_endpoint_destroy(struct argo_endpoint *ep)
{
	argo_space_cancel(ep->argo, &ep->waiter);
	argo_ring_destroy(ep->ring);
	kvfree(ep->bounce);
	kfree(ep);
}
EXPORT_SYMBOL_GPL(argo_endpoint_destroy);
