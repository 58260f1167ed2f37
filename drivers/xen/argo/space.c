// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting for room at a destination: the only issuer of notify with entries.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Theory of operation. A sendv that finds no room leaves an entry with Xen:
 * {ring, this domain, length}; so does a notify that asks for room and finds
 * none. There is one entry per ring and domain, with the largest length that
 * was asked for. The receiver's notify releases it with a VIRQ here, which does
 * not say for which ring. Any answer "sufficient", to whomever in this domain,
 * cancels the entry. So asking has one place, this work item, and it asks for
 * the largest of a destination's waiters.
 *
 *	argo_space_wait	-> on the list, work now
 *	VIRQ		-> work now, if the list is not empty
 *	work		-> asks Xen about all destinations on the list, and calls
 *			   those waiters that have their answer
 *	list not empty	-> work again after RETRY or RECHECK
 *
 * RETRY (short): Xen could not note that we wait (32 domains wait already, or
 * it had no memory), so no VIRQ will come. RECHECK (long): Xen wakes nobody
 * when a ring goes away, nor for a small waiter behind a larger one that lost
 * interest.
 */
#define pr_fmt(fmt) "xen-argo: " fmt

#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "argo.h"

#define RETRY		msecs_to_jiffies(10)
#define RECHECK		msecs_to_jiffies(250)

/* What space_work has to do next; larger is more urgent */
enum argo_space_next {
	ARGO_SPACE_IDLE,
	ARGO_SPACE_RECHECK,
	ARGO_SPACE_RETRY,
	ARGO_SPACE_AGAIN,
};

#define ARGO_SPACE_UNDECIDED	1	/* no status: statuses are 0 or negative */

static bool argo_same_addr(const struct xen_argo_addr *a, const struct argo_addr *b)
{
	return a->aport == b->port && a->domain_id == b->domid;
}

static struct xen_argo_ring_data_ent *
argo_space_find(struct xen_argo_ring_data *data, const struct argo_addr *dst)
{
	u32 i;

	for (i = 0; i < data->nent; i++)
		if (argo_same_addr(&data->data[i].ring, dst))
			return &data->data[i];
	return NULL;
}

/**
 * argo_notify_own() - have Xen release those who wait for room in our rings
 * @argo: instance
 *
 * Without entries, hence no matter for the rules above.
 *
 * Context: any.
 *
 * Return: 0 or what Xen answers
 */
int argo_notify_own(struct xen_argo *argo)
{
	argo_count(argo, ARGO_C_HC_NOTIFY);
	return argo->ops->notify(argo, NULL);
}

static void argo_lazy_notify(struct timer_list *timer)
{
	argo_notify_own(container_of(timer, struct xen_argo, lazy_notify));
}

/**
 * argo_notify_own_soon() - the same within two jiffies
 * @argo: instance
 *
 * Context: any.
 */
void argo_notify_own_soon(struct xen_argo *argo)
{
	if (!timer_pending(&argo->lazy_notify))
		mod_timer(&argo->lazy_notify, jiffies + 1);
}

/*
 * Put destinations of waiters that were not asked for in this run into the
 * request, with the largest length of each. Returns false if some are left.
 */
static bool argo_space_collect(struct xen_argo *argo, u32 run)
{
	struct xen_argo_ring_data *data = argo->space_data;
	struct xen_argo_ring_data_ent *ent;
	struct argo_space_waiter *w;
	bool all = true;

	lockdep_assert_held(&argo->space_lock);

	data->nent = 0;
	data->pad = 0;
	list_for_each_entry(w, &argo->waiters, node) {
		if (w->run == run)
			continue;
		ent = argo_space_find(data, &w->dst);
		if (!ent) {
			if (data->nent == ARGO_MAX_NOTIFY) {
				all = false;
				continue;
			}
			ent = &data->data[data->nent++];
			memset(ent, 0, sizeof(*ent));
			ent->ring.aport = w->dst.port;
			ent->ring.domain_id = w->dst.domid;
		}
		ent->space_required = max(ent->space_required, w->len);
		w->run = run;
	}
	return all;
}

static int argo_space_call(struct xen_argo *argo, struct xen_argo_ring_data *data)
{
	argo_count(argo, ARGO_C_HC_NOTIFY);
	return argo->ops->notify(argo, data);
}

/*
 * An error for one entry ends the whole call, and it does not say which. So
 * ask again one by one; to be asked twice harms no entry.
 */
