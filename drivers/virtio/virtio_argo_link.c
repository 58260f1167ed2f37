// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: a link, its sessions and its control requests.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Theory of operation
 *
 * One worker per link owns its state; everybody else only leaves facts for it
 * and queues it. The states and what leads out of them:
 *
 *	no ring      argo_ring_create() works once the backend domain exists
 *	probing      Xen is asked whether the backend's ring is there; asking by
 *	             sending would make Xen log an error each time
 *	greeting     HELLO was sent, the answer is awaited
 *	up           frames flow; left when the session is lost
 *
 * Between attempts the worker waits, from VARGO_RETRY_MIN_MS doubling to
 * VARGO_RETRY_MAX_MS; a READY from the backend ends the wait.
 *
 * A session is lost by setting vargo_link.session to 0 under the lock, in any
 * context and at once: from then on nothing is sent, and what arrives is stale.
 * The worker does the rest in process context: it waits for the receive pass,
 * tells the transport, and begins anew.
 *
 * The backend may move to another domain: that loses the session as well, and
 * the worker takes a ring for the new partner before it begins anew.
 *
 * Only the device side's answer to HELLO, seen in the bottom half, starts a
 * session, because the frames behind it belong to it already.
 */
#define pr_fmt(fmt) "virtio_argo: " fmt

#include <linux/module.h>
#include <linux/random.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "virtio_argo_link.h"

#define VARGO_RETRY_MIN_MS	250
#define VARGO_RETRY_MAX_MS	5000	/* Xen tells nobody that a domain has come */
#define VARGO_SHORT_SESSION	(10 * HZ)

static unsigned int request_timeout_ms = 5000;
module_param(request_timeout_ms, uint, 0644);
MODULE_PARM_DESC(request_timeout_ms,
		 "how long to wait for a backend's answer to a control request, in milliseconds (default 5000)");

static unsigned long request_timeout(void)
{
	return msecs_to_jiffies(clamp(READ_ONCE(request_timeout_ms), 10U, 600000U));
}

static void link_queue(struct vargo_link *link, unsigned int delay_ms)
{
	if (!READ_ONCE(link->stopping))
		mod_delayed_work(link->wq, &link->work, msecs_to_jiffies(delay_ms));
}

/* ------------------------------------------------------------------------ */
/* Losing a session */

static const char vargo_moved[] = "the backend is in another domain now";

static void request_end(struct vargo_link *link, int status)
{
	struct vargo_request *request = link->request;

	lockdep_assert_held(&link->lock);
	if (!request)
		return;
	link->request = NULL;
	request->status = status;
	complete(&request->done);
}

void vargo_link_lose_locked(struct vargo_link *link, const char *why)
{
	lockdep_assert_held(&link->lock);
	if (!link->session.id)
		return;
	vargo_session_end(&link->session);
	link->lost = why;
	request_end(link, -ENOTCONN);
	wake_up(&link->ctrl_wait);
	link_queue(link, 0);
}

/**
 * vargo_link_lose() - end a session
 * @link: the link
 * @session: the session; if it is over already, nothing happens
 * @why: a static string for the log
 *
 * Context: any.
 */
void vargo_link_lose(struct vargo_link *link, u32 session, const char *why)
{
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	if (link->session.id == session)
		vargo_link_lose_locked(link, why);
	spin_unlock_irqrestore(&link->lock, flags);
}
EXPORT_SYMBOL_GPL(vargo_link_lose);

/**
 * vargo_link_move() - the backend is in another domain from now on
 * @link: the link
 * @backend: that domain
 *
 * The session ends, and the next one is made with that domain: what was not
 * answered is repeated there.
 *
 * Context: any.
 */
void vargo_link_move(struct vargo_link *link, domid_t backend)
{
	WRITE_ONCE(link->moved_to, backend);
	vargo_link_lose(link, vargo_link_session(link), vargo_moved);
	link_queue(link, 0);
}
EXPORT_SYMBOL_GPL(vargo_link_move);

/* READY: a backend is new at the other end. Bottom half. */
void vargo_link_ready(struct vargo_link *link)
{
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	vargo_link_lose_locked(link, "the backend was restarted");
	link->ready = true;
	/* The answer that is awaited will not come; if it does, it is stale. */
	link->hello_session = 0;
	complete(&link->hello_done);
	link_queue(link, 0);
	spin_unlock_irqrestore(&link->lock, flags);
}

