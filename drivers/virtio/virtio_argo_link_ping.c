// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: is a backend that says nothing still there?
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Argo tells nobody that a peer has stopped: a backend's domain that is paused, or
 * a backend that hangs, looks like a disk that takes its time. So while chains
 * are unanswered and nothing is received, the backend is asked by PING. It answers
 * by itself, whatever its disks do. PING is a control request as any other: without
 * an answer in time the session is lost, and the chains are sent again in the next.
 *
 * The timer is set by the first frame that carries chains, or the first chain that
 * finds no credit, and only looked at when it has run out; it is not set again when
 * nothing is unanswered. So a busy link pays with a test for each frame and one timer
 * in VARGO_PING_MS, and an idle one with nothing.
 *
 * It runs on the link's own queue, in front of the worker. That does no harm: all
 * that the worker is wanted for ends the session, and with it the wait for PING.
 */
#include <linux/jiffies.h>

#include "virtio_argo_link.h"

#define VARGO_PING_MS	10000

static bool link_has_chains(const struct vargo_link *link)
{
	return atomic_read(&link->budget.left) != link->max_inflight ||
	       !list_empty(&link->waiting);
}

static void link_watch_for(struct vargo_link *link, unsigned long delay)
{
	lockdep_assert_held(&link->lock);
	if (!link->session.id || READ_ONCE(link->stopping))
		return;
	link->watching = true;
	queue_delayed_work(link->wq, &link->ping, delay);
}

/**
 * vargo_link_watch() - chains are with the backend, or wait for it
 * @link: the link, its lock held
 *
 * Context: any.
 */
void vargo_link_watch(struct vargo_link *link)
{
	if (!link->watching)
		link_watch_for(link, msecs_to_jiffies(READ_ONCE(link->ping_ms)));
}

static void link_ask(struct vargo_link *link, u32 session)
{
	const struct vargo_msg ask = {
		.type = VIRTIO_ARGO_TYPE_BUS,
		.id = VIRTIO_ARGO_BUS_PING,
		.ping = { .data = session },	/* anything will do */
	};
	struct vargo_msg answer;

	vargo_link_count(link, VARGO_STAT_TX_PING, 1);
	if (!vargo_link_request(link, session, &ask, &answer) &&
	    answer.ping.data != ask.ping.data)
		vargo_link_lose(link, session, "the backend answers PING with something else");
}

static void link_ping(struct work_struct *work)
{
	struct vargo_link *link = container_of(to_delayed_work(work), struct vargo_link, ping);
	long left;
	u32 session;

	spin_lock_irq(&link->lock);
	link->watching = false;
	session = link->session.id;
	left = link->heard + msecs_to_jiffies(READ_ONCE(link->ping_ms)) - jiffies;
	if (!link_has_chains(link))
		session = 0;
	else if (left > 0)
		link_watch_for(link, left);
	spin_unlock_irq(&link->lock);
	if (!session || left > 0)
		return;

	link_ask(link, session);
	spin_lock_irq(&link->lock);
	vargo_link_watch(link);
	spin_unlock_irq(&link->lock);
}

void vargo_link_ping_init(struct vargo_link *link)
{
	link->ping_ms = VARGO_PING_MS;
	INIT_DELAYED_WORK(&link->ping, link_ping);
}