static int argo_space_ask_singly(struct xen_argo *argo)
{
	struct xen_argo_ring_data *data = argo->space_data;
	struct xen_argo_ring_data *one;
	u32 i;

	one = kzalloc(struct_size(one, data, 1), GFP_NOIO);
	if (!one)
		return -ENOMEM;
	for (i = 0; i < data->nent; i++) {
		one->nent = 1;
		one->data[0] = data->data[i];
		argo->space_err[i] = argo_space_call(argo, one);
		data->data[i] = one->data[0];
	}
	kfree(one);
	return 0;
}

static void argo_space_ask(struct xen_argo *argo)
{
	struct xen_argo_ring_data *data = argo->space_data;
	int err = -ENODEV;
	u32 i;

	if (!data->nent)
		return;
	memset(argo->space_err, 0, data->nent * sizeof(*argo->space_err));

	if (!READ_ONCE(argo->suspended)) {
		err = argo_space_call(argo, data);
		if (!err)
			return;
		if (err != -ENODEV && data->nent > 1 && !argo_space_ask_singly(argo))
			return;
	}
	for (i = 0; i < data->nent; i++)
		argo->space_err[i] = err;
}

/* What an answer means to a waiter that was asked for */
static int argo_space_judge(const struct xen_argo_ring_data_ent *ent, int err,
			    const struct argo_space_waiter *w, enum argo_space_next *next)
{
	enum argo_space_next then = ARGO_SPACE_RECHECK;
	int status = ARGO_SPACE_UNDECIDED;

	if (err == -ENOMEM || err == -EBUSY)
		then = ARGO_SPACE_RETRY;
	else if (err)
		status = err;
	else if (!(ent->flags & XEN_ARGO_RING_EXISTS))
		status = -ECONNREFUSED;
	else if (w->len > ent->max_message_size)
		status = -EMSGSIZE;
	else if ((ent->flags & XEN_ARGO_RING_SUFFICIENT) && w->len <= ent->space_required)
		status = 0;
	else if (ent->flags & XEN_ARGO_RING_EMSGSIZE)
		then = ARGO_SPACE_AGAIN;	/* asked for a larger one's sake */
	else if (ent->flags & XEN_ARGO_RING_EBUSY)
		then = ARGO_SPACE_RETRY;

	if (status == ARGO_SPACE_UNDECIDED)
		*next = max(*next, then);
	return status;
}

/* Call waiters one by one; the lock is dropped meanwhile */
static void argo_space_fire(struct xen_argo *argo, struct list_head *decided)
{
	struct argo_space_waiter *w;

	lockdep_assert_held(&argo->space_lock);

	while (!list_empty(decided)) {
		w = list_first_entry(decided, struct argo_space_waiter, node);
		list_del_init(&w->node);
		argo->space_firing = w;
		spin_unlock_irq(&argo->space_lock);

		w->fn(w, w->status);	/* @w may be armed again or freed now */

		spin_lock_irq(&argo->space_lock);
		argo->space_firing = NULL;
		wake_up_all(&argo->space_idle);
	}
}

static enum argo_space_next argo_space_pass(struct xen_argo *argo, u32 run)
{
	struct xen_argo_ring_data *data = argo->space_data;
	enum argo_space_next next = ARGO_SPACE_IDLE;
	struct xen_argo_ring_data_ent *ent;
	struct argo_space_waiter *w, *tmp;
	LIST_HEAD(decided);

	spin_lock_irq(&argo->space_lock);
	if (!argo_space_collect(argo, run))
		next = ARGO_SPACE_AGAIN;
	spin_unlock_irq(&argo->space_lock);

	argo_space_ask(argo);

	spin_lock_irq(&argo->space_lock);
	list_for_each_entry_safe(w, tmp, &argo->waiters, node) {
		/* Those who came during the hypercall start the work anew */
		if (w->run != run)
			continue;
		ent = argo_space_find(data, &w->dst);
		if (!ent)
			continue;
		w->status = argo_space_judge(ent, argo->space_err[ent - data->data], w, &next);
		if (w->status != ARGO_SPACE_UNDECIDED)
			list_move_tail(&w->node, &decided);
	}
	argo_space_fire(argo, &decided);
	spin_unlock_irq(&argo->space_lock);
	return next;
}