/* ------------------------------------------------------------------------ */
/* HELLO */

/* By the backend's word or ours */
static int hello_error(const struct vargo_hello *h)
{
	switch (vargo_session_check_answer(h)) {
	case VIRTIO_ARGO_HELLO_OK:
		return 0;
	case VIRTIO_ARGO_HELLO_VERSION:
		return -EPROTONOSUPPORT;
	case VIRTIO_ARGO_HELLO_LIMITS:
		return -ERANGE;
	default:
		return -EBUSY;
	}
}

/* The answer to HELLO. Bottom half: what follows it is in the new session. */
void vargo_link_hello_answer(struct vargo_link *link, const struct vargo_msg *msg)
{
	const struct vargo_hello *h = &msg->hello;
	unsigned long flags;
	bool complain;
	int status;

	spin_lock_irqsave(&link->lock, flags);
	if (!link->hello_session || msg->token != link->token ||
	    h->session != link->hello_session) {
		vargo_link_count(link, VARGO_STAT_DROP_RESPONSE, 1);
		spin_unlock_irqrestore(&link->lock, flags);
		return;
	}

	status = hello_error(h);
	complain = status == -EPROTONOSUPPORT && link->last_error != status;
	if (!status) {
		vargo_session_begin(&link->session, h, true);
		link->lost = NULL;
		link->budget.max_chain = h->max_chain;
		link->max_inflight = h->max_inflight;
		link->heard = jiffies;
		/* All chains were recalled, so nothing is charged. */
		atomic_set(&link->budget.left, h->max_inflight);
		vargo_link_count(link, VARGO_STAT_SESSIONS, 1);
	}
	link->hello_session = 0;
	link->hello_status = status;
	complete(&link->hello_done);	/* before the next HELLO awaits its answer */
	spin_unlock_irqrestore(&link->lock, flags);
	/* Not under the lock: the console may be one of our devices. */
	if (complain && __ratelimit(&link->log_limit))
		pr_err("%s: the backend speaks protocol versions %u to %u, this driver speaks %u: update the older of the two\n",
		       link->config.name, h->version_min, h->version_max,
		       VIRTIO_ARGO_VERSION);
}

/*
 * A HELLO has come, which only a driver sends. Our own, if the link was told
 * that its backend is in this very domain. Bottom half.
 */
void vargo_link_hello_echo(struct vargo_link *link, const struct vargo_msg *msg)
{
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	if (link->hello_session && msg->token == link->token &&
	    msg->hello.session == link->hello_session) {
		link->hello_session = 0;
		link->hello_status = -ELOOP;
		complete(&link->hello_done);
	} else {
		vargo_link_count(link, VARGO_STAT_DROP_CONTROL, 1);
	}
	spin_unlock_irqrestore(&link->lock, flags);
}

static int link_hello(struct vargo_link *link)
{
	struct vargo_msg msg = {
		.type = VIRTIO_ARGO_TYPE_BUS,
		.id = VIRTIO_ARGO_BUS_HELLO,
	};
	int err;

	vargo_session_offer(&link->session, &msg.hello);
	spin_lock_irq(&link->lock);
	if (link->suspended) {
		spin_unlock_irq(&link->lock);
		return -EINPROGRESS;
	}
	do {
		msg.hello.session = get_random_u32();
	} while (!msg.hello.session || msg.hello.session == link->last_session);
	link->last_session = msg.hello.session;
	link->hello_session = msg.hello.session;
	link->hello_status = -ETIMEDOUT;
	link->ready = false;
	msg.token = ++link->token ?: ++link->token;
	reinit_completion(&link->hello_done);
	err = vargo_link_send_control(link, &msg, false);
	if (err)
		link->hello_session = 0;
	spin_unlock_irq(&link->lock);
	if (err)
		return err;

	wait_for_completion_timeout(&link->hello_done, request_timeout());
	spin_lock_irq(&link->lock);
	link->hello_session = 0;
	err = link->ready ? -ERESTART : link->hello_status;
	spin_unlock_irq(&link->lock);
	return err;
}

/* ------------------------------------------------------------------------ */
/* Control requests */

/* A response in the session. Bottom half. */
void vargo_link_answer(struct vargo_link *link, const struct vargo_msg *msg)
{
	struct vargo_request *request;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	request = link->request;
	if (!request || request->token != msg->token || request->ask->id != msg->id ||
	    request->ask->dev != msg->dev ||
	    (request->ask->type | VIRTIO_ARGO_TYPE_RESPONSE) != msg->type) {
		vargo_link_count(link, VARGO_STAT_DROP_RESPONSE, 1);
	} else {
		*request->answer = *msg;
		request_end(link, 0);
	}
	spin_unlock_irqrestore(&link->lock, flags);
}

static int request_send(struct vargo_link *link, u32 session,
			struct vargo_request *request, struct vargo_msg *msg)
{
	int err;

	spin_lock_irq(&link->lock);
	if (!session || link->session.id != session) {
		err = -ENOTCONN;
	} else if (link->tx_full) {
		err = -EAGAIN;
	} else {
		msg->token = ++link->token ?: ++link->token;
		request->token = msg->token;
		err = vargo_link_send_control(link, msg, true);
		if (!err)
			link->request = request;
		else if (!link->session.id)
			err = -ENOTCONN;	/* the backend went just now */
	}
	spin_unlock_irq(&link->lock);
	return err;
}

/**
 * vargo_link_request() - ask the backend and wait for the answer
 * @link: the link
 * @session: the session that the request belongs to
 * @ask: the request; its token is chosen here
 * @answer: where the response goes
 *
 * Context: process, may sleep, for at most request_timeout_ms for the answer
 * and as long for those who asked before.
 *
 * Return: 0; -ENOTCONN the session is over; -ETIMEDOUT no answer, which ends
 * the session; -ENODEV the device was removed meanwhile, see
 * vargo_link_abandon(); -EPROTO the request cannot be encoded
 */
int vargo_link_request(struct vargo_link *link, u32 session,
		       const struct vargo_msg *ask, struct vargo_msg *answer)
{
	struct vargo_msg msg = *ask;
	struct vargo_request request = { .ask = ask, .answer = answer };
	unsigned long timeout = request_timeout();
	int err = 0;

	init_completion(&request.done);
	mutex_lock(&link->request_lock);
	/* Credit for control comes back with the peer's frames. */
	timeout = wait_event_timeout(link->ctrl_wait,
				     (err = request_send(link, session, &request, &msg)) != -EAGAIN,
				     timeout);
	if (!err)
		timeout = wait_for_completion_timeout(&request.done, timeout ?: 1);
	if (err == -EAGAIN || (!err && !timeout)) {
		/* The answer may still be on its way into @answer. */
		spin_lock_irq(&link->lock);
		if (link->request == &request)
			link->request = NULL;
		else if (!err)
			timeout = 1;
		spin_unlock_irq(&link->lock);
		if (!timeout) {
			vargo_link_count(link, VARGO_STAT_TIMEOUTS, 1);
			vargo_link_lose(link, session, "the backend does not answer");
			err = -ETIMEDOUT;
		}
	}
	if (!err)
		err = request.status;
	mutex_unlock(&link->request_lock);
	return err;
}
EXPORT_SYMBOL_GPL(vargo_link_request);

/**
 * vargo_link_abandon() - the backend has removed a device
 * @link: the link
 * @dev: its number
 *
 * A request to it that waits will not be answered, and that is no reason to end
 * the session: it fails with -ENODEV.
 *
 * Context: any.
 */
void vargo_link_abandon(struct vargo_link *link, u16 dev)
{
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	if (link->request && link->request->ask->dev == dev &&
	    !(link->request->ask->type & VIRTIO_ARGO_TYPE_BUS))
		request_end(link, -ENODEV);
	spin_unlock_irqrestore(&link->lock, flags);
}
EXPORT_SYMBOL_GPL(vargo_link_abandon);

/**
 * vargo_link_session() - the current session's number
 * @link: the link
 *
 * Context: any. It may be over when this returns; requests check again.
 *
 * Return: the number, or 0 if there is no session
 */