static void argo_space_work(struct work_struct *work)
{
	struct xen_argo *argo = container_of(to_delayed_work(work), struct xen_argo, space_work);
	enum argo_space_next next, worst = ARGO_SPACE_IDLE;
	u32 run;

	argo->space_task = current;
	run = ++argo->space_run ?: ++argo->space_run;

	/* More than once only if there are more destinations than fit into one call */
	do {
		next = argo_space_pass(argo, run);
		worst = max(worst, next);
		cond_resched();
	} while (next == ARGO_SPACE_AGAIN && argo->space_data->nent == ARGO_MAX_NOTIFY);
	argo->space_task = NULL;

	switch (worst) {
	case ARGO_SPACE_AGAIN:
		queue_delayed_work(argo->space_wq, &argo->space_work, 0);
		break;
	case ARGO_SPACE_RETRY:
		argo_count(argo, ARGO_C_SPACE_RETRIES);
		queue_delayed_work(argo->space_wq, &argo->space_work, RETRY);
		break;
	case ARGO_SPACE_RECHECK:
		queue_delayed_work(argo->space_wq, &argo->space_work, RECHECK);
		break;
	case ARGO_SPACE_IDLE:
		break;
	}
}

static bool argo_space_armed(const struct argo_space_waiter *waiter)
{
	return waiter->node.next && !list_empty(&waiter->node);
}

void argo_space_wait(struct xen_argo *argo, struct argo_space_waiter *waiter)
{
	unsigned long flags;

	argo_count(argo, ARGO_C_SPACE_WAITS);
	spin_lock_irqsave(&argo->space_lock, flags);
	waiter->run = 0;
	if (!argo_space_armed(waiter))
		list_add_tail(&waiter->node, &argo->waiters);
	spin_unlock_irqrestore(&argo->space_lock, flags);

	mod_delayed_work(argo->space_wq, &argo->space_work, 0);
}
EXPORT_SYMBOL_GPL(argo_space_wait);

void argo_space_cancel(struct xen_argo *argo, struct argo_space_waiter *waiter)
{
	spin_lock_irq(&argo->space_lock);
	for (;;) {
		if (argo_space_armed(waiter))
			list_del_init(&waiter->node);
		if (argo->space_firing != waiter || argo->space_task == current)
			break;
		/* It runs, and may arm itself again */
		wait_event_lock_irq(argo->space_idle, argo->space_firing != waiter,
				    argo->space_lock);
	}
	spin_unlock_irq(&argo->space_lock);
}
EXPORT_SYMBOL_GPL(argo_space_cancel);

/* After a VIRQ. Reading the list head without the lock is fine: who comes onto
 * the list starts the work himself, after he is on it.
 */
void argo_space_check(struct xen_argo *argo)
{
	if (!list_empty_careful(&argo->waiters))
		mod_delayed_work(argo->space_wq, &argo->space_work, 0);
}

/* Have all waiters answered; with -ENODEV once argo->suspended is set */
void argo_space_flush(struct xen_argo *argo)
{
	mod_delayed_work(argo->space_wq, &argo->space_work, 0);
	flush_delayed_work(&argo->space_work);
}

int argo_space_init(struct xen_argo *argo)
{
	spin_lock_init(&argo->space_lock);
	INIT_LIST_HEAD(&argo->waiters);
	init_waitqueue_head(&argo->space_idle);
	INIT_DELAYED_WORK(&argo->space_work, argo_space_work);
	timer_setup(&argo->lazy_notify, argo_lazy_notify, 0);

	argo->space_data = kzalloc(struct_size(argo->space_data, data, ARGO_MAX_NOTIFY),
				   GFP_KERNEL);
	argo->space_err = kcalloc(ARGO_MAX_NOTIFY, sizeof(*argo->space_err), GFP_KERNEL);
	/* Block I/O waits for it, hence MEM_RECLAIM */
	argo->space_wq = alloc_ordered_workqueue("%s", WQ_MEM_RECLAIM | WQ_HIGHPRI,
						 argo->name ?: "xen-argo-fake");
	if (!argo->space_data || !argo->space_err || !argo->space_wq) {
		if (argo->space_wq)
			destroy_workqueue(argo->space_wq);
		kfree(argo->space_err);
		kfree(argo->space_data);
		return -ENOMEM;
	}
	return 0;
}

void argo_space_exit(struct xen_argo *argo)
{
	WARN_ON(!list_empty(&argo->waiters));

	timer_shutdown_sync(&argo->lazy_notify);
	cancel_delayed_work_sync(&argo->space_work);
	destroy_workqueue(argo->space_wq);
	kfree(argo->space_err);
	kfree(argo->space_data);
}