u32 vargo_link_session(struct vargo_link *link)
{
	return READ_ONCE(link->session.id);
}
EXPORT_SYMBOL_GPL(vargo_link_session);

/* ------------------------------------------------------------------------ */
/* The worker */

static void link_rx(struct argo_ring *ring, void *priv)
{
	vargo_link_poll(priv);
}

static void link_ring_event(struct argo_ring *ring, void *priv, enum argo_ring_event event)
{
	struct vargo_link *link = priv;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	link->suspended = event == ARGO_RING_SUSPENDED;
	link->ring_lost = event == ARGO_RING_LOST;
	vargo_link_lose_locked(link, "the domain was suspended");
	if (link->hello_session) {
		link->hello_session = 0;
		link->hello_status = -EINPROGRESS;
		complete(&link->hello_done);
	}
	spin_unlock_irqrestore(&link->lock, flags);
	/* The ring is reset before it is registered again: no pass may be in it. */
	vargo_link_flush(link);
	link_queue(link, 0);
}

static const struct argo_ring_ops link_ring_ops = {
	.rx = link_rx,
	.event = link_ring_event,
};

static int link_make_ring(struct vargo_link *link)
{
	const struct argo_ring_config config = {
		.port = link->config.port,
		.partner = link->config.backend,
		.len = link->config.ring_len,
		.max_msg = link->session.own.max_frame - VARGO_ARGO_HDR,
		.ops = &link_ring_ops,
		.priv = link,
	};
	struct argo_ring *ring;

	ring = argo_ring_create(link->config.argo, &config);
	if (IS_ERR(ring))
		return PTR_ERR(ring);
	/* Release: a pass that is running finds a ring that is complete. */
	smp_store_release(&link->ring, ring);
	vargo_link_poll(link);	/* for what came before we had it */
	return 0;
}

/*
 * Receive passes use the ring whenever they hold VARGO_RX_BUSY, so take that;
 * a pass that comes meanwhile finds it taken, or no ring.
 */
static void link_drop_ring(struct vargo_link *link)
{
	struct argo_ring *ring = link->ring;

	while (test_and_set_bit_lock(VARGO_RX_BUSY, &link->rx_flags)) {
		vargo_link_flush(link);
		cond_resched();
	}
	link->ring = NULL;
	clear_bit_unlock(VARGO_RX_BUSY, &link->rx_flags);
	vargo_link_poll(link);	/* the pass that found it taken */
	argo_ring_destroy(ring);
	/* Whatever its last event was, none follows: not even that the domain resumes. */
	spin_lock_irq(&link->lock);
	link->suspended = false;
	link->ring_lost = false;
	spin_unlock_irq(&link->lock);
}

/* Between sessions: rings have one partner each, so this takes a new one. */
static void link_follow(struct vargo_link *link)
{
	argo_space_cancel(link->config.argo, &link->probe);
	link_drop_ring(link);
	spin_lock_irq(&link->lock);
	link->probe_state = VARGO_PROBE_NONE;
	link->ready = false;
	link->config.backend = READ_ONCE(link->moved_to);
	link->space.dst.domid = link->config.backend;
	spin_unlock_irq(&link->lock);
	link->last_error = 0;
	link->retry_ms = 0;
	pr_info("%s: the backend is in domain %u now\n", link->config.name,
		link->config.backend);
}

/* The core's answer to whether the backend's ring is there. */
static void link_probed(struct argo_space_waiter *waiter, int status)
{
	struct vargo_link *link = container_of(waiter, struct vargo_link, probe);

	spin_lock_irq(&link->lock);
	link->probe_status = status;
	link->probe_state = VARGO_PROBE_DONE;
	spin_unlock_irq(&link->lock);
	link_queue(link, 0);
}

static void link_probe(struct vargo_link *link)
{
	link->probe.dst.port = link->config.port;
	link->probe.dst.domid = link->config.backend;
	link->probe.len = VARGO_CTRL_FRAME_MAX;
	link->probe.fn = link_probed;
	spin_lock_irq(&link->lock);
	link->probe_state = VARGO_PROBE_ARMED;
	spin_unlock_irq(&link->lock);
	argo_space_wait(link->config.argo, &link->probe);
}

static void link_down(struct vargo_link *link)
{
	const char *why;

	argo_space_cancel(link->config.argo, &link->space);
	vargo_link_flush(link);
	spin_lock_irq(&link->lock);
	link->tx_full = false;
	why = link->lost;
	spin_unlock_irq(&link->lock);
	link->up = false;
	link->config.ops->down(link->config.priv);
	if (!link->stopping && __ratelimit(&link->log_limit))
		pr_warn("%s: session ended: %s; unanswered requests wait for the next\n",
			link->config.name, why ?: "?");
}

static void link_back_off(struct vargo_link *link)
{
	link->retry_ms = clamp(link->retry_ms * 2, VARGO_RETRY_MIN_MS, VARGO_RETRY_MAX_MS);
}

/*
 * One step. Returns 0 when there is nothing to do, or an error to retry after;
 * -EINPROGRESS is none that is to be told of.
 */
static int link_step(struct vargo_link *link)
{
	enum vargo_probe probed;
	int err;

	if (link->up && vargo_link_session(link)) {
		if (READ_ONCE(link->moved_to) == link->config.backend)
			return 0;
		/* It moved while the old one was answering HELLO. */
		vargo_link_lose(link, vargo_link_session(link), vargo_moved);
	}
	if (link->up) {
		link_down(link);
		/* A backend that breaks every session at once must not keep us busy. */
		if (!link->ready && time_before(jiffies, link->since + VARGO_SHORT_SESSION)) {
			link_back_off(link);
			return -EINPROGRESS;
		}
		link->retry_ms = 0;
	}
	if (link->stopping || READ_ONCE(link->suspended))
		return 0;

	if (READ_ONCE(link->moved_to) != link->config.backend)
		link_follow(link);
	if (link->ring_lost)
		link_drop_ring(link);
	if (!link->ring) {
		err = link_make_ring(link);
		if (err)
			return err;
	}

	spin_lock_irq(&link->lock);
	probed = link->probe_state;
	err = link->probe_status;
	link->probe_state = VARGO_PROBE_NONE;
	spin_unlock_irq(&link->lock);
	if (probed == VARGO_PROBE_ARMED && !link->ready) {
		/* Unanswered all this time: the peer's ring is full, or went. */
		argo_space_cancel(link->config.argo, &link->probe);
		err = -ETIMEDOUT;
		return err;
	}
	if (link->ready) {
		argo_space_cancel(link->config.argo, &link->probe);
		err = 0;
	} else if (probed == VARGO_PROBE_NONE) {
		link_probe(link);
		return -EINPROGRESS;
	}
	if (err == -ESRCH) {
		/* The domain has gone, and Xen has removed our ring with it. */
		link_drop_ring(link);
	}
	if (err)
		return err;

	err = link_hello(link);
	if (err == -ETIMEDOUT) {
		/*
		 * The domain may be another one with the same number: then Xen
		 * has removed our ring when the old one died, and told nobody.
		 */
		link_drop_ring(link);
	}
	if (err)
		return err;

	link->up = true;
	link->since = jiffies;
	err = link->config.ops->up(link->config.priv);
	if (err) {
		vargo_link_lose(link, vargo_link_session(link), "the devices could not be set up");
		return err;
	}
	if (link->last_error && __ratelimit(&link->log_limit))
		pr_info("%s: connected to domain %d\n", link->config.name,
			link->config.backend);
	link->last_error = 0;
	return 0;
}

static void link_work(struct work_struct *work)
{
	struct vargo_link *link = container_of(to_delayed_work(work), struct vargo_link, work);
	unsigned int noio = memalloc_noio_save();
	int err = link_step(link);

	memalloc_noio_restore(noio);
	if (!err)
		return;
	if (err == -ERESTART) {
		link_queue(link, 0);
		return;
	}
	if (err != -EINPROGRESS) {
		vargo_link_complain(link, err);
		link_back_off(link);
	}
	/* A READY or the probe's answer that came meanwhile has queued us: keep that. */
	if (!READ_ONCE(link->stopping))
		queue_delayed_work(link->wq, &link->work,
				   msecs_to_jiffies(max_t(u32, link->retry_ms,
							  VARGO_RETRY_MIN_MS)));
}

/* ------------------------------------------------------------------------ */
/* Life */

/**
 * vargo_link_create() - make a link and its ring
 * @config: copied; @config->name stays valid
 *
 * A backend domain that does not exist yet is no error: the link waits for it.
 *
 * Context: process, may sleep.
 *
 * Return: the link, or ERR_PTR as argo_ring_create(), which was logged
 */
struct vargo_link *vargo_link_create(const struct vargo_link_config *config)
{
	struct vargo_link *link;
	int err = -ENOMEM;

	link = kzalloc(sizeof(*link), GFP_KERNEL);
	if (!link)
		return ERR_PTR(-ENOMEM);
	link->config = *config;
	link->stopping = true;		/* until it is started: READY may come before */
	link->moved_to = config->backend;
	if (!vargo_session_init(&link->session, config->ring_len)) {
		err = -EINVAL;
		goto free_link;
	}
	ratelimit_default_init(&link->log_limit);
	spin_lock_init(&link->lock);
	mutex_init(&link->request_lock);
	init_waitqueue_head(&link->ctrl_wait);
	init_completion(&link->hello_done);
	INIT_LIST_HEAD(&link->waiting);
	INIT_DELAYED_WORK(&link->work, link_work);
	vargo_link_rx_init(link);
	vargo_link_ping_init(link);
	link->space.dst.port = config->port;
	link->space.dst.domid = config->backend;
	link->space.fn = vargo_link_space;

	link->tx.stage = kmalloc(VARGO_STAGE_BYTES, GFP_KERNEL);
	if (!link->tx.stage)
		goto free_link;
	link->wq = alloc_ordered_workqueue("%s", WQ_MEM_RECLAIM, config->name);
	if (!link->wq)
		goto free_stage;
	/* Completions of a disk come this way, and memory may wait for them. */
	link->rx_wq = alloc_workqueue("%s-rx", WQ_UNBOUND | WQ_MEM_RECLAIM, 1, config->name);
	if (!link->rx_wq)
		goto free_wq;
	err = link_make_ring(link);
	if (err)
		vargo_link_complain(link, err);
	if (err && err != -ESRCH && err != -ECONNREFUSED && err != -EAGAIN)
		goto free_rx_wq;
	return link;

free_rx_wq:
	destroy_workqueue(link->rx_wq);
free_wq:
	destroy_workqueue(link->wq);
free_stage:
	kfree(link->tx.stage);
free_link:
	kfree(link);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(vargo_link_create);

/**
 * vargo_link_start() - begin to look for the backend
 * @link: from vargo_link_create(); its callbacks may run from now on
 *
 * Context: process.
 */
void vargo_link_start(struct vargo_link *link)
{
	WRITE_ONCE(link->stopping, false);
	link_queue(link, 0);
}
EXPORT_SYMBOL_GPL(vargo_link_start);

/**
 * vargo_link_stop() - end the session and look for no other
 * @link: the link
 *
 * When this returns, ops->down has run if ops->up had, and no callback but
 * pass_end follows. Nothing is unlinked: that is the owner's.
 *
 * Context: process, may sleep.
 */
void vargo_link_stop(struct vargo_link *link)
{
	WRITE_ONCE(link->stopping, true);
	vargo_link_lose(link, vargo_link_session(link), "the driver is leaving");
	complete(&link->hello_done);
	disable_delayed_work_sync(&link->work);
	disable_delayed_work_sync(&link->ping);
	argo_space_cancel(link->config.argo, &link->probe);
	/* One that began while the worker was on its way out */
	vargo_link_lose(link, vargo_link_session(link), "the driver is leaving");
	if (link->up)
		link_down(link);
}
EXPORT_SYMBOL_GPL(vargo_link_stop);

/**
 * vargo_link_destroy() - unregister the ring and free the link
 * @link: stopped, with no source linked
 *
 * Context: process, may sleep.
 */
void vargo_link_destroy(struct vargo_link *link)
{
	link_drop_ring(link);
	argo_space_cancel(link->config.argo, &link->space);
	disable_work_sync(&link->rx_bh);
	disable_work_sync(&link->rx_thread);
	destroy_workqueue(link->rx_wq);
	destroy_workqueue(link->wq);
	kfree(link->tx.stage);
	kfree(link);
}
EXPORT_SYMBOL_GPL(vargo_link_destroy);
